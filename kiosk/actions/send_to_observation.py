"""Somebody is unwell: to the observation room, with the place in the queue kept."""

from __future__ import annotations

from kiosk.actions import visits
from kiosk.actions.base import AT_SITE, STAFF, Outcome, Transaction, action
from kiosk.domain.states import VisitState


@action(kinds=(STAFF,), roles=AT_SITE, needs_reason=True)
def send_to_observation(tx: Transaction, visit: str) -> Outcome:
    """Any open visit before acceptance → OBSERVATION; only a normal measurement ends it."""
    found = visits.by_id(tx, visit)
    visits.set_aside(tx, found, VisitState.OBSERVATION)
    return visits.outcome(found)
