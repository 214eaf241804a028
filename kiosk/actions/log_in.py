"""Somebody logs in, or fails to; both are history."""

from __future__ import annotations

from kiosk.actions import staff_rules
from kiosk.actions.base import STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(STAFF, SYSTEM), secrets=("password_hash",))
def log_in(tx: Transaction, verified: bool, password_hash: str | None = None) -> Outcome:
    """Note the log-in of an account whose password `kiosk.actions.people.log_in` verified before.

    `password_hash` renews a hash of weaker parameters. Raises `Refusal` login_failed, which is why it is called
    for failures too.
    """
    if not verified:
        raise Refusal(Code.LOGIN_FAILED)
    found = staff_rules.by_login(tx, tx.actor.name)
    if not found.active:
        raise Refusal(Code.LOGIN_FAILED)
    found.last_login_at = tx.now
    found.password_hash = password_hash or found.password_hash
    return {
        "login": found.login,
        "display_name": found.display_name,
        "role": found.role,
        "language": found.language,
        "epoch": found.epoch,
    }
