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
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from kiosk.records import audit, collected, migrate, site_tables  # noqa: F401 - its tables belong to the metadata
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Base, Job
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


DAY = "2026-11-23 00:00:00"
#: Rows of an earlier version.
CAMPAIGN: dict[str, object] = {
    "id": 1, "code": "a", "title_zh": "a", "title_en": "a", "identity_mode": "id-card", "assurances": "[]",
    "refuse_flags": "[]", "profile": "p", "screening": "s", "school_codes": "[]", "temperature_required": True,
    "shots": 3, "validity_days": 365, "capture_from": "2026-11-01", "capture_until": "2026-12-31",
    "fee_cents": 0, "active": True, "cohort": "", "intake_terms": "[]", "earlier_students": True,
    "late_policy": "hold", "slot_minutes": 30, "retention": "{}", "opening": "", "source": "file",
}  # fmt: skip
SESSION: dict[str, object] = {
    "id": 7, "campaign_id": 1, "day": "2026-11-23", "last_number": 1, "opened_at": DAY, "site": "",
    "opened_by": "", "open_missing": "[]", "closed_by": "", "priority_run": 0,
}  # fmt: skip
STUDENT: dict[str, object] = {
    "id": 1, "campaign_id": 1, "sequence": "", "school_code": "51161", "school_name": "", "student_number": "1",
    "name": "s", "sex": "", "id_type": "", "id_number": "1", "level": "", "major_code": "", "major_name": "",
    "study_form": "", "branch": "", "teaching_point": "", "class_name": "", "intake": "",
    "expected_graduation": "", "phone": "", "address": "", "remark": "", "late": False,
}  # fmt: skip
SHOT: dict[str, object] = {
    "ordinal": 1, "original_sha256": "0" * 64, "deliverable_sha256": "1" * 64, "profile": "p", "judgement": "{}",
    "making": "{}", "triggered_at": DAY, "taken_at": DAY, "stored_at": DAY, "accepted_at": DAY,
}  # fmt: skip
VISIT: dict[str, object] = {
    "id": 1, "public_id": "v", "campaign_id": 1, "session_id": 7, "assurance": "code", "state": "queued",
    "state_since": DAY, "number": 1, "missed_calls": 0, "priority": "", "language": "zh_CN",
    "shots_allowed": 3, "created_at": DAY, "version": 1,
}  # fmt: skip


def test_sessions_keep_their_visits_when_the_site_becomes_part_of_their_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    _at(url, "0007")
    old = Database(url)
    with old.write() as session:
        _insert(session, "campaign", CAMPAIGN)
        _insert(session, "site_session", SESSION)
        _insert(session, "visit", VISIT)
    old.close()
    assert migrate.upgrade(url) is True
    database = Database(url)
    with database.write() as session:
        assert session.execute(text("SELECT session_id, number FROM visit")).all() == [(7, 1)]
        _insert(session, "site_session", {**SESSION, "id": 8, "site": "west"})
    with pytest.raises(IntegrityError), database.write() as session:  # what pointed there still does
        session.execute(text("DELETE FROM site_session WHERE id = 7"))
    database.close()


@pytest.mark.parametrize(
    ("shots", "standing"),
    [
        ([("pass", None)], ["accepted"]),
        ([("ask", None)], ["candidate"]),
        ([("ask", "accept")], ["accepted"]),
        ([("pass", "reject")], ["rejected"]),
        ([("pass", None), ("pass", None)], ["replaced", "accepted"]),
        ([("pass", None), ("ask", None)], ["accepted", "candidate"]),
        ([("pass", None), ("pass", "reject")], ["accepted", "rejected"]),
        ([("pass", None), ("ask", "accept"), ("fail", None)], ["replaced", "accepted", "candidate"]),
    ],
)
def test_photos_that_were_accepted_before_count_afterwards(
    url: str, shots: list[tuple[str, str | None]], standing: list[str]
) -> None:
    _at(url, "0004")
    old = Database(url)
    with old.write() as session:
        _insert(session, "campaign", CAMPAIGN)
        _insert(session, "site_session", SESSION)
        _insert(session, "student", STUDENT)
        for number, (verdict, decision) in enumerate(shots, 1):
            visit = {**VISIT, "id": number, "public_id": f"v{number}", "number": number, "state": "done"}
            _insert(session, "visit", {**visit, "student_id": 1})
            _insert(session, "shot", {**SHOT, "id": number, "public_id": f"{number:032x}", "visit_id": number,
                                      "verdict": verdict, "staff_decision": decision})  # fmt: skip
            session.execute(text("UPDATE visit SET accepted_shot_id = id"))
    old.close()
    assert migrate.upgrade(url) is True
    database = Database(url)
    with database.read() as session:
        found = session.scalars(select(CollectedPhoto).order_by(CollectedPhoto.shot_id)).all()
        assert [photo.state for photo in found] == standing
        assert {(photo.mode, photo.student_id, photo.public_id == f"{photo.shot_id:032x}") for photo in found} == {
            ("kiosk", 1, True)
        }
        counts = collected.of_student(session, 1)
        assert (counts.state if counts else None) == ("accepted" if "accepted" in standing else None)
    database.close()


def test_jobs_that_are_over_lose_the_names_of_their_files(url: str) -> None:
    _at(url, "0015")
    old = Database(url)
    arguments, result = '{"upload": "0", "file_name": "张三.zip"}', '{"rows": 1, "file_name": "张三.zip"}'
    with old.write() as session:
        for number, state in enumerate(("done", "failed", "queued"), 1):
            told = None if state == "queued" else result
            row = {"id": number, "public_id": f"j{number}", "name": "roster_import", "arguments": arguments}
            more = {"state": state, "progress": 0, "result": told, "by": "t", "created_at": "2026-11-01 00:00:00"}
            _insert(session, "job", {**row, **more})
    old.close()
    assert migrate.upgrade(url) is True
    database = Database(url)
    with database.read() as session:
        found = session.execute(select(Job.arguments, Job.result).order_by(Job.id)).all()
    assert [tuple(row) for row in found] == [
        ({"upload": "0"}, {"rows": 1}), ({"upload": "0"}, {"rows": 1}),
        ({"upload": "0", "file_name": "张三.zip"}, None),
    ]  # fmt: skip
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
