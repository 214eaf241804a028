"""Whoever did not come, or came and has no photo, is offered the next free place."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain import schedule
from kiosk.domain.states import OPEN
from kiosk.records import planning
from kiosk.records.site_tables import Slot, SlotAssignment
from kiosk.records.tables import Student, Visit


@action(kinds=(STAFF, SYSTEM), roles=slots.PLANNERS)
def reoffer_missed(tx: Transaction, campaign: str) -> Outcome:
    """Close every place whose slot has ended and whose student has no photo, and offer the earliest free ones.

    Those who are inside now keep theirs. Who finds no room stays without a slot and comes with the next spreading.
    Answers `{"missed", "came", "offered", "left"}`. Raises `Refusal` no_campaign.
    """
    of = slots.campaign_of(tx, campaign)
    done = planning.numbers_with_photo(tx.session, tx.now - timedelta(days=of.validity_days))
    inside = set(
        tx.session.scalars(
            select(Visit.student_id).where(
                Visit.campaign_id == of.id, Visit.state.in_([state.value for state in OPEN])
            )
        )
    )
    places = [
        planning.Place(row[0], row[1])
        for row in tx.session.execute(
            select(SlotAssignment, Slot)
            .join(Slot, Slot.id == SlotAssignment.slot_id)
            .where(Slot.campaign_id == of.id, SlotAssignment.state == planning.DUE, Slot.ends_at <= tx.now)
            .order_by(Slot.starts_at, SlotAssignment.id)
        )
    ]
    offers: dict[int, int] = {}
    counts = {"missed": 0, "came": 0}
    for place in places:
        student = tx.session.get_one(Student, place.assignment.student_id)
        if student.id in inside or student.id_number in done:
            continue
        offers[student.id] = slots.end(tx, place)
        counts[place.assignment.state] += 1
    found = schedule.refill(list(offers), slots.rooms(tx, of))
    slots.assign_all(tx, found, offers)
    outcome = {**counts, "offered": len(found), "left": len(offers) - len(found)}
    tx.detail.update(outcome)
    return outcome
