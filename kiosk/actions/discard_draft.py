"""Planners throw a draft away."""

from __future__ import annotations

from kiosk.actions import slots
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.actions.save_draft import Id, by_id


@action(kinds=(STAFF,), roles=slots.PLANNERS)
def discard_draft(tx: Transaction, draft: Id) -> Outcome:
    """Remove the draft; campaigns that were published from it stay. Raises `Refusal` not_found."""
    tx.session.delete(by_id(tx, draft))
    tx.detail["draft"] = draft
    return {"draft": draft}
