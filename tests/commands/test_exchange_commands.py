"""Rosters, packages, campaigns and numbers on the command line: exit status, sentences, nobody's data."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.cli import main
from kiosk.i18n import LANGUAGES
from kiosk.settings import Settings
from tests.exchange.conftest import empty_records, settings
from tests.exchange.rosters import student, write

__all__ = ["empty_records", "settings"]
OPEN = "open-2027-spring"
Run = Callable[..., Result]


@pytest.fixture(params=LANGUAGES)
def run(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs `kiosk …` on the records of the test, once in each language."""
    config = tmp_path / "kiosk.toml"
    config.write_text(f'data_dir = "{settings.data.as_posix()}"\n', "utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(config))
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", f"{request.param}.UTF-8")
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


def whole(result: Result) -> str:
    """Everything that was said; no key may show itself for a missing sentence."""
    for area in ("roster.", "package.", "campaign.", "refusal.", "cards."):
        assert area not in result.output
    return result.output


@pytest.mark.parametrize(
    ("number", "status"),
    [("11010519491231002X", 0), ("1101 0519 4912 3100 2x", 0), ("110105194912310021", 1), ("12", 1), ("", 1)],
)
def test_id_check_says_the_kind_and_ends_with_0_or_1(run: Run, number: str, status: int) -> None:
    result = run("id", "check", number)
    assert result.exit_code == status
    assert whole(result).strip()


def test_campus_cards_are_imported_and_forgotten(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("卡号,学号\n04A1B2C3,2026000000001\nxyz,2026000000002\n", "utf-8")
    refused = run("cards", "import", file)
    assert refused.exit_code == 1 and "3" in whole(refused)
    done = run("cards", "import", file, "--skip-bad-rows")
    assert done.exit_code == 0 and "1" in whole(done)
    assert "04A1B2C3" not in done.output and "2026000000001" not in done.output
    assert run("cards", "forget", "2026000000001").exit_code == 0
    assert run("cards", "forget", "2026000000001").exit_code == 1


def test_a_roster_goes_in_and_a_package_comes_out(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "r.xlsx", [student(serial) for serial in range(1, 4)])
    result = run("roster", "import", file, "--campaign", OPEN)
    assert result.exit_code == 0 and "3" in whole(result)
    result = run("roster", "import", file, "--campaign", OPEN, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["unchanged"], told["imported"]) == (0, 3, True)
    result = run("export", "--campaign", OPEN, tmp_path / "p.zip")
    assert result.exit_code == 0 and "3" in whole(result)
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["missing"] == {"not_come": 3}
    result = run("export", "--campaign", OPEN, "--json", tmp_path / "p.zip")
    assert json.loads(result.stdout)["registered"] == 3
    assert f"{OPEN} " in whole(run("campaign", "list"))


def test_bad_rows_are_told_with_row_and_remedy_and_without_the_person(run: Run, tmp_path: Path) -> None:
    bad = student(2, 姓名="赵 敏")
    file = write(tmp_path / "r.xlsx", [student(1), bad])
    result = run("roster", "import", file, "--campaign", OPEN)
    said = whole(result)
    assert result.exit_code == 1
    assert "3" in said and "姓名" in said and "--skip-bad-rows" in said
    assert bad["姓名"] not in said and str(bad["证件号码"]) not in said
    assert run("roster", "import", file, "--campaign", OPEN, "--skip-bad-rows").exit_code == 0


def test_refusals_are_sentences_and_status_1(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "r.xlsx"
    file.write_bytes(b"no workbook")
    write(tmp_path / "part.xlsx", [student(1)], ["学号", "姓名"])
    for arguments, word in (
        (("roster", "import", file, "--campaign", OPEN), "Excel"),
        (("roster", "import", tmp_path / "part.xlsx", "--campaign", OPEN), "证件号码"),
        (("export", "--campaign", "nope", tmp_path / "p.zip"), "nope"),
        (("campaign", "activate", "nope"), "nope"),
        (("campaign", "load", file), ""),
    ):
        result = run(*arguments)
        assert (result.exit_code, word in whole(result)) == (1, True), arguments
    assert not (tmp_path / "p.zip").exists()


def test_a_locked_database_is_a_sentence(run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_DATABASE__BUSY_SECONDS", "0.05")
    with closing(sqlite3.connect(settings.data / "kiosk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = run("campaign", "deactivate", OPEN)
        other.execute("ROLLBACK")
    assert result.exit_code == 1
    assert whole(result).strip() and "Traceback" not in result.output


def test_a_campaign_is_loaded_activated_and_deactivated(run: Run, settings: Settings, tmp_path: Path) -> None:
    text = (settings.config / "campaigns" / f"{OPEN}.toml").read_text("utf-8")
    file = tmp_path / "c.toml"
    file.write_text(text.replace(OPEN, "autumn"), "utf-8")
    for command in (("load", file), ("load", file), ("deactivate", "autumn"), ("activate", "autumn")):
        result = run("campaign", *command)
        assert result.exit_code == 0 and "autumn" in whole(result)


def test_a_roster_is_checked_compared_and_asked_about_before_it_changes_anybody(run: Run, tmp_path: Path) -> None:
    file, copy, empty = tmp_path / "r.xlsx", tmp_path / "copy.xlsx", tmp_path / "t.xlsx"
    assert run("roster", "template", empty, "--school", "51161").exit_code == 0 and empty.is_file()
    write(file, [student(1), student(2, 姓名="赵 敏")])
    checked = run("roster", "check", file, "--campaign", OPEN, "--copy", copy)
    assert checked.exit_code == 1 and copy.is_file() and "E3" in whole(checked)
    write(file, [student(1), student(2)])
    assert run("roster", "check", file, "--campaign", OPEN).exit_code == 0
    assert run("roster", "import", file, "--campaign", OPEN).exit_code == 0
    assert run("roster", "compare", file, "--campaign", OPEN).exit_code == 0
    write(file, [student(1, 班级="别的班")])
    assert run("roster", "compare", file, "--campaign", OPEN).exit_code == 1
    asked = run("roster", "import", file, "--campaign", OPEN)  # nobody at the terminal: no
    assert asked.exit_code == 1 and "--yes" in whole(asked)
    done = run("roster", "import", file, "--campaign", OPEN, "--complete", "--yes", "--json")
    told = json.loads(done.stdout)
    assert (told["changed"], told["removed"], told["imported"]) == (1, 1, True)
