"""Transactions: one writer, on disk before the answer, readers that never wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import OperationalError, StatementError

from kiosk.records import migrate, queries
from kiosk.records.database import Database, read_once, rows
from kiosk.records.tables import Station
from tests.actions.desk import MORNING


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    migrate.upgrade(address)
    return address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = Database(url, busy_seconds=0.05)
    yield found
    found.close()


def test_sqlite_is_set_up_to_lose_nothing(database: Database) -> None:
    with database.read() as session:
        settings = {name: session.scalar(text(f"PRAGMA {name}")) for name in
                    ("journal_mode", "synchronous", "foreign_keys")}  # fmt: skip
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_second_writer_waits_and_then_is_told(database: Database) -> None:
    with database.write() as session:
        queries.ensure_station(session, "kiosk-1", "1", "", MORNING)
        with pytest.raises(OperationalError, match="locked"), database.write() as other:
            other.execute(text("SELECT 1"))


def test_readers_see_the_state_before_and_never_wait(database: Database) -> None:
    with database.write() as session:
        queries.ensure_station(session, "kiosk-1", "1", "", MORNING)
        with database.read() as reader:
            assert queries.stations(reader) == []
    with database.read() as reader:
        assert [station.name for station in queries.stations(reader)] == ["kiosk-1"]


def test_a_reader_asks_once_and_a_writer_every_time(database: Database) -> None:
    asked: list[int] = []
    with database.read() as reader:
        assert [read_once(reader, "key", lambda: asked.append(1)) for _ in range(3)] == [None] * 3
        read_once(reader, "another key", lambda: asked.append(2))
    assert asked == [1, 2]
    with database.read() as reader:
        read_once(reader, "key", lambda: asked.append(3))
    with database.write() as writer:
        for _ in range(2):
            read_once(writer, "key", lambda: asked.append(4))
    assert asked == [1, 2, 3, 4, 4]


def test_a_writer_sees_its_own_station(database: Database) -> None:
    with database.write() as session:
        assert queries.station(session, "kiosk-1") is None
        queries.ensure_station(session, "kiosk-1", "1", "", MORNING)
        assert queries.station(session, "kiosk-1") is not None


def test_rows_of_columns_are_asked_past_what_a_writer_has_yet_to_write(database: Database) -> None:
    asked = select(Station.seat).where(Station.name == bindparam("name"))
    with database.write() as session:
        session.add(Station(name="a", seat="1", active_at=MORNING))
        assert [tuple(row) for row in rows(session, asked, {"name": "a"})] == [("1",)]
    found = database.ask(asked, {"name": "a"})
    assert found is not None and found.seat == "1"
    assert database.ask(asked, {"name": "b"}) is None


def test_an_exception_rolls_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        queries.ensure_station(session, "kiosk-1", "1", "", MORNING)
        raise ZeroDivisionError
    with database.read() as session:
        assert session.scalars(select(Station)).all() == []


def test_times_come_back_with_their_zone_and_naive_ones_are_refused(database: Database) -> None:
    with database.write() as session:
        queries.ensure_station(session, "kiosk-1", "1", "", MORNING)
    with database.read() as session:
        found = queries.station(session, "kiosk-1")
        assert found is not None and found.active_at == MORNING and found.active_at.tzinfo is not None
    with pytest.raises(StatementError, match="naive"), database.write() as session:
        queries.ensure_station(session, "kiosk-2", "2", "", datetime(2026, 1, 1))  # noqa: DTZ001


def test_postgresql_waits_no_longer_than_it_was_told(postgres_url: str) -> None:
    migrate.upgrade(postgres_url)
    database = Database(postgres_url, busy_seconds=0.05)
    from kiosk.records import audit

    with database.write() as session:
        audit.lock(session)
        with pytest.raises(OperationalError, match="lock"), database.write() as other:
            audit.lock(other)
    database.close()
