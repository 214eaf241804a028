"""An administrator adds a staff account."""

from __future__ import annotations

from kiosk.actions import staff_rules
from kiosk.actions.base import ADMINISTRATOR, STAFF, SYSTEM, Outcome, Transaction, action


@action(kinds=(STAFF, SYSTEM), roles=(ADMINISTRATOR,), secrets=("password_hash",))
def add_staff(
    tx: Transaction,
    login: staff_rules.Login,
    display_name: staff_rules.DisplayName,
    role: staff_rules.Role,
    password_hash: str,
    language: staff_rules.Language = "zh_CN",
) -> Outcome:
    """Add the account (see `kiosk.actions.people.add`, which hashes). Raises `Refusal` name_taken."""
    return staff_rules.write_new(tx, login, display_name, role, password_hash, language)
