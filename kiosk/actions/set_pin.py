"""A staff member sets, changes or removes the own PIN."""

from __future__ import annotations

from kiosk.actions import staff_rules
from kiosk.actions.base import STAFF, Outcome, Transaction, action


@action(kinds=(STAFF,), secrets=("pin_hash",))
def set_pin(tx: Transaction, pin_hash: str | None = None) -> Outcome:
    """Keep the hash of a PIN that `kiosk.actions.people.set_pin` found good; None removes it."""
    staff_rules.by_login(tx, tx.actor.name).pin_hash = pin_hash
    tx.detail["set"] = pin_hash is not None
    return {"pin": pin_hash is not None}
