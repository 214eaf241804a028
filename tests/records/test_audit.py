"""The chain shows every change that somebody made behind the triggers' back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from kiosk.records import audit, migrate
from kiosk.records.database import Database
from kiosk.records.tables import Audit
from tests.actions.desk import MORNING


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    migrate.upgrade(url)
    found = Database(url)
    with found.write() as session:
        for number in range(5):
            audit.append(
                session,
                MORNING + timedelta(microseconds=1234567 * number),
                "identify",
                "done",
                "bridge:kiosk-1",
                visit=f"{number:032x}",
                reason="原因",
                detail={"number": number, "wait": 1.5, "flags": ["expired"]},
            )
    yield found
    found.close()


def test_an_untouched_chain_is_whole(database: Database) -> None:
    with database.read() as session:
        assert audit.verify(session) == (5, None)


@pytest.mark.parametrize(
    ("harm", "where"),
    [
        ("UPDATE audit SET result = 'not_on_roster' WHERE sequence = 3", 3),
        ("UPDATE audit SET reason = NULL WHERE sequence = 1", 1),
        ("UPDATE audit SET detail = '{}' WHERE sequence = 5", 5),
        ("DELETE FROM audit WHERE sequence = 2", 3),
        ("DELETE FROM audit WHERE sequence = 5", 5),
        ("UPDATE audit SET sequence = 9 WHERE sequence = 5", 9),
        ("UPDATE audit_head SET sequence = 4", 6),
    ],
)
def test_a_change_is_found_where_it_was_made(database: Database, harm: str, where: int) -> None:
    with database.write() as session:
        session.execute(text("DROP TRIGGER audit_no_update"))
        session.execute(text("DROP TRIGGER audit_no_delete"))
        session.execute(text(harm))
    with database.read() as session:
        assert audit.verify(session)[1] == where


def test_reasons_are_cut_to_their_column(database: Database) -> None:
    with database.write() as session:
        audit.append(session, MORNING, "cancel", "done", "staff:li", reason="长" * 500)
    with database.read() as session:
        assert session.scalar(select(func.max(func.length(Audit.reason)))) == 400
        assert audit.verify(session)[1] is None
