"""Photos that a plug-in decoded from ID cards, so that staff can compare: in memory while a visit is open.

They are in no table, file, log or audit row, and gone with the visit or with this process.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import ENDED
from kiosk.records.database import Database
from kiosk.records.tables import Visit

#: Longest photo that is kept, in bytes; a JPEG of 102 × 126 has some 6,000.
MOST_BYTES = 48 * 1024
_JPEG = b"\xff\xd8\xff"


def take(content: dict[str, Any]) -> bytes | None:
    """The photo of an identity's card, taken out of it. Raises `Refusal` (bad_request) for what is none."""
    card = content.get("card")
    text = card.pop("photo_b64", None) if isinstance(card, dict) else None
    if text is None:
        return None
    try:
        photo = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "photo_b64"}) from error
    if not photo.startswith(_JPEG) or len(photo) > MOST_BYTES:
        raise Refusal(Code.BAD_REQUEST, {"what": "photo_b64"})
    return photo


class CardPhotos:
    """The photos of the visits that are open, by public id."""

    def __init__(self) -> None:
        self._photos: dict[str, bytes] = {}

    def keep(self, visit: str, photo: bytes) -> None:
        """Have the photo of the card by which `visit` was opened."""
        self._photos[visit] = photo

    def of(self, visit: str) -> bytes | None:
        """The photo of a visit that is open, if its card gave one."""
        return self._photos.get(visit)

    def forget_ended(self, database: Database) -> None:
        """Drop the photos of visits that are over; called every second."""
        if not self._photos:
            return
        over = [state.value for state in ENDED]
        with database.read() as session:
            still_open = set(
                session.scalars(
                    select(Visit.public_id).where(Visit.public_id.in_(self._photos), Visit.state.not_in(over))
                )
            )
        self._photos = {visit: photo for visit, photo in self._photos.items() if visit in still_open}
