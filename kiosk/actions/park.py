"""Nobody is there any more, or the student walks away: keep the visit for later and free the kiosk."""

from __future__ import annotations

from typing import Literal

from kiosk.actions import stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.states import ATTENDED, VisitState


@action(kinds=(KIOSK,))
def park(tx: Transaction, cause: Literal["idle", "left"], visit: str | None = None) -> Outcome:
    """An attended visit → PARKED; the seat is free again. Whoever left sees Welcome at once."""
    station = stations.here(tx)
    shown = visits.in_front(tx, station, visit, *sorted(ATTENDED))
    tx.detail["cause"] = cause
    visits.set_aside(tx, shown, VisitState.PARKED)
    if cause == "left":
        stations.clear(tx, station)
    return visits.outcome(shown)
