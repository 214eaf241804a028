"""Staff type a temperature that they measured by hand."""

from __future__ import annotations

from kiosk.actions import screened, temperatures, visits
from kiosk.actions.base import AT_SITE, STAFF, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=AT_SITE)
def record_temperature(tx: Transaction, visit: str, celsius: temperatures.Celsius) -> Outcome:
    """TEMPERATURE → QUEUED or OBSERVATION, both with a number. Raises `Refusal` temperature_implausible."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.TEMPERATURE)
    abnormal = screened.by_temperature(tx, found, celsius, "typed")
    return visits.outcome(found, abnormal=abnormal)
