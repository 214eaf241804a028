"""Somebody who was sent outside is let into the waiting area."""

from __future__ import annotations

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.queue import is_outside
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import line
from kiosk.records.tables import SiteSession


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def let_in(tx: Transaction, visit: str) -> Outcome:
    """Before the time that was told, where the waiting area has a place.

    Raises `Refusal` waiting_area_full, or not_now for somebody who is not outside.
    """
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.QUEUED)
    if not is_outside(found, tx.now):
        raise Refusal(Code.NOT_NOW, {"state": found.state})
    now = line.of_session(tx.session, tx.settings, tx.session.get_one(SiteSession, found.session_id), tx.now)
    if now.places is not None and now.inside >= now.places:
        raise Refusal(Code.WAITING_AREA_FULL, {"places": now.places})
    found.outside_until = None
    return visits.outcome(found)
