"""Staff end a visit before a photo was accepted."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.reconciliation import UNDER_OBSERVATION
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def cancel(tx: Transaction, visit: str) -> Outcome:
    """Any open visit before acceptance → CANCELLED; the student may come again, out of observation not today."""
    found = visits.by_id(tx, visit)
    observed = VisitState(found.state) is VisitState.OBSERVATION
    visits.move(tx, found, VisitState.CANCELLED, UNDER_OBSERVATION if observed else "staff")
    stations.hide(tx, found)
    return visits.outcome(found)
