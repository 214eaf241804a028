"""Planners make the slots of one or several days at a site."""

from __future__ import annotations

import secrets
from typing import Annotated

from pydantic import Field
from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain import schedule
from kiosk.domain.queue import local_text
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.site_tables import Slot

Pause = Annotated[list[slots.Clock], Field(min_length=2, max_length=2)]


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def make_slots(
    tx: Transaction,
    campaign: str,
    days: Annotated[list[slots.Day], Field(min_length=1, max_length=60)],
    opens: slots.Clock,
    closes: slots.Clock,
    site: str = "",
    minutes: Annotated[int, Field(ge=5, le=480)] | None = None,
    capacity: int | None = None,
    breaks: Annotated[list[Pause], Field(max_length=6)] = [],  # noqa: B006
) -> Outcome:
    """Slots of `minutes` (the campaign's) from `opens` to `closes` on each of the days, all of them or none.

    `capacity` may be less than the formula of `kiosk.domain.schedule` gives, never more. Raises `Refusal`
    no_campaign, site_unknown, slot_capacity, slot_time_invalid, slot_outside_window, slot_past, slot_overlaps.
    """
    of = slots.campaign_of(tx, campaign)
    at = slots.site_of(tx, site)
    length = minutes or of.slot_minutes
    room = slots.capacity_of(tx, at, length)
    students = room.students if capacity is None else capacity
    if not 1 <= students <= room.students:
        raise Refusal(Code.SLOT_CAPACITY, {"capacity": room.students})
    pauses = [(slots.clock(begin), slots.clock(end)) for begin, end in breaks]
    made: list[Slot] = []
    for day in sorted({slots.day(text) for text in days}):
        slots.check_window(of, day)
        times = schedule.plan(day, slots.clock(opens), slots.clock(closes), length, slots.zone(tx), pauses)
        if times[0][0] < tx.now:
            raise Refusal(Code.SLOT_PAST)
        taken = tx.session.execute(
            select(Slot.starts_at, Slot.ends_at).where(
                Slot.site_id == at.id, Slot.starts_at < times[-1][1], Slot.ends_at > times[0][0]
            )
        )
        clash = schedule.overlapping(times, [(row[0], row[1]) for row in taken])
        if clash is not None:
            raise Refusal(Code.SLOT_OVERLAPS, {"from": local_text(clash[0])})
        made += [
            Slot(
                public_id=secrets.token_hex(16), campaign_id=of.id, site_id=at.id, day=day, starts_at=begin,
                ends_at=end, capacity=students,
            )
            for begin, end in times
        ]  # fmt: skip
    tx.session.add_all(made)
    tx.session.flush()
    tx.detail.update({"site": at.code, "slots": len(made), "capacity": students, "limited_by": room.limited_by})
    return {"slots": len(made), "capacity": students, "places": len(made) * students}
