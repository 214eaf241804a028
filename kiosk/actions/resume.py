"""Staff bring a visit back to a kiosk."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState

#: Steps that need a screen; after observation they wait for one.
AT_THE_SCREEN = (VisitState.CONFIRMING, VisitState.DECLARING, VisitState.TEMPERATURE)


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def resume(tx: Transaction, visit: str, station: str) -> Outcome:
    """A parked visit → where it was; one that came back from observation → in front of the kiosk again.

    Where the seat is taken the visit waits in the queue with its number. Raises `Refusal` station_busy.
    """
    found = visits.by_id(tx, visit)
    at = stations.named(tx, station)
    if VisitState(found.state) is VisitState.PARKED:
        visits.put_back(tx, found, at)
        return visits.outcome(found)
    if VisitState(found.state) not in AT_THE_SCREEN or stations.of_visit(tx, found) is not None:
        raise Refusal(Code.NOT_NOW, {"state": found.state})
    if not stations.has_room(tx, at, found):
        raise Refusal(Code.STATION_BUSY)
    stations.show(tx, at, found)
    return visits.outcome(found)
