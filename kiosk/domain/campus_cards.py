"""The number (UID) of a campus card: its canonical form, and how lists and scanners write it.

A UID identifies and proves nothing: it is read without any secret and can be copied. ISO/IEC 14443-3 gives it 4, 7
or 10 bytes; a 4-byte one that begins with 08 is made anew each time the card is laid. Canonical form: the bytes as
`FF CA 00 00 00` gives them, in upper-case hexadecimal.
"""

from __future__ import annotations

import re
from enum import StrEnum

SIZES = (4, 7, 10)
#: First byte of a 4-byte UID that is random.
RANDOM = "08"
_HEX = re.compile(r"[0-9A-F]+")


class Writing(StrEnum):
    """How a card system's list or a keyboard-wedge scanner writes a UID."""

    HEX = "hex"  # as the card gives it: 04A1B2C3
    HEX_REVERSED = "hex-reversed"  # last byte first: C3B2A104
    DECIMAL = "decimal"  # the bytes as one number, first byte highest
    DECIMAL_REVERSED = "decimal-reversed"  # the bytes as one number, last byte highest


def canonical(uid: str) -> str:
    """`uid` in upper-case hexadecimal without separators. Raises `ValueError` unless it has 4, 7 or 10 bytes."""
    text = re.sub(r"[\s:-]", "", uid).upper()
    if not _HEX.fullmatch(text) or len(text) not in [size * 2 for size in SIZES]:
        raise ValueError("a UID has 4, 7 or 10 bytes in hexadecimal")
    return text


def is_random(uid: str) -> bool:
    """Whether a canonical UID will be another one the next time the same card is laid."""
    return len(uid) == 8 and uid.startswith(RANDOM)


def read(text: str, writing: Writing) -> str:
    """The canonical UID of a list's or scanner's `text`; leading zeros may be missing.

    A decimal number says nothing of its length: it has 4 bytes if it fits, else 7, else 10. Raises `ValueError`.
    """
    text = re.sub(r"[\s:-]", "", text).upper()
    if writing in (Writing.DECIMAL, Writing.DECIMAL_REVERSED):
        if not (text.isascii() and text.isdigit()):
            raise ValueError("a decimal number wanted")
        number = int(text)
        size = next((size for size in SIZES if number < 256**size), None)
        if size is None:
            raise ValueError("longer than 10 bytes")
        data = number.to_bytes(size, "big")
    else:
        if not _HEX.fullmatch(text) or len(text) > SIZES[-1] * 2:
            raise ValueError("at most 10 bytes in hexadecimal wanted")
        size = next(size for size in SIZES if len(text) <= size * 2)
        data = bytes.fromhex(text.zfill(size * 2))
    if writing in (Writing.HEX_REVERSED, Writing.DECIMAL_REVERSED):
        data = data[::-1]
    return data.hex().upper()
