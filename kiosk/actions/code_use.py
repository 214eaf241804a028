"""Whether a collection code was already photographed; one record has one code."""

from __future__ import annotations

from kiosk.actions.base import Transaction
from kiosk.records import collected
from kiosk.records.tables import Visit


def used(tx: Transaction, campaign_id: int, code_sha256: str, but: Visit | None = None) -> bool:
    """Whether a photo that counts was accepted under the code in the campaign, other than by `but`."""
    return collected.code_used(tx.session, campaign_id, code_sha256, but)
