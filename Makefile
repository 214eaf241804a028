# What the project can do by one word each. Only Python 3.11 or newer is needed at first.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
ARGS ?=

.PHONY: run start prepare test lint format bench screenshots photo-docs settings-docs lock clean

run: ## the demo: simulated devices, made-up students
	$(PYTHON) run_kiosk.py --demo $(ARGS)

start: ## the kiosk as config/ says
	$(PYTHON) run_kiosk.py $(ARGS)

prepare: ## everything that tests, lint and benchmarks need
	@$(PYTHON) run_kiosk.py --prepare-tests

test: prepare ## the whole suite, browser tests included; ARGS="tests/web -k login" runs a part
	$(BIN)/python -m tests.harness.suite $(ARGS)

lint: prepare ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: prepare ## what of the style can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: prepare ## measure and write docs/benchmarks.md; ARGS=roster measures one
	$(BIN)/python -m benchmarks.report $(ARGS)

screenshots: prepare ## every page as a picture, into docs/screenshots
	$(BIN)/python -m tests.e2e.screenshots $(ARGS)

photo-docs: prepare ## what docs/photo-quality.md says of every check, and its pictures
	$(BIN)/python -m kiosk.photo.check_page
	$(BIN)/python -m tests.e2e.screenshots checks

settings-docs: prepare ## docs/settings.md from the schema
	$(BIN)/python -m kiosk.settings_page

lock: ## renew requirements/*.lock (needs uv) and package-lock.json (needs npm)
	for name in runtime test pcsc usb; do $(MAKE) --no-print-directory lock-$$name; done
	for name in node; do $(MAKE) --no-print-directory lock-$$name; done
	for name in demo models; do $(MAKE) --no-print-directory lock-$$name DEPS=--no-deps; done
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

lock-%:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate $(DEPS) \
	    --custom-compile-command "make lock" requirements/$*.in --output-file requirements/$*.lock

clean: ## everything that can be made again; the data folders stay
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, True) for d in ('.venv', 'node_modules', 'var/assets', '.mypy_cache', '.ruff_cache', '.pytest_cache', '.import_linter_cache', 'test-results')]"
