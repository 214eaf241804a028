"""The waiting page makes room for the next student."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(KIOSK,))
def step_aside(tx: Transaction, visit: str | None = None) -> Outcome:
    """A waiting visit leaves the screen and keeps its number."""
    station = stations.here(tx)
    shown = visits.in_front(tx, station, visit, VisitState.QUEUED)
    stations.clear(tx, station)
    return visits.outcome(shown)
