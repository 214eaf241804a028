"""Planners remove a slot in which nobody is due and nobody ever was."""

from __future__ import annotations

from sqlalchemy import func, select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.site_tables import SlotAssignment


@action(kinds=(STAFF,), roles=slots.PLANNERS)
def remove_slot(tx: Transaction, slot: str) -> Outcome:
    """Take the slot out of the schedule; places that were moved out of it go with it, nothing else does.

    Raises `Refusal` slot_unknown, slot_not_empty.
    """
    found = slots.slot_of(tx, slot)
    here = select(func.count()).where(SlotAssignment.slot_id == found.id)
    kept = tx.session.scalar(here.where(SlotAssignment.state != planning.MOVED)) or 0
    if kept:
        raise Refusal(Code.SLOT_NOT_EMPTY, {"students": kept})
    for row in tx.session.scalars(select(SlotAssignment).where(SlotAssignment.slot_id == found.id)):
        tx.session.delete(row)
    tx.session.flush()
    tx.session.delete(found)
    tx.detail.update({"slot": found.public_id, "starts_at": found.starts_at.isoformat()})
    return {"slot": found.public_id}
