"""A staff member came to the kiosk."""

from __future__ import annotations

from kiosk.actions import stations
from kiosk.actions.base import AT_SITE, STAFF, Outcome, Transaction, action


@action(kinds=(STAFF,), roles=AT_SITE)
def answer_call(tx: Transaction, station: str) -> Outcome:
    """The call is answered; a second answer changes nothing."""
    stations.call_answered(stations.named(tx, station))
    return {"called": False}
