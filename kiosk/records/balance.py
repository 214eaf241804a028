"""Who of a campaign has a photo to report and who is missing, and why: for package, balances and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kiosk.domain.collection import Mode
from kiosk.domain.queue import day_of
from kiosk.domain.standing import Attendance, Missing, Photo, standing
from kiosk.domain.states import VisitState
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Student, Visit

#: Students whose visits are read at once; memory stays flat whatever the size of the campaign.
CHUNK = 400
COLLECTION_CODE = "collection-code"


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody registered: a student of the roster, or a collection code that was shown.

    `ordinal` counts the registered ones from 1 and never changes for the same person, since none is ever removed.
    """

    ordinal: int
    student: Student | None
    code: bytes | None
    standing: Photo | Missing


@dataclass(frozen=True, slots=True)
class Balance:
    """registered = ready + sum of missing."""

    registered: int
    ready: int
    missing: dict[str, int]  # Missing.value → number of people, only those that occur


def of_campaign(session: Session, campaign: Campaign, now: datetime, branch: str = "") -> Balance:
    """Count the campaign's people by where they stand, with `branch` its own."""
    counts = Counter(
        line.standing.value if isinstance(line.standing, Missing) else ""
        for line in lines(session, campaign, now, branch)
    )
    ready = counts.pop("", 0)
    return Balance(ready + counts.total(), ready, dict(sorted(counts.items())))


def lines(session: Session, campaign: Campaign, now: datetime, branch: str = "") -> Iterator[Line]:
    """Everybody registered, in the order of the roster (or in which codes were first shown).

    With `branch` only its students, each under the same ordinal as without. Codes belong to no branch.
    """
    if campaign.identity_mode == COLLECTION_CODE:
        return _codes(session, campaign, now)
    return _students(session, campaign, now, branch)


def _students(session: Session, campaign: Campaign, now: datetime, branch: str = "") -> Iterator[Line]:
    today, last = day_of(now), 0
    ordinal = 0
    while True:
        query = select(Student).where(Student.campaign_id == campaign.id, Student.id > last)
        if branch:
            query = query.where(Student.branch == branch)
        students = session.scalars(query.order_by(Student.id).limit(CHUNK)).all()
        if not students:
            return
        ids = [student.id for student in students]
        visits = _attendances(session, ids)
        places = _ordinals(session, campaign, ids) if branch else {}
        for student in students:
            ordinal = places.get(student.id, ordinal + 1)
            session.expunge(student)
            found = standing(visits[student.id], today, campaign.validity_days)
            yield Line(ordinal, student, None, found if student.removed_at is None else Missing.REMOVED)
        last = students[-1].id


def _ordinals(session: Session, campaign: Campaign, wanted: Collection[int]) -> dict[int, int]:
    """The places of some students among all of the campaign."""
    places = (
        select(Student.id, func.row_number().over(order_by=Student.id).label("place"))
        .where(Student.campaign_id == campaign.id)
        .subquery()
    )
    return {row.id: row.place for row in session.execute(select(places).where(places.c.id.in_(wanted)))}


def _codes(session: Session, campaign: Campaign, now: datetime) -> Iterator[Line]:
    today, last, ordinal = day_of(now), 0, 0
    first = func.min(Visit.id).label("first")
    while True:
        codes = session.execute(
            select(Visit.code_sha256, first)
            .where(Visit.campaign_id == campaign.id, Visit.code_sha256.is_not(None))
            .group_by(Visit.code_sha256)
            .having(first > last)
            .order_by(first)
            .limit(CHUNK)
        ).all()
        if not codes:
            return
        visits: dict[str, list[Attendance]] = {row.code_sha256: [] for row in codes}
        content: dict[str, bytes] = {}
        query = _visits().add_columns(Visit.code, Visit.code_sha256)
        of_campaign = (Visit.campaign_id == campaign.id, Visit.code_sha256.in_(visits))
        for row in session.execute(query.where(*of_campaign).order_by(Visit.id)):
            visits[row.code_sha256].append(_attendance(row))
            content[row.code_sha256] = row.code
        for digest, attendances in visits.items():
            ordinal += 1
            yield Line(ordinal, None, content[digest], standing(attendances, today, campaign.validity_days))
        last = codes[-1].first


def _attendances(session: Session, students: Sequence[int]) -> dict[int, list[Attendance]]:
    """Visits and photos of the students, each in the order in which they began or came."""
    found: dict[int, list[tuple[datetime, Attendance]]] = {student: [] for student in students}
    for row in session.execute(_visits().where(Visit.student_id.in_(students))):
        found[row.student_id].append((row.created_at, _attendance(row)))
    without_visit = select(CollectedPhoto.student_id, CollectedPhoto.stored_at, *_photo_columns()).where(
        CollectedPhoto.student_id.in_(students), CollectedPhoto.mode != Mode.KIOSK.value
    )
    for row in session.execute(without_visit):
        found[row.student_id].append((row.stored_at, Attendance(VisitState.DONE, _photo(row))))
    return {
        student: [attendance for _, attendance in sorted(each, key=lambda pair: pair[0])]
        for student, each in found.items()
    }


def _visits() -> Any:
    return select(Visit.student_id, Visit.created_at, Visit.state, *_photo_columns()).outerjoin(
        CollectedPhoto, CollectedPhoto.shot_id == Visit.accepted_shot_id
    )


def _photo_columns() -> tuple[Any, ...]:
    return (
        CollectedPhoto.state.label("standing"),
        CollectedPhoto.deliverable_sha256,
        collected.taken_at().label("taken"),
        collected.not_linked().label("not_linked"),
    )


def _attendance(row: Row[Any]) -> Attendance:
    return Attendance(VisitState(row.state), _photo(row))


def _photo(row: Row[Any]) -> Photo | None:
    if row.standing is None:
        return None
    return Photo(row.standing, row.deliverable_sha256 or "", row.taken, bool(row.not_linked))
