"""A one-time link makes the first administrator."""

from __future__ import annotations

from datetime import timedelta

from kiosk.actions import staff_rules
from kiosk.actions.base import SYSTEM, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import SetupLink

#: How long the link opens.
LIFETIME = timedelta(hours=24)


@action(kinds=(SYSTEM,), secrets=("token_sha256",))
def create_setup_link(tx: Transaction, token_sha256: str) -> Outcome:
    """Keep the hash of a new link; the caller prints the token (see `kiosk.actions.people`).

    Raises `Refusal` not_allowed for an installation that has an administrator.
    """
    if staff_rules.has_administrator(tx.session):
        raise Refusal(Code.NOT_ALLOWED, {"action": "create_setup_link"})
    tx.session.add(SetupLink(token_sha256=token_sha256, created_at=tx.now, expires_at=tx.now + LIFETIME))
    return {"expires_at": (tx.now + LIFETIME).isoformat()}
