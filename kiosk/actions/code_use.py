"""Whether a collection code was already photographed; one record has one code."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions.base import Transaction
from kiosk.domain.review import REJECT
from kiosk.domain.states import PHOTOGRAPHED
from kiosk.records.tables import Shot, Visit


def used(tx: Transaction, campaign_id: int, code_sha256: str, but: Visit | None = None) -> bool:
    """Whether a photo that counts was accepted under the code in the campaign, other than by `but`."""
    found = tx.session.scalars(
        select(Visit.id)
        .join(Shot, Shot.id == Visit.accepted_shot_id)
        .where(
            Visit.campaign_id == campaign_id,
            Visit.code_sha256 == code_sha256,
            Visit.state.in_([state.value for state in PHOTOGRAPHED]),
            Shot.staff_decision.is_distinct_from(REJECT),
        )
    )
    return any(but is None or visit_id != but.id for visit_id in found)
