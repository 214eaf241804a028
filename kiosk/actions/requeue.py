"""The called student is not there."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def requeue(tx: Transaction, visit: str) -> Outcome:
    """CALLED → QUEUED behind those who were not called yet; the number stays, the seat is free."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.CALLED)
    found.missed_calls += 1
    visits.move(tx, found, VisitState.QUEUED)
    stations.hide(tx, found)
    return visits.outcome(found)
