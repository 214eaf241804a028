"""The receipt's token: unguessable, without personal data, the same for one visit however often it is shown.

A token is the visit's random nonce and a truncated HMAC of it under this station's receipt key, so that neither
the records alone nor an earlier token give another one. The HMAC is compared in constant time before the records
are asked. A receipt's QR code holds its address, by which whatever reads codes tells it from a collection code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

#: Bytes of the HMAC in a token: 128 bits, 22 characters.
_MAC_BYTES = 16
_MAC_CHARACTERS = 22
#: Longest nonce that the records hold.
_NONCE_CHARACTERS = 64
#: An address that ends as receipts do (`…/r/<token>`); its host may be any, the HMAC says whether it is ours.
_ADDRESS = re.compile(
    rf"(?:https?://[^\s?#]+)?/r/([A-Za-z0-9_-]{{{_MAC_CHARACTERS + 1},{_MAC_CHARACTERS + _NONCE_CHARACTERS}}})/?",
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


def token_in(text: str) -> str | None:
    """The token in what a receipt's QR code holds, None for anything else, such as a collection code.

    By form alone: whether it is genuine is said by `nonce_of`, where the key is.
    """
    found = _ADDRESS.fullmatch(text.strip())
    return found.group(1) if found else None
