"""The migrations make exactly the tables of today, once, whoever asks first."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from kiosk.records import audit, migrate, registry_tables, site_tables  # noqa: F401 - its tables belong to the metadata
from kiosk.records.database import Database
from kiosk.records.tables import Base
from kiosk.settings import ROOT


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records' / 'kiosk.sqlite3'}"
    return str(request.getfixturevalue("postgres_url"))


def test_the_migrated_tables_are_those_of_the_code(url: str) -> None:
    assert migrate.upgrade(url) is True
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        wanted = {
            (table.name, next(iter(key.columns)).name, key.referred_table.name)
            for table in Base.metadata.tables.values()
            for key in table.foreign_key_constraints
        }
        seen = inspect(connection)
        found = {
            (table, key["constrained_columns"][0], key["referred_table"])
            for table in Base.metadata.tables
            for key in seen.get_foreign_keys(table)
        }
        assert found == wanted
    engine.dispose()


def test_the_second_time_nothing_is_done(url: str) -> None:
    migrate.upgrade(url)
    assert migrate.upgrade(url) is False


@pytest.mark.parametrize("verb", ["UPDATE audit SET result = 'done'", "DELETE FROM audit"])
def test_the_audit_can_only_grow(url: str, verb: str) -> None:
    migrate.upgrade(url)
    database = Database(url)
    from tests.actions.desk import MORNING

    with database.write() as session:
        audit.append(session, MORNING, "begin", "done", "kiosk:kiosk-1")
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text(verb))
    with database.read() as session:
        assert audit.verify(session) == (1, None)
    database.close()


def test_the_audit_cannot_be_truncated(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    database = Database(postgres_url)
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text("TRUNCATE audit"))
    database.close()


def test_several_processes_may_migrate_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(migrate.upgrade, [url] * 4))
    assert sorted(done) == [False, False, False, True]


def test_a_start_with_nothing_to_do_never_imports_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    migrate.upgrade(url)
    program = (
        f"import sys; from kiosk.records import migrate; migrate.upgrade({url!r}); print('alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_the_newest_revision_is_the_one_that_is_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_records_of_a_newer_version_are_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.sqlite3"
    migrate.upgrade(f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(RuntimeError, match="another version"):
        migrate.upgrade(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_revision_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, folder)
    (folder / "versions" / "9999_broken.py").write_text(
        "from alembic import op\n"
        f"revision = '9999'\ndown_revision = '{migrate.HEAD}'\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (id INTEGER)')\n    raise ZeroDivisionError\n"
    )
    monkeypatch.setattr(migrate, "FOLDER", folder)
    monkeypatch.setattr(migrate, "HEAD", "9999")
    file = tmp_path / "kiosk.sqlite3"
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_sessions_keep_their_visits_when_the_site_becomes_part_of_their_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    _at(url, "0007")
    old = Database(url)
    day = "2026-11-23 00:00:00"
    campaign = {
        "id": 1, "code": "a", "title_zh": "a", "title_en": "a", "identity_mode": "id-card", "assurances": "[]",
        "refuse_flags": "[]", "profile": "p", "screening": "s", "school_codes": "[]", "temperature_required": 1,
        "shots": 3, "validity_days": 365, "capture_from": "2026-11-01", "capture_until": "2026-12-31",
        "fee_cents": 0, "active": 1, "cohort": "", "intake_terms": "[]", "earlier_students": 1,
        "late_policy": "hold", "slot_minutes": 30, "retention": "{}", "opening": "", "source": "file",
    }  # fmt: skip
    east = {
        "id": 7, "campaign_id": 1, "day": "2026-11-23", "last_number": 1, "opened_at": day, "site": "",
        "opened_by": "", "open_missing": "[]", "closed_by": "", "priority_run": 0,
    }  # fmt: skip
    visit = {
        "id": 1, "public_id": "v", "campaign_id": 1, "session_id": 7, "assurance": "code", "state": "queued",
        "state_since": day, "number": 1, "missed_calls": 0, "priority": "", "language": "zh_CN",
        "shots_allowed": 3, "created_at": day, "version": 1,
    }  # fmt: skip
    with old.write() as session:
        _insert(session, "campaign", campaign)
        _insert(session, "site_session", east)
        _insert(session, "visit", visit)
    old.close()
    assert migrate.upgrade(url) is True
    database = Database(url)
    with database.write() as session:
        assert session.execute(text("SELECT session_id, number FROM visit")).all() == [(7, 1)]
        _insert(session, "site_session", {**east, "id": 8, "site": "west"})
    with pytest.raises(IntegrityError), database.write() as session:  # what pointed there still does
        session.execute(text("DELETE FROM site_session WHERE id = 7"))
    database.close()


def _insert(session: Session, table: str, row: dict[str, object]) -> None:
    columns = ", ".join(row)
    session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


def _at(url: str, revision: str) -> None:
    """Records of an earlier version of the product."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.close()
