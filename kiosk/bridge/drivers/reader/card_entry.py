"""From the text on a card to the `card` entry of an identity, the same for every reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kiosk.bridge.codec.card_text import CardText
from kiosk.domain import id_numbers, identity


def to_json(card: CardText) -> dict[str, Any]:
    """The `card` entry of an identity; a card without a Chinese name goes by its English one."""
    today = (datetime.now(UTC) + id_numbers.CHINA_OFFSET).date()
    return identity.from_card(
        card.kind,
        name=card.name or card.english_name,
        sex=card.sex,
        birth=card.birth,
        number=card.number,
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        today=today,
    ).to_json()
