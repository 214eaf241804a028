"""The second measurement in the observation room."""

from __future__ import annotations

from kiosk.actions import escalation, stations, temperatures, visits
from kiosk.actions.base import ADMINISTRATOR, MEDIC, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(MEDIC, OPERATOR, ADMINISTRATOR))
def remeasure(tx: Transaction, visit: str, celsius: temperatures.Celsius) -> Outcome:
    """OBSERVATION → back to where the visit was, or ESCALATED, reported and told, where it is still abnormal.

    The measurement decides, not the person: there is no way out of observation but a normal reading.
    """
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.OBSERVATION)
    abnormal = temperatures.write(tx, found, celsius, "typed")
    if abnormal:
        visits.move(tx, found, VisitState.ESCALATED, Code.TEMPERATURE_ABNORMAL)
        stations.hide(tx, found)
        escalation.begin(tx, found)
    else:
        if found.resume_state == VisitState.TEMPERATURE:
            found.resume_state = VisitState.QUEUED.value  # this was the temperature that was to be taken
        visits.put_back(tx, found, stations.of_visit(tx, found))
    return visits.outcome(found, abnormal=abnormal)
