"""The receipt's token: unguessable, without personal data, the same for one visit however often it is shown.

A token is a nonce and a truncated HMAC of it under this station's receipt key, so that neither the records alone
nor an earlier token give another one. The nonce is the visit's random one, or names a photo, however it came, and
the day on which its link was made. The HMAC is compared in constant time before the records are asked. A receipt's
QR code holds its address, by which whatever reads codes tells it from a collection code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import ClassVar

#: Bytes of the HMAC in a token: 128 bits, 22 characters.
_MAC_BYTES = 16
_MAC_CHARACTERS = 22
#: Longest nonce that the records hold.
_NONCE_CHARACTERS = 64
_FIRST_DAY = date(1970, 1, 1)
#: A photo's public id and a day since 1970-01-01, big endian: 24 characters of base64url, none of them padding.
_OF_PHOTO = struct.Struct(">16sH")
_OF_PHOTO_CHARACTERS = 24
#: What is signed besides the summary: a seal of a receipt is nothing else.
PURPOSE = b"receipt"
#: An address that ends as receipts do (`…/r/<token>#<seal>`); its host may be any, the HMAC says whether it is
#: ours.
_ADDRESS = re.compile(
    rf"(?:https?://[^\s?#]+)?/r/([A-Za-z0-9_-]{{{_MAC_CHARACTERS + 1},{_MAC_CHARACTERS + _NONCE_CHARACTERS}}})/?"
    r"(?:#([A-Za-z0-9_-]*))?",
    re.IGNORECASE,
)


def _mac(key: bytes, nonce: str) -> str:
    digest = hmac.new(key, b"receipt:" + nonce.encode(), hashlib.sha256).digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token(key: bytes, nonce: str) -> str:
    """Token of the visit with this nonce."""
    return nonce + _mac(key, nonce)


def nonce_of(key: bytes, given: str) -> str | None:
    """The nonce in a genuine token, None for any other text."""
    if not given.isascii() or not _MAC_CHARACTERS < len(given) <= _NONCE_CHARACTERS + _MAC_CHARACTERS:
        return None
    nonce, mac = given[:-_MAC_CHARACTERS], given[-_MAC_CHARACTERS:]
    return nonce if hmac.compare_digest(mac, _mac(key, nonce)) else None


def photo_nonce(photo: str, made: date) -> str:
    """Nonce of a link to the photo of that public id (32 hex digits), made on that day. Raises `ValueError`."""
    try:
        content = _OF_PHOTO.pack(bytes.fromhex(photo), (made - _FIRST_DAY).days)
    except struct.error as error:
        raise ValueError("day") from error
    if len(photo) != 2 * 16:
        raise ValueError("photo")
    return base64.urlsafe_b64encode(content).decode()


def photo_of(nonce: str) -> tuple[str, date] | None:
    """What `photo_nonce` was given, None for a visit's nonce, which has another length."""
    if len(nonce) != _OF_PHOTO_CHARACTERS:
        return None
    try:
        photo, days = _OF_PHOTO.unpack(base64.urlsafe_b64decode(nonce))
    except (ValueError, struct.error):
        return None
    return photo.hex(), _FIRST_DAY + timedelta(days=days)


def address(public_url: str, key: bytes, nonce: str) -> str:
    """What a phone opens; `public_url` without a slash at its end."""
    return f"{public_url}/r/{token(key, nonce)}"


def token_in(text: str) -> str | None:
    """The token in what a receipt's QR code holds, None for anything else, such as a collection code.

    By form alone: whether it is genuine is said by `nonce_of`, where the key is.
    """
    found = _ADDRESS.fullmatch(text.strip())
    return found.group(1) if found else None


def seal_in(text: str) -> str | None:
    """The sealed summary in what a receipt's QR code holds, or the seal alone; None where there is none."""
    found = _ADDRESS.fullmatch(text.strip())
    if found:
        return found.group(2) or None
    alone = text.strip()
    return alone if re.fullmatch(r"[A-Za-z0-9_-]{100,200}", alone) else None


class Result(IntEnum):
    """What became of the photo when the receipt was shown."""

    ACCEPTED = 1
    WITH_STAFF = 2


@dataclass(frozen=True, slots=True)
class Summary:
    """What a receipt says without any network: signed, short enough for a QR code, without personal data.

    `number` is the queue number (at most 65535), 0 where the photo was not taken at a kiosk; `valid_until` the
    last day of the receipt; `photo_sha256` the deliverable's hash in hex.
    """

    number: int
    result: Result
    valid_until: date
    photo_sha256: str

    #: First byte; another layout gets another one.
    VERSION: ClassVar[int] = 1
    #: Version, number, result, days since 1970-01-01, SHA-256; big endian.
    LAYOUT: ClassVar[struct.Struct] = struct.Struct(">BHBH32s")

    def to_bytes(self) -> bytes:
        """The 38 bytes that are signed. Raises `ValueError` for what they can't hold."""
        days = (self.valid_until - _FIRST_DAY).days
        try:
            digest = bytes.fromhex(self.photo_sha256)
            if len(digest) != 32:
                raise ValueError("photo_sha256")
            return self.LAYOUT.pack(self.VERSION, self.number, self.result, days, digest)
        except struct.error as error:
            raise ValueError("number or day") from error

    @classmethod
    def from_bytes(cls, content: bytes) -> Summary:
        """The summary that `to_bytes` wrote. Raises `ValueError`."""
        if len(content) != cls.LAYOUT.size:
            raise ValueError("length")
        version, number, result, days, digest = cls.LAYOUT.unpack(content)
        if version != cls.VERSION:
            raise ValueError("version")
        return cls(number, Result(result), _FIRST_DAY + timedelta(days=days), digest.hex())
