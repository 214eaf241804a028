"""What a card says about itself twice: whether the parts of its text contradict each other or the card's form.

The wire guards a frame by one XOR byte, which lets a double damage through. A text in which nothing contradicts
itself is still no proof, but one that does is read again before it is believed. A real card may contradict itself
(a wrong check digit, a birth date of its own): read twice alike it is data, with a flag.
"""

from __future__ import annotations

import unicodedata

from kiosk.bridge.codec import card_text
from kiosk.bridge.codec.card_text import ETHNIC_GROUPS, LAYOUTS, CardText
from kiosk.bridge.faults import Fault
from kiosk.domain import id_numbers
from kiosk.domain.identity import LONG_TERM, SEX_CODES, DocumentKind, compact_day

#: Categories of characters that no name or address holds: unassigned, surrogates, control, format, line ends.
_NO_TEXT = frozenset({"Cn", "Cs", "Cc", "Cf", "Zl", "Zp"})
_FLAG_AT = 248


def _reserved(kind: DocumentKind) -> tuple[slice, ...]:
    """The bytes that belong to no field."""
    taken = {
        at for pieces in LAYOUTS[kind].values() for begin, size in pieces for at in range(begin, begin + size)
    }
    free = [at for at in range(0, card_text.SIZE, 2) if at not in taken and at != _FLAG_AT]
    return tuple(slice(at, at + 2) for at in free)


_RESERVED = {kind: _reserved(kind) for kind in DocumentKind}


def doubtful(block: bytes) -> str:
    """The first thing in a text block that contradicts another or can't be, in one word; empty where all agrees.

    Words are names of fields, never their content. Never raises.
    """
    try:
        card = card_text.parse(block)
    except Fault as fault:
        return fault.code.value
    if any(block[at] not in (b" \0", b"\0\0") for at in _RESERVED[card.kind]):
        return "reserved"
    return _contradiction(card)


def _contradiction(card: CardText) -> str:
    checked = id_numbers.check(id_numbers.normalise(card.number), id_numbers.NumberKind(card.kind.value))
    born, begins, ends = (compact_day(text) for text in (card.birth, card.valid_from, card.valid_to))
    if not checked.valid:
        return "number"
    if born is None or (checked.birth is not None and checked.birth != born):
        return "birth"
    if card.sex not in SEX_CODES or (checked.male is not None and card.sex == ("2" if checked.male else "1")):
        return "sex"
    if begins is None or (ends is None and card.valid_to != LONG_TERM) or (ends is not None and ends < begins):
        return "validity"
    if card.kind is DocumentKind.RESIDENT and card.ethnic not in ETHNIC_GROUPS:
        return "ethnic"
    for field in LAYOUTS[card.kind]:
        text = getattr(card, field)
        if "  " in text or any(unicodedata.category(character) in _NO_TEXT for character in text):
            return field
    return ""
