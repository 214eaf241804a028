"""What the decisions about the schedule share: who is planned by whom, which students want a slot, moving one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import StringConstraints
from sqlalchemy import func, insert, select

from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, Transaction
from kiosk.domain import schedule
from kiosk.domain.campaign import HOLD, called
from kiosk.domain.queue import day_of, local_text
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Campaign, Student

#: Who plans: campaigns, organisation, sites, slots.
PLANNERS = (ADMINISTRATOR, HEADQUARTERS)

CodeText = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def campaign_of(tx: Transaction, code: str) -> Campaign:
    """The campaign, remembered for the audit. Raises `Refusal` no_campaign."""
    found = planning.campaign(tx.session, code)
    if found is None:
        raise Refusal(Code.NO_CAMPAIGN, {"campaign": code})
    tx.detail["campaign"] = found.code
    return found


def site_of(tx: Transaction, code: str) -> Site:
    """The active site of that code, or the only one. Raises `Refusal` site_unknown."""
    found = planning.site(tx.session, code)
    if found is None or not found.active:
        raise Refusal(Code.SITE_UNKNOWN)
    return found


def slot_of(tx: Transaction, public_id: str) -> Slot:
    """The slot of that id. Raises `Refusal` slot_unknown."""
    found = planning.slot(tx.session, public_id)
    if found is None:
        raise Refusal(Code.SLOT_UNKNOWN)
    return found


def day(text: str) -> date:
    """A day as pages send it. Raises `Refusal` slot_time_invalid for one that is not in the calendar."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(Code.SLOT_TIME_INVALID, {"time": text}) from error


def clock(text: str) -> time:
    """A time of day as pages send it."""
    return time.fromisoformat(text)


def zone(tx: Transaction) -> ZoneInfo:
    """The zone of the site's clock."""
    return ZoneInfo(tx.settings.site.time_zone)


def capacity_of(tx: Transaction, site: Site, minutes: int) -> schedule.Capacity:
    """How many students a slot of that length takes at the site, measured time before entered time.

    Raises `Refusal` slot_capacity.
    """
    seconds = planning.measured_student_seconds(tx.session, tx.now) or site.student_seconds
    spacing = tx.settings.site.spacing_metres
    return schedule.capacity(site.waiting_metres, spacing, site.seats, seconds, minutes * 60)


def rooms(tx: Transaction, campaign: Campaign) -> list[schedule.Room]:
    """The campaign's slots that have not ended, with their load."""
    found = [slot for slot in planning.slots(tx.session, campaign.id) if slot.ends_at > tx.now]
    loads = planning.loads(tx.session, [slot.id for slot in found])
    return [schedule.Room(slot.id, slot.starts_at, slot.capacity, loads[slot.id]) for slot in found]


def why_not_collected(campaign: Campaign, student: Any) -> Code | None:
    """Why the roster row (a `Student` or its columns) is not photographed at all, None where it is.

    roster_late while headquarters has not let it in, not_called_up for an intake that the campaign does not call.
    """
    if student.late and student.late_admitted_at is None and campaign.late_policy == HOLD:
        return Code.ROSTER_LATE
    if not called(campaign.intake_terms, campaign.earlier_students, student.intake):
        return Code.NOT_CALLED_UP
    return None


def without_slot(tx: Transaction, campaign: Campaign, skipped: dict[str, int]) -> Iterator[Any]:
    """Roster rows (what a slot depends on) of those who want one; the others are counted in `skipped` by why."""
    taken = set(
        tx.session.scalars(
            select(SlotAssignment.student_id)
            .join(Slot, Slot.id == SlotAssignment.slot_id)
            .where(Slot.campaign_id == campaign.id, SlotAssignment.state == planning.DUE)
        )
    )
    done = planning.numbers_with_photo(tx.session, tx.now - timedelta(days=campaign.validity_days))
    elsewhere = planning.numbers_due_elsewhere(tx.session, campaign.id, tx.now)
    wanted = select(
        Student.id, Student.branch, Student.teaching_point, Student.class_name, Student.student_number,
        Student.id_number, Student.intake, Student.late, Student.late_admitted_at,
    ).where(Student.campaign_id == campaign.id, Student.removed_at.is_(None))  # fmt: skip
    for student in tx.session.execute(wanted):
        if student.id in taken:
            continue
        against = why_not_collected(campaign, student)
        if against is not None:
            why = against.value
        elif student.id_number in done:
            why = "photographed"
        elif student.id_number in elsewhere:
            why = "elsewhere"
        else:
            yield student
            continue
        skipped[why] = skipped.get(why, 0) + 1


def assign(tx: Transaction, student_id: int, slot_id: int, offers: int = 1) -> None:
    """Write the student's place; whoever had one was taken out of it before."""
    tx.session.add(
        SlotAssignment(
            slot_id=slot_id, student_id=student_id, state=planning.DUE, offers=offers, assigned_at=tx.now,
            by=str(tx.actor),
        )
    )  # fmt: skip


def assign_all(tx: Transaction, places: dict[int, int], offers: dict[int, int]) -> None:
    """Write many places at once: student → slot; `offers` as `assign` counts them, 1 where it does not say."""
    rows = [
        {"slot_id": slot, "student_id": student, "state": planning.DUE, "offers": offers.get(student, 1),
         "assigned_at": tx.now, "by": str(tx.actor)}
        for student, slot in sorted(places.items())
    ]  # fmt: skip
    if rows:
        tx.session.execute(insert(SlotAssignment), rows)


def offered_before(tx: Transaction, campaign: Campaign) -> dict[int, int]:
    """How many slots each student was offered and did not use."""
    rows = tx.session.execute(
        select(SlotAssignment.student_id, func.max(SlotAssignment.offers))
        .join(Slot, Slot.id == SlotAssignment.slot_id)
        .where(Slot.campaign_id == campaign.id, SlotAssignment.state.in_((planning.MISSED, planning.CAME)))
        .group_by(SlotAssignment.student_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def end(tx: Transaction, place: planning.Place) -> int:
    """Close a place that is `due`: moved before its slot ended, missed or came after.

    Returns the `offers` of the place that follows.
    """
    planning.close(tx.session, place, tx.now)
    used_up = place.assignment.state != planning.MOVED
    return place.assignment.offers + used_up


def check_may_move(tx: Transaction, campaign: Campaign, student: Student) -> None:
    """Refuse a slot for somebody who is not photographed here: roster_late, not_called_up, due_elsewhere."""
    against = why_not_collected(campaign, student)
    if against is not None:
        raise Refusal(against)
    other = planning.due_elsewhere(tx.session, student, tx.now)
    if other is not None:
        raise Refusal(Code.DUE_ELSEWHERE, {"campaign": other[0], "from": local_text(other[1])})


def check_window(campaign: Campaign, day: date) -> None:
    """Refuse a day on which the campaign takes no photos: slot_outside_window."""
    if not campaign.capture_from <= day <= campaign.capture_until:
        window = {"from": campaign.capture_from.isoformat(), "until": campaign.capture_until.isoformat()}
        raise Refusal(Code.SLOT_OUTSIDE_WINDOW, dict(window))


def today(tx: Transaction) -> date:
    """The day on the site's clock."""
    return day_of(tx.now)
