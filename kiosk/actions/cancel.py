"""Staff end a visit before a photo was accepted."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def cancel(tx: Transaction, visit: str) -> Outcome:
    """Any open visit before acceptance → CANCELLED; the student may come again."""
    found = visits.by_id(tx, visit)
    visits.move(tx, found, VisitState.CANCELLED, "staff")
    stations.hide(tx, found)
    return visits.outcome(found)
