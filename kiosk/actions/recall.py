"""Call a number once more: the board says it again."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def recall(tx: Transaction, visit: str) -> Outcome:
    """CALLED stays CALLED; the board and the voice say the number again, and the seat waits anew."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.CALLED)
    found.called_again_at = tx.now
    at = stations.of_visit(tx, found)
    if at is not None:
        at.active_at = tx.now  # the idle clock of the kiosk begins anew
    return visits.outcome(found)
