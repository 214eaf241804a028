"""A staff member changes the own account."""

from __future__ import annotations

from kiosk.actions import staff_rules
from kiosk.actions.base import STAFF, Outcome, Transaction, action


@action(kinds=(STAFF,), secrets=("password_hash",))
def change_account(
    tx: Transaction, language: staff_rules.Language | None = None, password_hash: str | None = None
) -> Outcome:
    """Own language, or own password, which ends every other session.

    `kiosk.actions.people.change_password` asks for the old password first.
    """
    found = staff_rules.by_login(tx, tx.actor.name)
    found.language = language or found.language
    if password_hash is not None:
        found.password_hash = password_hash
        found.epoch += 1
    tx.detail["changed"] = "password" if password_hash is not None else "language"
    return {"login": found.login, "language": found.language, "epoch": found.epoch}
