"""A staff member logs out."""

from __future__ import annotations

from kiosk.actions.base import STAFF, Outcome, Transaction, action


@action(kinds=(STAFF,))
def log_out(tx: Transaction) -> Outcome:
    """Nothing changes but the history: sessions live in the browser's cookie."""
    return {"login": tx.actor.name}
