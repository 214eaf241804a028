"""Who of a campaign has a photo to report and who is missing, and why: for package, balances and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kiosk.domain.queue import day_of
from kiosk.domain.standing import Attendance, Missing, Photo, standing
from kiosk.domain.states import VisitState
from kiosk.records.queries import not_linked
from kiosk.records.tables import Campaign, Shot, Student, Visit

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


def of_campaign(session: Session, campaign: Campaign, now: datetime) -> Balance:
    """Count the campaign's people by where they stand."""
    counts = Counter(
        line.standing.value if isinstance(line.standing, Missing) else "" for line in lines(session, campaign, now)
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
        visits: dict[int, list[Attendance]] = {student.id: [] for student in students}
        for row in session.execute(_visits(campaign).where(Visit.student_id.in_(visits))):
            visits[row.student_id].append(_attendance(row))
        places = _ordinals(session, campaign, visits) if branch else {}
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
        query = _visits(campaign).add_columns(Visit.code, Visit.code_sha256)
        for row in session.execute(query.where(Visit.code_sha256.in_(visits))):
            visits[row.code_sha256].append(_attendance(row))
            content[row.code_sha256] = row.code
        for digest, attendances in visits.items():
            ordinal += 1
            yield Line(ordinal, None, content[digest], standing(attendances, today, campaign.validity_days))
        last = codes[-1].first


def _visits(campaign: Campaign) -> Any:
    return (
        select(
            Visit.student_id, Visit.state, Shot.verdict, Shot.staff_decision, Shot.accepted_at,
            Shot.deliverable_sha256, Shot.taken_at, not_linked().label("not_linked"),
        )
        .outerjoin(Shot, Shot.id == Visit.accepted_shot_id)
        .where(Visit.campaign_id == campaign.id)
        .order_by(Visit.id)
    )  # fmt: skip


def _attendance(row: Row[Any]) -> Attendance:
    photo = None
    if row.accepted_at is not None and row.deliverable_sha256 is not None:
        photo = Photo(
            row.verdict, row.staff_decision, row.accepted_at, row.deliverable_sha256, row.taken_at,
            bool(row.not_linked),
        )  # fmt: skip
    return Attendance(VisitState(row.state), photo)
