"""A start skips the preparation only while everything it depends on is as it was."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.launch import prepare
from kiosk.settings import Settings


@pytest.fixture
def prepared(tmp_path: Path) -> Settings:
    """A data folder with a database at revision 7 and the note of its preparation."""
    settings = Settings(data_dir=tmp_path)
    set_revision(settings, "7")
    note(settings, key=prepare.key(settings), revision="7", administrator=True)
    return settings


def set_revision(settings: Settings, value: str) -> None:
    with closing(sqlite3.connect(settings.data / "kiosk.sqlite3")) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)")
        database.execute("DELETE FROM alembic_version")
        database.execute("INSERT INTO alembic_version VALUES (?)", (value,))


def note(settings: Settings, **values: object) -> None:
    (settings.data / "prepared.json").write_text(json.dumps(values), "utf-8")


@pytest.mark.faults
def test_who_asks_to_stop_does_not_wait_for_the_preparation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = [sys.executable, "-c", "import time; time.sleep(3600)"]
    started: list[subprocess.Popen[str]] = []

    def popen(_command: list[str], **more: Any) -> subprocess.Popen[str]:
        started.append(real(endless, **more))
        return started[-1]

    real = subprocess.Popen
    monkeypatch.setattr(prepare.subprocess, "Popen", popen)
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(prepare.PrepareStopped):
        prepare.prepare(settings, lambda: True)
    assert started[0].returncode is not None
    assert not prepare.is_done(settings)


def test_what_was_prepared_is_not_prepared_again(prepared: Settings) -> None:
    assert prepare.is_done(prepared)
    assert not prepare.needs_administrator(prepared)


def test_a_fresh_folder_needs_everything(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert not prepare.is_done(settings)
    assert prepare.needs_administrator(settings)


def test_an_older_database_put_back_is_prepared(prepared: Settings) -> None:
    set_revision(prepared, "6")
    assert not prepare.is_done(prepared)


def test_a_lost_database_is_prepared(prepared: Settings) -> None:
    (prepared.data / "kiosk.sqlite3").unlink()
    assert not prepare.is_done(prepared)


def test_a_damaged_database_is_left_to_the_preparation(prepared: Settings) -> None:
    (prepared.data / "kiosk.sqlite3").write_bytes(b"no database at all" * 100)
    assert not prepare.is_done(prepared)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key": 1}'])
def test_a_damaged_note_means_to_prepare(prepared: Settings, content: str) -> None:
    (prepared.data / "prepared.json").write_text(content, "utf-8")
    assert not prepare.is_done(prepared)
    assert prepare.needs_administrator(prepared)


def test_another_database_is_prepared(prepared: Settings) -> None:
    other = prepared.model_copy(
        update={"database": prepared.database.model_copy(update={"url": "postgresql:///x"})}
    )
    assert not prepare.is_done(other)


def test_changed_example_data_are_loaded_in_the_demo(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    settings = Settings(data_dir=tmp_path, demo=True, config_dir=tmp_path / "config")
    before = prepare.key(settings)
    (tmp_path / "config" / "demo.toml").write_text("a = 1")
    assert prepare.key(settings) != before
