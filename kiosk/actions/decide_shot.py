"""A person judges a shot that the machine can't, or overrules it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.review import ACCEPT
from kiosk.domain.states import PHOTOGRAPHED, VisitState
from kiosk.records import collected
from kiosk.records.tables import Shot


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def decide_shot(tx: Transaction, visit: str, shot: str, decision: Literal["accept", "reject"]) -> Outcome:
    """Let the student accept the shot, or not; after acceptance a rejection means that the photo no longer counts.

    Raises `Refusal` shot_unknown, shot_not_acceptable where no picture could be made of it.
    """
    found = visits.by_id(tx, visit)
    visits.require(tx, found, VisitState.REVIEW, *PHOTOGRAPHED)
    judged = tx.session.scalar(select(Shot).where(Shot.public_id == shot, Shot.visit_id == found.id))
    if judged is None:
        raise Refusal(Code.SHOT_UNKNOWN)
    if decision == ACCEPT and judged.deliverable_sha256 is None:
        raise Refusal(Code.SHOT_NOT_ACCEPTABLE)
    judged.staff_decision, judged.staff_decision_by, judged.staff_decision_at = decision, str(tx.actor), tx.now
    if judged.id == found.accepted_shot_id:
        collected.keep_shot(tx.session, found, judged, str(tx.actor), tx.now)
    tx.detail.update({"shot": judged.public_id, "verdict": judged.verdict, "decision": decision})
    return visits.outcome(found, shot=judged.public_id, decision=decision)
