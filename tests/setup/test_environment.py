"""The environment is made once: a stamp is believed only when it was written for this very lock."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.setup import environment
from kiosk.setup.environment import Environment, install_packages, sha256
from kiosk.setup.steps import SetupError


class Recorded(Environment):
    """An environment whose pip only writes down what it was asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.fails = False

    def pip(self, verb: str, *arguments: str | Path, doing: str) -> None:
        self.asked.append(f"{verb} {Path(arguments[-1]).name}")
        if self.fails:
            raise SetupError(f"{doing} failed.")


@pytest.fixture
def made(tmp_path: Path) -> Recorded:
    """An empty folder in the place of `.venv`."""
    return Recorded(tmp_path)


def test_the_second_start_does_not_run_pip(made: Recorded) -> None:
    assert install_packages(made, tests=False)
    first = list(made.asked)
    assert "install runtime.lock" in first
    assert not install_packages(made, tests=False)
    assert made.asked == first


def test_the_locks_hashes_are_required(made: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: list[str | Path] = []
    monkeypatch.setattr(made, "pip", lambda *words, doing: arguments.extend(words))
    made.install("runtime", "x")
    assert "--require-hashes" in arguments


def test_a_changed_lock_is_installed_again(made: Recorded) -> None:
    install_packages(made, tests=False)
    made.write_stamp("runtime", "0" * 64)
    made.asked.clear()
    assert install_packages(made, tests=False)
    assert made.asked == ["install runtime.lock"]


def test_a_set_up_that_was_broken_off_goes_on_where_it_was(made: Recorded) -> None:
    made.fails = True
    with pytest.raises(SetupError):
        install_packages(made, tests=False)
    assert made.stamp("runtime") == ""
    made.fails = False
    assert install_packages(made, tests=False)
    assert made.asked.count("install runtime.lock") == 2


def test_what_the_tests_need_holds_what_running_needs(made: Recorded) -> None:
    install_packages(made, tests=True)
    made.asked.clear()
    assert not install_packages(made, tests=False)
    assert not install_packages(made, tests=True)
    assert made.asked == []


def test_another_runtime_puts_the_tests_in_doubt(made: Recorded) -> None:
    install_packages(made, tests=True)
    made.write_stamp("runtime", "0" * 64)
    install_packages(made, tests=False)
    assert made.stamp("test") == ""
    assert made.stamp("runtime") == sha256(environment.REQUIREMENTS / "runtime.lock")


def test_both_locks_name_the_same_versions() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (environment.REQUIREMENTS / f"{name}.lock").read_text("utf-8")
        return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", text, re.MULTILINE))

    runtime = pins("runtime")
    assert runtime
    for other in ("test", "pcsc"):
        found = pins(other)
        assert {name: found.get(name) for name in runtime} == runtime, "run `make lock`"


def test_no_lock_names_where_its_packages_come_from() -> None:
    for lock in environment.REQUIREMENTS.glob("*.lock"):
        assert "://" not in lock.read_text("utf-8"), lock.name


def test_too_little_space_is_said_before_anything_is_made(made: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "NEEDED_BYTES", 10**18)
    with pytest.raises(SetupError, match="Too little space"):
        made.make()
    assert list(made.folder.iterdir()) == []


def test_an_environment_of_an_older_python_is_not_believed(made: Recorded) -> None:
    made.python.parent.mkdir()
    made.python.touch()
    made.write_stamp("venv", "made")
    (made.folder / "pyvenv.cfg").write_text("home = /usr\nversion = 3.10.2\n")
    assert made._version() == (3, 10)
    (made.folder / "pyvenv.cfg").write_text("home = /usr\nversion = 3.12.0\n")
    made.make()
    assert made.stamp("venv") == "made", "a good one stays"
