"""How far a campaign is: the counts agree with the reporting package's own balance, at every level."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.standing import Missing
from kiosk.domain.states import VisitState
from kiosk.records import balance, migrate, progress
from kiosk.records.database import Database
from kiosk.records.progress import Place
from kiosk.records.registry_tables import (
    CollectedPhoto,
    Package,
    PackageLine,
    Payment,
    RegistryResult,
    ResultImport,
    StudentCheck,
)
from kiosk.records.tables import Campaign, Shot, SiteSession, Visit
from tests.actions.desk import MORNING, Desk, settings_for

STUDENTS = 240
SEED = 20261122


@pytest.fixture(params=["sqlite", "postgresql"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A campaign in which everything happened that can happen, to students of three branches."""
    url = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    migrate.upgrade(url)
    database = Database(url)
    Desk(database, settings_for(tmp_path, url)).prepare(students=0)
    with database.write() as session:
        _History(session, random.Random(SEED)).write()
    yield database
    database.close()


class _History:
    """Writes rows as decisions would leave them, drawn by a seed."""

    def __init__(self, session: Session, draw: random.Random) -> None:
        self.session, self.draw = session, draw
        self.campaign = session.scalars(select(Campaign)).one()
        self.serial = 0

    def write(self) -> None:
        made = MORNING - timedelta(days=2)
        self.session.add(SiteSession(id=1, campaign_id=self.campaign.id, day=made.date(), opened_at=made))
        self.session.add(
            Package(
                id=1, public_id="p" * 32, campaign_id=self.campaign.id, profile="chsi-2017-99",
                manifest_sha256="0" * 64, key_id="k", by="test", made_at=made,
            )
        )  # fmt: skip
        self.session.add(
            ResultImport(id=1, campaign_id=self.campaign.id, file_name="a", file_sha256="0", by="t", at=made)
        )
        self.session.flush()
        for number in range(1, STUDENTS + 1):
            Desk.add_student(
                self.session, self.campaign.id, number, id=number, branch=f"分部{number % 3}",
                teaching_point=f"教学点{number % 4}" if number % 5 else "", class_name=f"班{number % 2}",
                removed_at=MORNING if number % 17 == 0 else None,
            )  # fmt: skip
        self.session.flush()
        for number in range(1, STUDENTS + 1):
            days = sorted(self.draw.choices((0, 30, 400), k=self.draw.choice((0, 0, 1, 1, 2, 3))), reverse=True)
            for step, before in enumerate(days):  # in the order of time, as rows are written
                self._event(number, MORNING - timedelta(days=before, hours=9 - step))

    def _event(self, student: int, at: datetime) -> None:
        self.serial += 1
        state = self.draw.choice(list(VisitState))
        photo = state in (VisitState.ACCEPTED, VisitState.DONE)
        mode = self.draw.choice(("kiosk", "kiosk", "studio"))
        if mode == "kiosk":
            self._visit(student, state, at)
        if photo or mode != "kiosk":
            self._photo(student, mode, at)

    def _visit(self, student: int, state: VisitState, at: datetime) -> None:
        visit = Visit(
            id=self.serial, public_id=f"{self.serial:032x}", campaign_id=self.campaign.id, session_id=1,
            student_id=student, assurance="typed", state=state.value, state_since=at, created_at=at,
        )  # fmt: skip
        self.session.add(visit)
        self.session.flush()
        if state in (VisitState.ACCEPTED, VisitState.DONE):
            self.session.add(
                Shot(
                    id=self.serial, public_id=f"{self.serial:032x}", visit_id=self.serial, ordinal=1,
                    original_sha256=_digest(self.serial), deliverable_sha256=_digest(self.serial), profile="p",
                    verdict="pass", judgement={}, making={}, triggered_at=at, taken_at=at, stored_at=at,
                    accepted_at=at,
                )
            )  # fmt: skip
            self.session.flush()
            visit.accepted_shot_id = self.serial

    def _photo(self, student: int, mode: str, at: datetime) -> None:
        state = self.draw.choice(("accepted", "accepted", "accepted", "candidate", "rejected"))
        if state == "accepted":
            before = select(CollectedPhoto).where(
                CollectedPhoto.student_id == student, CollectedPhoto.state == "accepted"
            )
            for old in self.session.scalars(before):
                old.state = "replaced"
            self.session.flush()
        digest = _digest(self.serial)
        self.session.add(
            CollectedPhoto(
                public_id=f"{self.serial:032x}", campaign_id=self.campaign.id, student_id=student, mode=mode,
                shot_id=self.serial if mode == "kiosk" else None, original_sha256=digest,
                deliverable_sha256=digest,
                profile="p", verdict="pass", judgement={}, state=state, stored_at=at,
                taken_at=at if self.draw.random() < 0.5 else None,
            )
        )  # fmt: skip
        facts = {"campaign_id": self.campaign.id, "student_id": student}
        if self.draw.random() < 0.5:
            self.session.add(
                PackageLine(package_id=1, ordinal=self.serial, student_id=student, deliverable_sha256=digest)
            )
            for linked in self.draw.choice(((), (True,), (False,), (True, False), (False, True))):
                row = RegistryResult(import_id=1, **facts, deliverable_sha256=digest, linked=linked, at=at)
                self.session.add(row)
                self.session.flush()
        if self.draw.random() < 0.5:
            self.session.add(
                StudentCheck(
                    public_id=f"{self.serial:032x}", **facts, deliverable_sha256=digest,
                    confirmed=self.draw.random() < 0.7, at=at, resolved_at=at,
                )
            )  # fmt: skip
        kinds = self.draw.choice(((), ("paid",), ("waived",), ("paid", "refunded"), ("waived", "revoked")))
        for place, kind in enumerate(kinds):
            cents = 1500 if kind in ("paid", "refunded") else 0
            self.session.add(
                Payment(public_id=f"{self.serial:030x}{place:02x}", **facts, kind=kind, cents=cents, by="t", at=at)
            )
        self.session.flush()


def _digest(serial: int) -> str:
    return hashlib.sha256(str(serial).encode()).hexdigest()


def _campaign(session: Session) -> Campaign:
    return session.scalars(select(Campaign)).one()


def test_everybody_is_missing_for_the_reason_that_the_package_would_give(records: Database) -> None:
    with records.read() as session:
        campaign = _campaign(session)
        wanted = {
            line.student.id: line.standing if isinstance(line.standing, Missing) else None
            for line in balance.lines(session, campaign, MORNING)
            if line.student is not None and line.standing is not Missing.REMOVED
        }
        found = {
            person.student.id: person.reason for person in progress.people(session, campaign, MORNING, Place())
        }
    assert len(wanted) > 200
    assert len(set(wanted.values())) >= 10  # the draw shows most of what there is
    assert found == wanted


def test_the_counts_of_every_level_are_those_of_its_people(records: Database) -> None:
    with records.read() as session:
        campaign = _campaign(session)
        people = list(progress.people(session, campaign, MORNING, Place()))
        for level in progress.LEVELS:
            for line in progress.lines(session, campaign, MORNING, Place(), level):
                here = [person for person in people if getattr(person.student, level) == line.name]
                assert line.registered == len(here) == line.photographed + line.missing.total()
                assert line.photographed == sum(person.reason is None for person in here)
                assert line.missing == Counter(person.reason for person in here if person.reason is not None)
                for step in ("checked", "paid", "reported", "linked"):
                    assert getattr(line, step) == sum(getattr(person, step) for person in here), step
                assert 0 <= line.linked <= line.reported <= line.photographed


def test_going_down_loses_nobody(records: Database) -> None:
    with records.read() as session:
        campaign = _campaign(session)
        for branch in progress.lines(session, campaign, MORNING, Place(), "branch"):
            points = progress.lines(session, campaign, MORNING, Place(branch.name), "teaching_point")
            assert sum(point.registered for point in points) == branch.registered
            both = Place(branch.name, tuple(point.name for point in points[:2]))
            classes = progress.lines(session, campaign, MORNING, both, "class_name")
            assert sum(one.registered for one in classes) == sum(point.registered for point in points[:2])
            listed = list(progress.people(session, campaign, MORNING, both, missing=True))
            assert len(listed) == sum(one.missing.total() for one in classes)
            assert all(person.reason is not None for person in listed)
        total = sum(
            (line.missing for line in progress.lines(session, campaign, MORNING, Place(), "branch")), Counter()
        )
        for reason, count in total.items():
            listed = list(progress.people(session, campaign, MORNING, Place(), reason=reason))
            assert len(listed) == count
            assert {person.reason for person in listed} == {reason}


def test_who_is_to_be_reminded_has_a_photo_and_has_not_confirmed_it(records: Database) -> None:
    with records.read() as session:
        campaign = _campaign(session)
        people = {person.student.id: person for person in progress.people(session, campaign, MORNING, Place())}
        asked = {student.id for student in session.scalars(progress.unchecked(campaign, MORNING))}
        assert asked == {
            number for number, person in people.items() if person.reason is None and not person.checked
        }
