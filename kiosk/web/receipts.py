"""The receipt's token: unguessable, without personal data, the same for one visit however often it is shown.

A token is the visit's random nonce and a truncated HMAC of it under this station's receipt key, so that neither
the records alone nor an earlier token give another one. The HMAC is compared in constant time before the records
are asked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io

#: Bytes of the HMAC in a token: 128 bits, 22 characters.
_MAC_BYTES = 16
_MAC_CHARACTERS = 22


def _mac(key: bytes, nonce: str) -> str:
    digest = hmac.new(key, b"receipt:" + nonce.encode(), hashlib.sha256).digest()[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token(key: bytes, nonce: str) -> str:
    """Token of the visit with this nonce."""
    return nonce + _mac(key, nonce)


def nonce_of(key: bytes, given: str) -> str | None:
    """The nonce in a genuine token, None for any other text."""
    if not given.isascii() or not _MAC_CHARACTERS < len(given) <= 64 + _MAC_CHARACTERS:
        return None
    nonce, mac = given[:-_MAC_CHARACTERS], given[-_MAC_CHARACTERS:]
    return nonce if hmac.compare_digest(mac, _mac(key, nonce)) else None


def qr_svg(url: str) -> bytes:
    """The address as a QR code in SVG, black on white with the quiet zone the standard asks for."""
    import qrcode  # loads an imaging library: only once a receipt is shown
    import qrcode.image.svg

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=10)
    code.add_data(url)
    out = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgFillImage).save(out)
    return out.getvalue()
