"""What every test shares: a clean environment, the system's Chromium, an empty PostgreSQL database."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["tests.harness.fixtures"]

#: The same examples in every run: a test that fails must fail again.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("house")

#: Variables of the environment that reach the tests; any other of ours would change what they test.
_KEPT = {"KIOSK_TEST_POSTGRES_URL", "KIOSK_PORTRAITS"}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def pytest_configure(config: pytest.Config) -> None:
    """Forget the settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("KIOSK_") and name not in _KEPT:
            del os.environ[name]


def _ours() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("KIOSK_")}


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a test leaves in the environment, the command line's options for one, ends with it."""
    before = _ours()
    yield
    for name in _ours().keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the system's Chromium; skips where there is none."""
    found = next((path for path in map(shutil.which, _BROWSERS) if path), None)
    if found is None:
        pytest.skip("no Chromium on PATH: install the package chromium")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium_path: str) -> dict[str, Any]:
    """Playwright starts the system's Chromium and never looks for one of its own."""
    return {
        **browser_type_launch_args,
        "executable_path": chromium_path,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session", autouse=True)
def patient() -> None:
    """What is expected of a page is waited for: the time is a limit for broken cases, never a measure."""
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def base_url() -> None:
    """No common address: each test starts its own server. Stands in for pytest-base-url's deprecated fixture."""


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """SQLAlchemy address of an empty PostgreSQL database of this test alone; skips where no server is named."""
    server = os.environ.get("KIOSK_TEST_POSTGRES_URL")
    if not server:
        pytest.skip("KIOSK_TEST_POSTGRES_URL is not set: `make test` sets up a server where initdb exists")
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    name = f"kiosk_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()
