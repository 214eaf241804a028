"""Whoever holds the set-up link becomes the first administrator."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import staff_rules
from kiosk.actions.base import ADMINISTRATOR, SYSTEM, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import SetupLink


@action(kinds=(SYSTEM,), secrets=("token_sha256", "password_hash"))
def use_setup_link(
    tx: Transaction,
    token_sha256: str,
    login: staff_rules.Login,
    display_name: staff_rules.DisplayName,
    password_hash: str,
    language: staff_rules.Language,
) -> Outcome:
    """Make the administrator and use the link up. Raises `Refusal` setup_link_invalid or name_taken."""
    link = tx.session.scalar(select(SetupLink).where(SetupLink.token_sha256 == token_sha256))
    if link is None or link.used_at is not None or link.expires_at <= tx.now:
        raise Refusal(Code.SETUP_LINK_INVALID)
    if staff_rules.has_administrator(tx.session):
        raise Refusal(Code.SETUP_LINK_INVALID)
    link.used_at = tx.now
    return staff_rules.write_new(tx, login, display_name, ADMINISTRATOR, password_hash, language)
