"""The named reads of the schedule, the organisation and the opening: who is due when, where there is room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from kiosk.domain.opening import Checklist, Signature
from kiosk.domain.organisation import Kind, Unit
from kiosk.domain.states import VisitState
from kiosk.records import collected
from kiosk.records.database import read_once, rows
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.site_tables import (
    DeviceCheck,
    HygieneLog,
    OpeningSignature,
    OrganisationUnit,
    Site,
    Slot,
    SlotAssignment,
)
from kiosk.records.tables import Campaign, SiteSession, Student, Visit, VisitStateRow

#: States of an assignment: the place that counts; came but without a photo; did not come; moved before it began.
DUE, CAME, MISSED, MOVED = "due", "came", "missed", "moved"
#: Visits that must have been measured before their median is believed, and how many of the latest are taken.
MEASURED_AT_LEAST, MEASURED_LAST = 20, 200
#: What counts as being at the seat.
AT_SEAT = (VisitState.CALLED, VisitState.CAPTURING, VisitState.REVIEW, VisitState.ACCEPTED)

# Questions of every look and press, put together once.
_SITE = select(Site).where(Site.code == bindparam("code"))
_ACTIVE_SITES = select(Site).where(Site.active).limit(2)
_PLACES = (
    select(SlotAssignment, Slot)
    .join(Slot, Slot.id == SlotAssignment.slot_id)
    .where(SlotAssignment.student_id == bindparam("student"), SlotAssignment.state != MOVED)
    .order_by((SlotAssignment.state == DUE).desc(), SlotAssignment.id.desc())
    .limit(1)
)
_DONE_LATELY = (
    select(Visit.id)
    .where(Visit.state == VisitState.DONE, Visit.ended_at > bindparam("since"), Visit.ended_at <= bindparam("now"))
    .order_by(Visit.id.desc())
    .limit(MEASURED_LAST)
)


def campaign(session: Session, code: str) -> Campaign | None:
    """The campaign of that code."""
    return session.scalar(select(Campaign).where(Campaign.code == code))


def site(session: Session, code: str) -> Site | None:
    """The site of that code; with an empty code the only one there is."""
    return read_once(session, ("site", code), lambda: _site(session, code))


def _site(session: Session, code: str) -> Site | None:
    if code:
        return session.scalar(_SITE, {"code": code})
    found = session.scalars(_ACTIVE_SITES).all()
    return found[0] if len(found) == 1 else None


def sites(session: Session) -> Sequence[Site]:
    """Every site by its code."""
    return session.scalars(select(Site).order_by(Site.code)).all()


def units(session: Session) -> list[Unit]:
    """The organisation as it stands, by code."""
    rows = session.scalars(select(OrganisationUnit).order_by(OrganisationUnit.code)).all()
    codes = {row.id: row.code for row in rows}
    return [Unit(row.code, Kind(row.kind), row.name, codes.get(row.parent_id or 0, ""), row.email) for row in rows]


def slot(session: Session, public_id: str) -> Slot | None:
    """The slot of that public id."""
    return session.scalar(select(Slot).where(Slot.public_id == public_id))


def slots(session: Session, campaign_id: int, since: date | None = None) -> Sequence[Slot]:
    """The campaign's slots in the order of time, from the day `since` on."""
    query = select(Slot).where(Slot.campaign_id == campaign_id).order_by(Slot.starts_at, Slot.id)
    return session.scalars(query if since is None else query.where(Slot.day >= since)).all()


def loads(session: Session, slot_ids: Collection[int]) -> dict[int, int]:
    """How many students are due in each of the slots."""
    counted = dict.fromkeys(slot_ids, 0)
    for some in _chunks(slot_ids):
        query = (
            select(SlotAssignment.slot_id, func.count())
            .where(SlotAssignment.slot_id.in_(some), SlotAssignment.state == DUE)
            .group_by(SlotAssignment.slot_id)
        )
        counted.update({row[0]: int(row[1]) for row in session.execute(query)})
    return counted


@dataclass(frozen=True, slots=True)
class Place:
    """A student's place in the schedule."""

    assignment: SlotAssignment
    slot: Slot


def place_of(session: Session, student_id: int) -> Place | None:
    """Where the student is due; failing that, the last place that was missed.

    A missed place still opens its own time: the clock may have been set back since.
    """
    row = session.execute(_PLACES, {"student": student_id}).first()
    return Place(row[0], row[1]) if row else None


def close(session: Session, place: Place, now: datetime) -> None:
    """End a place that is `due`: moved before its slot ended, missed or came after."""
    assignment, slot = place.assignment, place.slot
    if slot.ends_at > now:
        assignment.state = MOVED
    else:
        assignment.state = CAME if came_on(session, [assignment.student_id], slot.day) else MISSED
    assignment.ended_at = now
    session.flush()  # one place a student is due in, by a unique index


def count_due(session: Session, student_ids: Collection[int], now: datetime) -> int:
    """How many of the students are due in a slot that has not ended: places that others could still have."""
    counted = 0
    for some in _chunks(student_ids):
        query = (
            select(func.count())
            .select_from(SlotAssignment)
            .join(Slot, Slot.id == SlotAssignment.slot_id)
            .where(SlotAssignment.student_id.in_(some), SlotAssignment.state == DUE, Slot.ends_at > now)
        )
        counted += session.scalar(query) or 0
    return counted


def give_back(session: Session, student_ids: Collection[int], now: datetime) -> None:
    """End the places of students who left the roster: others may have them, and who returns is unplaced.

    A place whose slot is over ends too, as missed: else the student would be offered another one.
    """
    for some in _chunks(student_ids):
        query = (
            select(SlotAssignment, Slot)
            .join(Slot, Slot.id == SlotAssignment.slot_id)
            .where(SlotAssignment.student_id.in_(some), SlotAssignment.state == DUE)
        )
        for assignment, slot in session.execute(query).all():
            close(session, Place(assignment, slot), now)


def due_elsewhere(session: Session, student: Student, now: datetime) -> tuple[str, datetime] | None:
    """Code of another active campaign in which the same person is due, and when, if that is still to come."""
    row = session.execute(
        select(Campaign.code, Slot.starts_at)
        .join(Slot, Slot.campaign_id == Campaign.id)
        .join(SlotAssignment, SlotAssignment.slot_id == Slot.id)
        .join(Student, Student.id == SlotAssignment.student_id)
        .where(
            Student.id_number == student.id_number,
            Campaign.id != student.campaign_id,
            Campaign.active,
            SlotAssignment.state == DUE,
            Slot.ends_at > now,
        )
        .order_by(Slot.starts_at)
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def numbers_due_elsewhere(session: Session, campaign_id: int, now: datetime) -> set[str]:
    """ID numbers that are due in another active campaign in a slot that has not ended."""
    return set(
        session.scalars(
            select(Student.id_number)
            .join(SlotAssignment, SlotAssignment.student_id == Student.id)
            .join(Slot, Slot.id == SlotAssignment.slot_id)
            .join(Campaign, Campaign.id == Slot.campaign_id)
            .where(Campaign.id != campaign_id, Campaign.active, SlotAssignment.state == DUE, Slot.ends_at > now)
        )
    )


def photo_since(number: Any, since: datetime) -> Select[Any]:
    """Photos of the person of that ID number (a column or None: of anybody), taken since then, that came, are kept
    and were not rejected by the registry (`records.collected`), in whichever campaign; it answers ID numbers."""
    person = aliased(Student)
    found = (
        select(person.id_number)
        .join(CollectedPhoto, CollectedPhoto.student_id == person.id)
        .where(collected.taken_at() >= since, collected.came(), collected.kept(), ~collected.not_linked())
    )
    return found if number is None else found.where(person.id_number == number)


def numbers_with_photo(session: Session, since: datetime) -> set[str]:
    """ID numbers with a photo that still counts, see `photo_since`."""
    return set(session.scalars(photo_since(None, since)))


def came_on(session: Session, student_ids: Collection[int], day: date) -> set[int]:
    """Which of the students had a visit on that day."""
    found: set[int] = set()
    for some in _chunks(student_ids):
        query = (
            select(Visit.student_id)
            .join(SiteSession, SiteSession.id == Visit.session_id)
            .where(SiteSession.day == day, Visit.student_id.in_(some))
        )
        found.update(student_id for student_id in session.scalars(query) if student_id is not None)
    return found


def all_who_came(session: Session, day: date) -> set[int]:
    """Every student who had a visit on that day."""
    query = select(Visit.student_id).join(SiteSession, SiteSession.id == Visit.session_id)
    return {found for found in session.scalars(query.where(SiteSession.day == day)) if found is not None}


def is_opening_picture(session: Session, digest: str) -> bool:
    """Whether a line of an opening checklist was signed with the picture of that SHA-256."""
    query = select(OpeningSignature.id).where(OpeningSignature.picture_sha256 == digest).limit(1)
    return session.scalar(query) is not None


def measured_student_seconds(session: Session, now: datetime) -> int | None:
    """Median seconds that the latest students took at the seat, None while too few were measured."""
    latest = [row[0] for row in rows(session, _DONE_LATELY, {"since": now - timedelta(days=60), "now": now})]
    if len(latest) < MEASURED_AT_LEAST:
        return None
    seconds = dict.fromkeys(latest, 0.0)
    stretches = select(VisitStateRow.visit_id, VisitStateRow.started_at, VisitStateRow.ended_at)
    for visit_id, started, ended in session.execute(
        stretches.where(VisitStateRow.visit_id.in_(latest), VisitStateRow.state.in_([s.value for s in AT_SEAT]))
    ):
        if ended is not None:
            seconds[visit_id] += (ended - started).total_seconds()
    taken = [value for value in seconds.values() if value > 0]
    return max(1, round(median(taken))) if len(taken) >= MEASURED_AT_LEAST else None


def signatures(session: Session, day: date, site_code: str) -> dict[str, OpeningSignature]:
    """The newest signature of each line of that day; one that was taken back is not among them."""
    rows = session.scalars(
        select(OpeningSignature)
        .where(OpeningSignature.day == day, OpeningSignature.site == site_code)
        .order_by(OpeningSignature.id)
    )
    newest = {row.line: row for row in rows}
    return {line: row for line, row in newest.items() if not row.withdrawn}


def hygiene(session: Session, day: date, site_code: str) -> Sequence[HygieneLog]:
    """The day's log of disinfection and airing."""
    query = select(HygieneLog).where(HygieneLog.day == day, HygieneLog.site == site_code)
    return session.scalars(query.order_by(HygieneLog.starts_at, HygieneLog.id)).all()


def devices_passed(session: Session, day: date) -> bool | None:
    """Whether the newest device check of every kiosk that was checked that day passed; None without any."""
    rows = session.execute(
        select(DeviceCheck.station, DeviceCheck.passed).where(DeviceCheck.day == day).order_by(DeviceCheck.id)
    ).all()
    newest: dict[str, bool] = {row[0]: bool(row[1]) for row in rows}
    return all(newest.values()) if newest else None


def opening(session: Session, checklist: Checklist, day: date, site_code: str) -> list[Signature]:
    """What the records hold for each line of the checklist on that day."""
    signed = signatures(session, day, site_code)
    entries = Counter(row.line for row in hygiene(session, day, site_code))
    passed = devices_passed(session, day)
    found = []
    for line in checklist.lines:
        row = signed.get(line.id)
        found.append(
            Signature(
                line.id, row.checklist_version if row else "", row.value if row else {},
                picture=row is not None and row.picture_sha256 is not None, entries=entries[line.id],
                devices_passed=passed,
            )
        )  # fmt: skip
    return found


def _chunks(ids: Iterable[int], size: int = 500) -> list[list[int]]:
    listed = list(ids)
    return [listed[start : start + size] for start in range(0, len(listed), size)]
