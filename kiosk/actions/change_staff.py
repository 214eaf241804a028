"""An administrator changes a staff account."""

from __future__ import annotations

from sqlalchemy import func, select

from kiosk.actions import staff_rules
from kiosk.actions.base import ADMINISTRATOR, STAFF, SYSTEM, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Staff


@action(kinds=(STAFF, SYSTEM), roles=(ADMINISTRATOR,), secrets=("password_hash",))
def change_staff(
    tx: Transaction,
    login: str,
    display_name: staff_rules.DisplayName | None = None,
    role: staff_rules.Role | None = None,
    active: bool | None = None,
    language: staff_rules.Language | None = None,
    password_hash: str | None = None,
) -> Outcome:
    """Change what is given. A new role, password or a deactivation ends every session of that person.

    Raises `Refusal` not_found, or not_allowed where nobody would be left to administrate.
    """
    found = staff_rules.by_login(tx, login)
    before = (found.role, found.active, found.password_hash)
    found.display_name = display_name or found.display_name
    found.language = language or found.language
    found.role = role or found.role
    found.active = found.active if active is None else active
    found.password_hash = password_hash or found.password_hash
    if password_hash is not None:
        found.pin_hash = None  # whoever knew the old secrets knows none of the new ones
    if before != (found.role, found.active, found.password_hash):
        found.epoch += 1
    tx.session.flush()
    administrators = tx.session.scalar(
        select(func.count()).select_from(Staff).where(Staff.role == ADMINISTRATOR, Staff.active)
    )
    if before[0] == ADMINISTRATOR and not administrators:
        raise Refusal(Code.NOT_ALLOWED, {"action": "change_staff"})
    given = {"display_name": display_name, "role": role, "active": active, "language": language}
    tx.detail["changed"] = sorted(name for name, value in given.items() if value is not None)
    if password_hash is not None:
        tx.detail["changed"].append("password")
    return {"login": found.login, "role": found.role, "active": found.active, "epoch": found.epoch}
