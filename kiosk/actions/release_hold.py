"""A held student may be called again."""

from __future__ import annotations

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def release_hold(tx: Transaction, visit: str) -> Outcome:
    """Back to the old place, by the number. Raises `Refusal` not_now for somebody who is not held."""
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.QUEUED)
    if found.held_at is None:
        raise Refusal(Code.NOT_NOW, {"state": found.state})
    found.held_at = None
    return visits.outcome(found)
