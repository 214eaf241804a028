"""Staff end somebody's visit of today and give them a place on another day."""

from __future__ import annotations

from kiosk.actions import evening, slots, stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.reconciliation import MOVED, UNDER_OBSERVATION
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import planning
from kiosk.records.tables import Campaign, Student


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def move_visit(tx: Transaction, visit: str, slot: str) -> Outcome:
    """The visit → CANCELLED, and the student is due in `slot`, which lies on a later day.

    Whoever is in observation stays refused for today. Raises `Refusal` visit_unknown, not_now, student_unknown
    (a collection code names no student), slot_unknown, slot_past, slot_full, roster_late, not_called_up,
    due_elsewhere.
    """
    found = visits.by_id(tx, visit)
    target = slots.slot_of(tx, slot)
    student = tx.session.get(Student, found.student_id) if found.student_id is not None else None
    if student is None or student.campaign_id != target.campaign_id:
        raise Refusal(Code.STUDENT_UNKNOWN)
    if target.day <= slots.today(tx):
        raise Refusal(Code.SLOT_PAST)
    observed = evening.is_observed(found)
    visits.move(tx, found, VisitState.CANCELLED, UNDER_OBSERVATION if observed else MOVED)
    stations.hide(tx, found)
    slots.check_may_move(tx, tx.session.get_one(Campaign, student.campaign_id), student)
    place = planning.place_of(tx.session, student.id)
    due = place if place is not None and place.assignment.state == planning.DUE else None
    if due is None or due.slot.id != target.id:
        offers = slots.end(tx, due) if due is not None else (place.assignment.offers + 1 if place else 1)
        slots.assign(tx, student.id, target.id, offers)
        tx.session.flush()
        if planning.loads(tx.session, [target.id])[target.id] > target.capacity:
            raise Refusal(Code.SLOT_FULL, {"capacity": target.capacity})
    tx.detail["slot"] = target.public_id
    return visits.outcome(found, slot=target.public_id)
