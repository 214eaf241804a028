"""Staff allow one more shot than the campaign does."""

from __future__ import annotations

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import OPEN, VisitState

#: A visit never gets more, whoever allows it: past this the light or the camera is wrong.
MOST_SHOTS = 20


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def allow_shot(tx: Transaction, visit: str) -> Outcome:
    """One more shot for an open visit without an accepted photo. Raises `Refusal` no_shots_left at the most."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, *(OPEN - {VisitState.ACCEPTED}))
    if found.shots_allowed >= MOST_SHOTS:
        raise Refusal(Code.NO_SHOTS_LEFT, {"shots": MOST_SHOTS})
    found.shots_allowed += 1
    tx.detail["shots_allowed"] = found.shots_allowed
    return visits.outcome(found, shots_allowed=found.shots_allowed)
