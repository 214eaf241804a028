"""Staff set a visit aside."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def park_visit(tx: Transaction, visit: str) -> Outcome:
    """An open visit → PARKED; its kiosk shows Welcome. Staff or the same card resume it."""
    found = visits.by_id(tx, visit)
    visits.set_aside(tx, found, VisitState.PARKED)
    stations.hide(tx, found)
    return visits.outcome(found)
