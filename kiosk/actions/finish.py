"""Goodbye: the receipt was taken, the kiosk is free again."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(KIOSK,))
def finish(tx: Transaction, visit: str | None = None) -> Outcome:
    """ACCEPTED → DONE, by a press or by the receipt's timer: the photo was accepted before."""
    station = stations.here(tx)
    shown = visits.in_front(tx, station, visit, VisitState.ACCEPTED)
    visits.move(tx, shown, VisitState.DONE)
    stations.hide(tx, shown)
    return visits.outcome(shown)
