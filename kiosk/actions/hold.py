"""A waiting student can't be called for a while: the place is kept."""

from __future__ import annotations

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def hold(tx: Transaction, visit: str) -> Outcome:
    """QUEUED stays QUEUED and is not called until `release_hold`; number and place are kept."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.QUEUED)
    found.held_at = found.held_at or tx.now
    return visits.outcome(found)
