"""Staff grant or refuse a student's request for their photo as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints

from kiosk.actions import branches, copies, payments
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Student


@action(kinds=(STAFF,), roles=payments.CASHIERS, secrets=("token_sha256",))
def decide_copy(
    tx: Transaction,
    request: str,
    granted: bool,
    token_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")],
) -> Outcome:
    """Grant it with a link (of which only the hash is kept) for `visit.copy_days`, or refuse it with a reason.

    Raises `Refusal`: not_found, not_now (decided already), reason_required, no_photo_that_counts.
    """
    found = copies.by_id(tx.session, request)
    if found.decision is not None:
        raise Refusal(Code.NOT_NOW)
    branches.guard(tx, [tx.session.get_one(Student, found.student_id)])
    if not granted and not (tx.reason or "").strip():
        raise Refusal(Code.REASON_REQUIRED)
    if granted:
        copies.photo_of(tx.session, found.student_id)
    found.decision = copies.GRANTED if granted else copies.REFUSED
    found.given_by, found.given_at, found.reason = str(tx.actor), tx.now, (tx.reason or "")[:400] or None
    if granted:
        found.token_sha256 = token_sha256
        found.expires_at = tx.now + timedelta(days=tx.settings.visit.copy_days)
    tx.detail.update({"request": found.public_id, "granted": granted})
    return {"request": found.public_id, "expires_at": found.expires_at.isoformat() if found.expires_at else None}
