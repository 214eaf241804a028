"""A staff member's tablet is locked, by its button or because nobody touched it."""

from __future__ import annotations

from typing import Literal

from kiosk.actions.base import STAFF, Outcome, Transaction, action


@action(kinds=(STAFF,))
def lock(tx: Transaction, cause: Literal["button", "idle"]) -> Outcome:
    """Nothing changes but the history: the lock is of one session, which the web process knows."""
    tx.detail["cause"] = cause
    return {}
