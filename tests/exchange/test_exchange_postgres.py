"""Rosters, balances and packages say the same on PostgreSQL as on SQLite."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.domain.states import VisitState
from kiosk.exchange import campaigns
from kiosk.exchange.package import Order, export
from kiosk.exchange.roster import import_file
from kiosk.jobs.work import Work
from kiosk.records import balance, migrate, queue
from kiosk.records.database import Database
from kiosk.records.tables import Campaign, Job
from kiosk.records.vault import Vault
from kiosk.settings import Database as DatabaseSettings
from kiosk.settings import Settings
from tests.exchange.conftest import NOW
from tests.exchange.people import People, picture
from tests.exchange.rosters import student, write

OPEN, CODES = "open-2027-spring", "code-2027-spring"


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    found = Settings(data_dir=tmp_path / "data", database=DatabaseSettings(url=postgres_url))
    migrate.upgrade(found)
    return found


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    found = Database(settings.database_url)
    campaigns.ensure(found, settings, NOW)
    yield found
    found.close()


def test_a_roster_and_its_package(database: Database, settings: Settings, tmp_path: Path) -> None:
    file = write(tmp_path / "r.xlsx", [student(serial) for serial in range(1, 900)])
    report = import_file(database, file, OPEN, "command:test", now=NOW)
    assert report.added == 899
    report = import_file(database, file, OPEN, "command:test", now=NOW)
    assert (report.unchanged, report.changed) == (899, 0)
    People(database, Vault(settings.data / "vault"), OPEN).ready(1000)
    summary = export(database, settings, Order(OPEN), tmp_path / "p.zip", "command:test", now=NOW)
    assert (summary.registered, summary.exported, summary.missing) == (900, 1, {"not_come": 899})


def test_codes_are_counted_once(database: Database, settings: Settings, tmp_path: Path) -> None:
    people = People(database, Vault(settings.data / "vault"), CODES)
    people.visit(VisitState.CANCELLED, code=b"one")
    people.visit(VisitState.PARKED, code=b"two")
    people.photo(people.visit(VisitState.DONE, code=b"one"), picture("one"))
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == CODES)).one()
        assert balance.of_campaign(session, campaign, NOW) == balance.Balance(2, 1, {"parked": 1})
    assert export(database, settings, Order(CODES), tmp_path / "p.zip", "command:test", now=NOW).exported == 1


def test_a_worker_touches_only_its_own(database: Database, settings: Settings) -> None:
    work = Work(database, settings, threading.Event())
    with database.write() as session:
        elsewhere = queue.enqueue(session, "roster_import", "staff:a", upload="0" * 32, campaign=OPEN)
        running = queue.enqueue(session, "package_export", "staff:a", campaign=OPEN, _worker="kiosk-2")
        running.state = "running"
        fetched_there = queue.enqueue(session, "package_export", "staff:a", on="kiosk-2", campaign=OPEN)
        mine = queue.enqueue(session, "package_export", "staff:a", on=settings.station.name, campaign=OPEN)
    assert work.waiting() == [mine.public_id]
    assert work.recover() == 0
    work.run(mine.public_id)
    with database.read() as session:
        states = {job.public_id: job.state for job in session.scalars(select(Job))}
    assert states == {
        elsewhere.public_id: "queued",
        running.public_id: "running",
        fetched_there.public_id: "queued",
        mine.public_id: "done",
    }
