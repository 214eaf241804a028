"""Planners send a message again of which it is not known, or known that it was not, whether it arrived."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.site_tables import OutboxMessage


@action(kinds=(STAFF,), roles=slots.PLANNERS, needs_reason=True)
def resend_message(tx: Transaction, message: str) -> Outcome:
    """`failed` or `unsure` → `waiting`. Raises `Refusal` not_found, not_now for any other state."""
    found = tx.session.scalar(select(OutboxMessage).where(OutboxMessage.public_id == message))
    if found is None:
        raise Refusal(Code.NOT_FOUND, {"what": "message"})
    if found.state not in ("failed", "unsure") or found.purged_at is not None:
        raise Refusal(Code.NOT_NOW)
    found.state, found.error, found.next_try_at, found.created_at = "waiting", None, tx.now, tx.now
    tx.detail["message"] = found.public_id
    return {"message": found.public_id}
