"""Planners spread everybody who has no slot over the slots that have room."""

from __future__ import annotations

from typing import Literal

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain import schedule
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def spread_students(tx: Transaction, campaign: str, by: Literal["class", "teaching_point"] = "class") -> Outcome:
    """Give a slot to as many as there is room, class by class (or teaching point by teaching point).

    Answers `{"assigned", "left", "skipped": {why: n}}`: `left` are those for whom there was no room. Raises
    `Refusal` no_campaign, no_slots.
    """
    of = slots.campaign_of(tx, campaign)
    rooms = slots.rooms(tx, of)
    if not rooms:
        raise Refusal(Code.NO_SLOTS)
    skipped: dict[str, int] = {}
    people = [
        schedule.Person(row.id, row.branch, row.teaching_point, row.class_name, row.student_number)
        for row in slots.without_slot(tx, of, skipped)
    ]
    found = schedule.spread(people, rooms, by)
    before = slots.offered_before(tx, of)
    slots.assign_all(tx, found, {student: offers + 1 for student, offers in before.items()})
    counts = {"assigned": len(found), "left": len(people) - len(found), "skipped": skipped}
    tx.detail.update({"by": by, **counts})
    return counts
