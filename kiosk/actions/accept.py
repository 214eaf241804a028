"""The student accepts the photo that is on the screen. Only a press does; silence never."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from kiosk.actions import code_use, stations, visits
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.review import acceptable
from kiosk.domain.states import VisitState
from kiosk.records import collected
from kiosk.records.tables import Shot


@action(kinds=(KIOSK,))
def accept(tx: Transaction, shot: str, visit: str | None = None) -> Outcome:
    """REVIEW → ACCEPTED: the shown shot becomes the photo (staff decide about one at which the judge asks), the
    receipt is issued.

    Raises `Refusal` shot_unknown, shot_stale for another shot than the last one, shot_not_acceptable,
    code_already_used where another visit of the campaign was photographed under the same collection code.
    """
    shown = visits.in_front(tx, stations.here(tx), visit, VisitState.REVIEW)
    found = tx.session.scalar(select(Shot).where(Shot.public_id == shot, Shot.visit_id == shown.id))
    if found is None:
        raise Refusal(Code.SHOT_UNKNOWN)
    if visits.shots_of(tx, shown)[-1] is not found:
        raise Refusal(Code.SHOT_STALE)
    if not acceptable(found.verdict, found.staff_decision, found.deliverable_sha256 is not None):
        raise Refusal(Code.SHOT_NOT_ACCEPTABLE)
    if shown.code_sha256 and code_use.used(tx, shown.campaign_id, shown.code_sha256, but=shown):
        raise Refusal(Code.CODE_ALREADY_USED)
    found.accepted_at = tx.now
    shown.accepted_shot_id = found.id
    shown.receipt_issued_at = tx.now
    shown.receipt_nonce = secrets.token_urlsafe(24)
    tx.detail.update({"shot": found.public_id, "verdict": found.verdict})
    collected.keep_shot(tx.session, shown, found, str(tx.actor), tx.now)
    visits.move(tx, shown, VisitState.ACCEPTED)
    return visits.outcome(shown, shot=found.public_id)
