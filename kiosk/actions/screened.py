"""What follows from the first temperature of a visit, whoever measured it."""

from __future__ import annotations

from kiosk.actions import flow, stations, temperatures, visits
from kiosk.actions.base import Transaction
from kiosk.domain.states import VisitState
from kiosk.records.tables import Visit


def by_temperature(tx: Transaction, visit: Visit, celsius: float, source: str) -> bool:
    """Keep the reading and move the visit on: to the queue, or to observation with its place in the queue."""
    abnormal = temperatures.write(tx, visit, celsius, source)
    station = stations.of_visit(tx, visit)
    if station is not None:
        station.notice = None  # an earlier reading that had to be repeated
    if not abnormal:
        flow.advance(tx, visit)
        return False
    visits.set_aside(tx, visit, VisitState.OBSERVATION)
    visit.resume_state = VisitState.QUEUED.value  # screening is over once a second measurement is normal
    if station is not None:
        stations.call_staff(tx, station)
    return True
