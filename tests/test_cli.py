"""`kiosk` itself: which station it works on, what it says about wrong settings, whose its files are."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import ROOT, main


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test alone, a console in English."""
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KIOSK_CONFIG", "")
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return tmp_path


def kiosk(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of Unix")
def test_what_a_command_makes_is_its_owners_alone(site: Path) -> None:
    before = os.umask(0o022)
    try:
        assert kiosk("staff", "list").exit_code == 0
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    made = [site / "data", *(site / "data").iterdir()]
    assert (site / "data" / "kiosk.sqlite3") in made
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made)


def test_the_options_of_the_start_choose_the_station(site: Path) -> None:
    assert kiosk("--data", str(site / "other"), "staff", "list").exit_code == 0
    assert (site / "other" / "kiosk.sqlite3").exists() and not (site / "data").exists()


def test_demo_lies_under_the_files_that_are_named(site: Path) -> None:
    first, last = site / "first.toml", site / "last.toml"
    for file in (first, last):
        file.write_text("", "utf-8")
    os.environ["KIOSK_CONFIG"] = str(first)
    assert kiosk("--demo", "--config", str(last), "staff", "list").exit_code == 0
    named = [Path(item).resolve() for item in os.environ["KIOSK_CONFIG"].split(os.pathsep)]
    assert named == [ROOT / "config" / "demo.toml", first.resolve(), last.resolve()]


@pytest.mark.parametrize(
    ("content", "said"),
    [("[server]\nport = 'x'\n", "server.port"), ("nonsense", "not TOML"), ("colour = 1\n", "colour")],
)
def test_wrong_settings_are_told_in_a_sentence(site: Path, content: str, said: str) -> None:
    file = site / "wrong.toml"
    file.write_text(content, "utf-8")
    done = kiosk("--config", str(file), "staff", "list")
    assert done.exit_code == 1 and said in done.output and "Traceback" not in done.output


def test_a_settings_file_that_is_not_there_is_named(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(site / "nowhere.toml"))
    done = kiosk("staff", "list")
    assert done.exit_code == 1 and "nowhere.toml" in done.output
