"""The receipt's QR code; its token is made and read by `kiosk.domain.receipts`."""

from __future__ import annotations

import io

from kiosk.domain.receipts import nonce_of, token

__all__ = ["nonce_of", "qr_svg", "token"]


def qr_svg(url: str) -> bytes:
    """The address as a QR code in SVG, black on white with the quiet zone the standard asks for."""
    import qrcode  # loads an imaging library: only once a receipt is shown
    import qrcode.image.svg

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=10)
    code.add_data(url)
    out = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgFillImage).save(out)
    return out.getvalue()
