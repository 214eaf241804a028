"""Staff release the shutter where the machine never would: narrow eyes, a soft lens, a religious covering."""

from __future__ import annotations

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def release_shutter(tx: Transaction, visit: str) -> Outcome:
    """The next shot is taken as soon as a face is in view, whatever the coaching says; its verdict is the judge's.

    Holds for one shot, and only while the visit is CAPTURING (`visits.move` takes it back). Raises `Refusal`
    not_now in another state, no_shots_left.
    """
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.CAPTURING)
    used = len(visits.shots_of(tx, found))
    if used >= found.shots_allowed:
        raise Refusal(Code.NO_SHOTS_LEFT, {"shots": found.shots_allowed})
    found.shutter_for = used + 1
    tx.detail["ordinal"] = found.shutter_for
    return visits.outcome(found)
