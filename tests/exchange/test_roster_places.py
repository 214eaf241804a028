"""Who leaves the roster gives the place in the schedule back, and who returns has none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.domain.queue import day_of
from kiosk.exchange.roster import Report, Wish, import_file
from kiosk.records import planning
from kiosk.records.database import Database
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Audit, Campaign, Student
from tests.exchange.conftest import NOW
from tests.exchange.rosters import student, write

OPEN = "open-2027-spring"


def bring(database: Database, file: Path, *serials: int, only_check: bool = False) -> Report:
    """Import the students as the complete list."""
    write(file, [student(serial) for serial in serials])
    wish = Wish(complete=True, only_check=only_check)
    return import_file(database, file, OPEN, "command:test", now=NOW, wish=wish)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


@pytest.fixture
def planned(database: Database, file: Path) -> Database:
    """Students 1 and 2 are due in a slot of tomorrow, 3 in one of yesterday, to which nobody came."""
    bring(database, file, 1, 2, 3)
    with database.write() as session:
        session.add(Site(id=1, code="hall", name="Hall", waiting_metres=5))
        campaign = session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()
        session.flush()
        for slot, days in ((1, 1), (2, -1)):
            at = NOW + timedelta(days=days)
            session.add(
                Slot(
                    id=slot, public_id=str(slot) * 32, campaign_id=campaign.id, site_id=1, day=day_of(at),
                    capacity=2, starts_at=at, ends_at=at + timedelta(minutes=30),
                )
            )  # fmt: skip
        session.flush()
        people = session.scalars(select(Student).order_by(Student.student_number)).all()
        for person, slot in zip(people, (1, 1, 2), strict=True):
            session.add(
                SlotAssignment(slot_id=slot, student_id=person.id, state="due", assigned_at=NOW, by="test")
            )
    return database


def states(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(SlotAssignment.state).order_by(SlotAssignment.id)))


def test_a_place_is_given_back_and_who_returns_is_unplaced(planned: Database, file: Path) -> None:
    seen = bring(planned, file, 1, only_check=True)
    assert (seen.removed, seen.freed, states(planned)) == (2, 1, ["due", "due", "due"])
    done = bring(planned, file, 1)
    assert (done.removed, done.freed, states(planned)) == (2, 1, ["due", "moved", "missed"])
    with planned.read() as session:
        said = session.scalars(select(Audit).order_by(Audit.sequence.desc()).limit(1)).one().detail
        assert said["freed"] == 1
        assert planning.loads(session, [1, 2]) == {1: 1, 2: 0}
    back = bring(planned, file, 1, 2, 3)
    assert (back.returned, back.freed) == (2, 0)
    with planned.read() as session:
        second = session.scalars(select(Student).order_by(Student.student_number)).all()[1]
        assert planning.place_of(session, second.id) is None


def test_a_place_that_is_over_ends_as_missed_and_is_nobodys_to_have(planned: Database, file: Path) -> None:
    assert bring(planned, file, 1, 2, only_check=True).freed == 0
    done = bring(planned, file, 1, 2)
    assert (done.removed, done.freed, states(planned)) == (1, 0, ["due", "due", "missed"])


def test_an_import_that_takes_nobody_off_frees_nothing(planned: Database, file: Path) -> None:
    assert bring(planned, file, 1, 2, 3).freed == 0
    assert states(planned) == ["due", "due", "due"]
