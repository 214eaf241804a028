"""Planners move students into another slot, or out of the schedule: one by drag, many at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.tables import Campaign, Student


@action(kinds=(STAFF,), roles=slots.PLANNERS)
def move_students(
    tx: Transaction,
    students: Annotated[list[int], Field(min_length=1, max_length=1000)],
    slot: str | None = None,
) -> Outcome:
    """Everybody of `students` is due in `slot` from now on, or (None) in no slot; all of them or none.

    Raises `Refusal` student_unknown, slot_unknown, slot_past, slot_full, roster_late, not_called_up,
    due_elsewhere.
    """
    target = slots.slot_of(tx, slot) if slot is not None else None
    if target is not None and target.ends_at <= tx.now:
        raise Refusal(Code.SLOT_PAST)
    moved = 0
    for number in dict.fromkeys(students):
        student = tx.session.get(Student, number)
        if student is None or (target is not None and student.campaign_id != target.campaign_id):
            raise Refusal(Code.STUDENT_UNKNOWN)
        place = planning.place_of(tx.session, student.id)
        due = place if place is not None and place.assignment.state == planning.DUE else None
        if due is not None and target is not None and due.slot.id == target.id:
            continue
        if target is not None:
            slots.check_may_move(tx, tx.session.get_one(Campaign, student.campaign_id), student)
        offers = slots.end(tx, due) if due is not None else (place.assignment.offers + 1 if place else 1)
        if target is not None:
            slots.assign(tx, student.id, target.id, offers)
        moved += 1
    tx.session.flush()
    if target is not None:
        load = planning.loads(tx.session, [target.id])[target.id]
        if load > target.capacity:
            raise Refusal(Code.SLOT_FULL, {"capacity": target.capacity})
    tx.detail.update({"slot": target.public_id if target else None, "students": moved})
    return {"moved": moved}
