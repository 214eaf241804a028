"""The student who was called says: I am here."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState


@action(kinds=(KIOSK,))
def begin_capture(tx: Transaction, visit: str | None = None) -> Outcome:
    """CALLED → CAPTURING, or on to the last shot where none is left to take. Raises `Refusal` not_in_seat."""
    station = stations.here(tx)
    shown = visits.in_front(tx, station, visit, VisitState.CALLED)
    if station.seat_visit_id != shown.id:
        raise Refusal(Code.NOT_IN_SEAT, {"seat": station.seat})
    visits.move(tx, shown, VisitState.CAPTURING)
    if len(visits.shots_of(tx, shown)) >= shown.shots_allowed:
        visits.move(tx, shown, VisitState.REVIEW)
    return visits.outcome(shown)
