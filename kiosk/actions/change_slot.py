"""Planners change how many students a slot takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.site_tables import Site


@action(kinds=(STAFF,), roles=slots.PLANNERS)
def change_slot(tx: Transaction, slot: str, capacity: Annotated[int, Field(ge=0, le=10_000)]) -> Outcome:
    """Set the slot's capacity: at least who is due in it, at most what the waiting area and the seats allow.

    Raises `Refusal` slot_unknown, slot_capacity, slot_not_empty.
    """
    found = slots.slot_of(tx, slot)
    at = tx.session.get_one(Site, found.site_id)
    minutes = round((found.ends_at - found.starts_at).total_seconds() / 60)
    most = slots.capacity_of(tx, at, minutes).students
    if not 1 <= capacity <= most:
        raise Refusal(Code.SLOT_CAPACITY, {"capacity": most})
    load = planning.loads(tx.session, [found.id])[found.id]
    if capacity < load:
        raise Refusal(Code.SLOT_NOT_EMPTY, {"students": load})
    tx.detail.update({"slot": found.public_id, "from": found.capacity, "to": capacity})
    found.capacity = capacity
    return {"slot": found.public_id, "capacity": capacity}
