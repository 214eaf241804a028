"""Staff say goodbye for a student who accepted the photo and left without pressing."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def finish_visit(tx: Transaction, visit: str) -> Outcome:
    """ACCEPTED → DONE: the photo was accepted before. Raises `Refusal` visit_unknown, not_now."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.ACCEPTED)
    visits.move(tx, found, VisitState.DONE)
    stations.hide(tx, found)
    return visits.outcome(found)
