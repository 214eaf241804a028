"""An administrator opens a session again that was closed too early today."""

from __future__ import annotations

from kiosk.actions import evening
from kiosk.actions.base import ADMINISTRATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(STAFF,), roles=(ADMINISTRATOR,), needs_reason=True)
def reopen_session(tx: Transaction, campaign: str) -> Outcome:
    """Take the closing back; the numbers go on where they stopped. Visits that the closing ended stay ended.

    Raises `Refusal` no_campaign, session_not_open, session_still_open.
    """
    today = evening.session_today(tx, campaign)
    if today.closed_at is None:
        raise Refusal(Code.SESSION_STILL_OPEN)
    today.closed_at, today.closed_by, today.close_reason = None, "", None
    return {"campaign": campaign}
