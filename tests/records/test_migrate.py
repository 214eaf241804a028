"""The migrations make exactly the tables of today, once, whoever asks first."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

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
