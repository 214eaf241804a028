"""The one command: what it hands on to the processes, and that it fails with a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.setup import start, steps
from kiosk.setup.steps import ROOT, SetupError
from tests.harness.kiosk import is_running
from tests.harness.waiting import until


def variables(*words: str) -> dict[str, str]:
    return start.environment_of(start.parser().parse_args(words))


def test_options_become_settings(tmp_path: Path) -> None:
    found = variables("--camera", "2", "--port", "9000", "--data", str(tmp_path))
    assert found["KIOSK_DEVICES__CAMERA__DRIVER"] == "opencv"
    assert found["KIOSK_DEVICES__CAMERA__INDEX"] == "2"
    assert found["KIOSK_SERVER__PORT"] == "9000"
    assert found["KIOSK_DATA_DIR"] == str(tmp_path)


def test_the_demo_lies_below_what_the_person_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "named.toml"))
    files = variables("--demo", "--config", str(tmp_path / "mine.toml"))["KIOSK_CONFIG"].split(os.pathsep)
    assert [Path(file).name for file in files] == ["demo.toml", "named.toml", "mine.toml"]


def test_without_demo_there_is_no_simulator() -> None:
    assert "demo" not in variables()["KIOSK_CONFIG"]


def test_a_folder_is_read_before_anything_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(f'assets_dir = "{(tmp_path / "models here").as_posix()}"\n')
    options = start.parser().parse_args(["--config", str(mine)])
    assert start.folder("assets_dir", "var/assets", options) == tmp_path / "models here"
    monkeypatch.setenv("KIOSK_ASSETS_DIR", str(tmp_path / "other"))
    assert start.folder("assets_dir", "var/assets", options) == tmp_path / "other"


@pytest.mark.parametrize(("content", "said"), [(None, "There is no settings file"), ("[", "is not TOML")])
def test_a_wrong_settings_file_is_named(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.toml"
    if content is not None:
        mine.write_text(content)
    assert start.main(["--config", str(mine), "--prepare"]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "mine.toml" in error


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("Failed to establish a new connection: [Errno -3]", "was not reached"),
        ("ERROR: Could not find a version that satisfies the requirement flask", "was not reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "is not the one the lock names"),
        ("npm ERR! code EINTEGRITY", "is not the one the lock names"),
        ("npm ERR! code ENOTFOUND", "was not reached"),
        ("[Errno 13] Permission denied: '/srv'", "may not write here"),
        ("something nobody foresaw", ""),
    ],
)
def test_the_cause_of_a_failure_is_said_plainly(output: str, said: str) -> None:
    assert said in steps.cause(output)


def test_a_program_that_fails_shows_what_it_said_last() -> None:
    with pytest.raises(SetupError, match=r"(?s)Trying failed.*the last word.*Start again"):
        steps.run([sys.executable, "-c", "print('the last word'); raise SystemExit(3)"], "Trying")


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is not there"):
        steps.run([tmp_path / "nowhere"], "Trying")


def test_an_old_python_is_told_which_one_is_needed() -> None:
    source = (ROOT / "run_kiosk.py").read_text("utf-8")
    pretend = f"import sys; sys.version_info = (3, 9, 1)\nexec(compile({source!r}, 'run_kiosk.py', 'exec'))"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_start_imports_nothing_that_only_unix_has() -> None:
    source = (
        "import sys\n"
        "for name in ('fcntl', 'pwd', 'grp', 'termios', 'pty', 'resource'): sys.modules[name] = None\n"
        "import kiosk.setup.start, kiosk.launch.__main__, kiosk.launch.prepare, kiosk.launch.follow\n"
        "print('fine')"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.faults
def test_a_set_up_that_is_told_to_stop_takes_its_program_along(tmp_path: Path) -> None:
    waits = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    source = (
        "import sys\n"
        "from kiosk.setup import start, steps\n"
        f"start.prepare = lambda options: steps.run([sys.executable, '-c', {waits!r}], 'Waiting')\n"
        "sys.exit(start.main(['--prepare']))"
    )
    with subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stderr=subprocess.PIPE, text=True) as setup:
        pid = int(until(lambda: (file := tmp_path / "pid").exists() and file.read_text()))
        setup.terminate()
        _, said = setup.communicate()
    assert setup.returncode == 130
    assert "Start again to go on from here" in said
    until(lambda: not is_running(pid))
