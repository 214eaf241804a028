"""What is asked of a card behind PC/SC: the text of an ID card through a security module, or a UID.

A PC/SC reader with a security module (SAM) answers `FF B0 <page> 00 00` with 256 bytes a page; page 0 begins with
the lengths of text and photo, two bytes each, big endian. An ordinary NFC reader can't read ID cards; for any
card `FF CA 00 00 00` (PC/SC part 3, section 3.2.2.1.3) gives the UID, which identifies and proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kiosk.bridge.codec import card_text
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.domain import campus_cards

GET_UID = bytes.fromhex("FFCA000000")
PAGE = 256
LENGTHS = 4
GOOD = 0x9000
#: Longest photo that is believed; a WLT photo has 1,024 bytes.
MOST_PHOTO = 0x1000


class Asked(Protocol):
    """A connected card."""

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Data and status word. Raises `Fault`."""


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What a card gave: the text block (and the photo, if asked for) of an ID card, or a campus card's UID."""

    text: bytes = b""
    photo: bytes = b""
    uid: str = ""


def get_page(page: int) -> bytes:
    """The command for one page of an ID card's data."""
    return bytes((0xFF, 0xB0, page, 0x00, 0x00))


def read(card: Asked, with_photo: bool = False) -> Found:
    """Read what lies there.

    Raises `Fault`: what the card or the service says; MALFORMED for a UID of another length; UID_RANDOM for one
    that is made anew each time; UNKNOWN_TYPE for a card that gives neither.
    """
    first, status = card.transmit(get_page(0))
    sizes = _sizes(first) if status == GOOD else None
    if sizes is not None:
        return _read_id_card(card, first, *sizes, with_photo)
    return Found(uid=_read_uid(card))


def _sizes(first: bytes) -> tuple[int, int] | None:
    """Lengths of text and photo; None for a card that merely has bytes to read there, as some NFC tags do."""
    if len(first) != PAGE:
        return None
    text, photo = int.from_bytes(first[:2], "big"), int.from_bytes(first[2:LENGTHS], "big")
    return (text, photo) if text == card_text.SIZE and photo <= MOST_PHOTO else None


def _read_id_card(card: Asked, first: bytes, text: int, photo: int, with_photo: bool) -> Found:
    wanted = LENGTHS + text + (photo if with_photo else 0)
    data = first
    page = 1
    while len(data) < wanted:
        more, status = card.transmit(get_page(page))
        left = LENGTHS + text + photo - len(data)
        if status != GOOD:
            raise Fault(FaultCode.READ_FAILED, f"page {page}: {status:04X}")
        if len(more) < min(PAGE, left):
            raise Fault(FaultCode.READ_FAILED, f"page {page}: {len(more)} bytes")
        data += more[:PAGE]
        page += 1
    block = data[LENGTHS : LENGTHS + text]
    return Found(text=block, photo=data[LENGTHS + text : wanted])


def _read_uid(card: Asked) -> str:
    data, status = card.transmit(GET_UID)
    if status != GOOD:
        raise Fault(FaultCode.UNKNOWN_TYPE, f"no UID: {status:04X}")
    if len(data) not in campus_cards.SIZES:
        raise Fault(FaultCode.MALFORMED, f"UID of {len(data)} bytes")
    uid = data.hex().upper()
    if campus_cards.is_random(uid):
        raise Fault(FaultCode.UID_RANDOM)
    return uid
