"""Packages of the system are installed where that is allowed and named where it is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kiosk.setup import system
from kiosk.setup.environment import Environment
from kiosk.setup.steps import SetupError


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment that is never run."""
    return Environment(tmp_path)


def answers(monkeypatch: pytest.MonkeyPatch, *errors: str) -> None:
    """Let `import cv2` fail with each of `errors` in turn, and then work."""
    left = list(errors)

    def run(command: list[object], **_: object) -> subprocess.CompletedProcess[str]:
        return (
            subprocess.CompletedProcess([], 1, "", left.pop(0))
            if left
            else subprocess.CompletedProcess([], 0, "", "")
        )

    monkeypatch.setattr(system.subprocess, "run", run)


def test_a_missing_library_is_installed_as_root(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(
        monkeypatch,
        "ImportError: libGL.so.1: cannot open shared object file",
        "ImportError: libgthread-2.0.so.0: cannot open shared object file",
    )
    monkeypatch.setattr(system, "may_install", lambda: True)
    installed: list[str] = []
    monkeypatch.setattr(system, "apt_install", installed.extend)
    system.libraries_of_opencv(environment)
    assert installed == ["libgl1", "libglib2.0-0"]


def test_a_missing_library_is_named_to_others(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "ImportError: libGL.so.1: cannot open shared object file")
    monkeypatch.setattr(system, "may_install", lambda: False)
    with pytest.raises(SetupError, match="libgl1"):
        system.libraries_of_opencv(environment)


def test_another_fault_of_opencv_is_shown(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "Traceback\nImportError: numpy is broken")
    with pytest.raises(SetupError, match="numpy is broken"):
        system.libraries_of_opencv(environment)


def test_without_a_compiler_pcsc_is_left_out_with_one_line(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    system.pcsc(environment)
    said = capsys.readouterr().out.splitlines()
    assert said == ["PC/SC readers are left out: gcc, pkg-config not installed."]


def test_a_build_of_pyscard_that_failed_is_not_tried_at_every_start(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def install(lock: str, doing: str) -> bool:
        tried.append(lock)
        raise SetupError("no compiler")

    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(environment, "install", install)
    system.pcsc(environment)
    system.pcsc(environment)
    assert tried == ["pcsc"]


def test_packages_that_are_provided_by_another_name_count(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (
        "installed libglib2.0-0t64 libglib2.0-0 (= 2.84.1-1), libglib2.0-data\n"
        "installed gcc c-compiler, gcc-x86-64-linux-gnu\n"
        "config-files chromium \n"
        "installed pcscd \n"
    )
    monkeypatch.setattr(system.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, listed, ""))
    assert system.absent(("libglib2.0-0", "gcc", "chromium", "pcscd", "postgresql")) == ["chromium", "postgresql"]


def test_what_the_tests_lack_is_named_where_it_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "is_debian", lambda: True)
    monkeypatch.setattr(system, "may_install", lambda: False)
    monkeypatch.setattr(system, "absent", lambda packages: ["chromium", "pcscd"])
    system.for_tests()
    assert "sudo apt-get install chromium pcscd" in capsys.readouterr().out


def test_an_archive_that_is_away_does_not_stop_the_tests(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(packages: list[str]) -> None:
        raise SetupError("Reading the list of packages failed.")

    monkeypatch.setattr(system, "is_debian", lambda: True)
    monkeypatch.setattr(system, "may_install", lambda: True)
    monkeypatch.setattr(system, "absent", lambda packages: ["chromium"])
    monkeypatch.setattr(system, "apt_install", fail)
    system.for_tests()
    assert "will be skipped" in capsys.readouterr().out
