"""The thermometer measured the student in front of the kiosk."""

from __future__ import annotations

from kiosk.actions import screened, stations, temperatures, visits
from kiosk.actions.base import BRIDGE, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState


def _tell(tx: Transaction, refusal: Refusal) -> None:
    if refusal.code is Code.TEMPERATURE_IMPLAUSIBLE:
        stations.tell(tx, stations.here(tx), refusal.code, refusal.args_)


@action(kinds=(BRIDGE,), on_refusal=_tell)
def take_temperature(tx: Transaction, visit: str, celsius: temperatures.Celsius) -> Outcome:
    """TEMPERATURE → QUEUED with a number, or OBSERVATION with a number and staff called.

    Raises `Refusal` temperature_implausible, which the person at the kiosk is told.
    """
    shown = visits.in_front(tx, stations.here(tx), visit, VisitState.TEMPERATURE)
    abnormal = screened.by_temperature(tx, shown, celsius, "thermometer")
    return visits.outcome(shown, abnormal=abnormal)
