"""The called student is not there."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.queue import is_outside
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def requeue(tx: Transaction, visit: str) -> Outcome:
    """CALLED → QUEUED behind those who were not called yet; the number stays, the seat is free.

    After `queue.most_calls` calls → PARKED: staff bring the student back. Somebody who was told to come back
    later and was called early has missed nothing.
    """
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.CALLED)
    if not is_outside(found, tx.now):
        found.missed_calls += 1
    if found.missed_calls >= tx.settings.queue.most_calls:
        visits.set_aside(tx, found, VisitState.PARKED)
    else:
        visits.move(tx, found, VisitState.QUEUED)
    stations.hide(tx, found)
    return visits.outcome(found, missed_calls=found.missed_calls)
