"""`kiosk staff` and `kiosk audit` as somebody at the server uses them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from kiosk.actions import people
from kiosk.cli import main


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of this test alone, a console in English, quick hashes."""
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setattr(people, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield tmp_path


def kiosk(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed, catch_exceptions=False)


def test_an_account_is_added_and_listed() -> None:
    done = kiosk(
        "staff", "add", "li", "--role", "operator", "--name", "李老师", "--password-stdin", typed="long enough\n"
    )
    assert (done.exit_code, done.output) == (0, "Added li (operator).\n")
    listed = kiosk("staff", "list").output
    assert "li" in listed and "operator" in listed and "李老师" in listed and "active" in listed


def test_an_account_belongs_to_a_branch_until_it_is_taken_back() -> None:
    kiosk("staff", "add", "li", "--role", "operator", "--password-stdin", typed="long enough\n")
    done = kiosk("staff", "branch", "li", "银川分部")
    assert (done.exit_code, done.output) == (0, "li sees the branch: 银川分部\n")
    assert kiosk("staff", "branch", "li", "").output == "li sees the branch: *\n"
    assert kiosk("staff", "branch", "nobody", "x").exit_code == 1


def test_the_password_is_asked_for_twice() -> None:
    done = kiosk("staff", "add", "li", "--role", "medic", typed="long enough\nlong enough\n")
    assert done.exit_code == 0 and "long enough" not in done.output


@pytest.mark.parametrize(
    ("login", "password", "sentence"),
    [("li", "short", "at least 10 characters"), ("Li Li", "long enough", "small letters")],
)
def test_what_is_refused_is_said_in_a_sentence(login: str, password: str, sentence: str) -> None:
    done = kiosk("staff", "add", login, "--role", "usher", "--password-stdin", typed=password)
    assert done.exit_code == 1 and sentence in done.output


def test_the_set_up_link_is_printed_until_there_is_an_administrator() -> None:
    first = kiosk("staff", "setup-link")
    assert first.exit_code == 0 and "/setup/" in first.output
    kiosk("staff", "add", "root", "--role", "administrator", "--password-stdin", typed="long enough")
    second = kiosk("staff", "setup-link")
    assert second.exit_code == 1 and "/setup/" not in second.output


def test_the_audit_is_proved_and_a_change_is_found(site: Path) -> None:
    kiosk("staff", "add", "li", "--role", "operator", "--password-stdin", typed="long enough")
    whole = kiosk("audit", "verify")
    assert (whole.exit_code, whole.output) == (0, "The audit is whole: 1 rows.\n")
    connection = sqlite3.connect(site / "kiosk.sqlite3")
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("UPDATE audit SET actor = 'system:nobody'")
    connection.commit()
    connection.close()
    broken = kiosk("audit", "verify")
    assert broken.exit_code == 1 and "at row 1" in broken.output


def test_a_chinese_console_is_answered_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert kiosk("audit", "verify").output == "审计记录完整，共 0 条。\n"
