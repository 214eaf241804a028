"""The student says: yes, that is me."""

from __future__ import annotations

from kiosk.actions import flow, stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(KIOSK,))
def confirm(tx: Transaction, visit: str | None = None) -> Outcome:
    """CONFIRMING → the campaign's next step."""
    shown = visits.in_front(tx, stations.here(tx), visit, VisitState.CONFIRMING)
    flow.advance(tx, shown)
    return visits.outcome(shown)
