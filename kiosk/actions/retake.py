"""The student wants another shot."""

from __future__ import annotations

from kiosk.actions import stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState


@action(kinds=(KIOSK,))
def retake(tx: Transaction, visit: str | None = None) -> Outcome:
    """REVIEW → CAPTURING. Raises `Refusal` no_shots_left; staff may allow another."""
    shown = visits.in_front(tx, stations.here(tx), visit, VisitState.REVIEW)
    used = len(visits.shots_of(tx, shown))
    if used >= shown.shots_allowed:
        raise Refusal(Code.NO_SHOTS_LEFT, {"shots": shown.shots_allowed})
    visits.move(tx, shown, VisitState.CAPTURING)
    return visits.outcome(shown, shots_left=shown.shots_allowed - used)
