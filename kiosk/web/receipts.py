"""The kiosk's receipt: the QR code with its address, and behind the # a signed summary that needs no network.

The token is made and read by `kiosk.domain.receipts`, the seal by `kiosk.records.receipts`. What stands behind
the # never reaches a server.
"""

from __future__ import annotations

import io
from datetime import timedelta

from sqlalchemy.orm import Session

from kiosk.domain.collection import Standing, of_shot
from kiosk.domain.queue import day_of
from kiosk.domain.receipts import PURPOSE, Result, Summary, nonce_of, token
from kiosk.records import receipts
from kiosk.records.tables import Shot, Visit
from kiosk.settings import Settings
from kiosk.signing import Signer

__all__ = ["PURPOSE", "nonce_of", "qr_svg", "summary", "token", "with_seal"]


def summary(settings: Settings, session: Session, visit: Visit) -> Summary | None:
    """What the receipt of an accepted photo says; None where there is no deliverable to speak of."""
    shot = session.get(Shot, visit.accepted_shot_id) if visit.accepted_shot_id else None
    if shot is None or shot.deliverable_sha256 is None:
        return None
    issued = visit.receipt_issued_at or shot.accepted_at or visit.state_since
    until = day_of(issued + timedelta(days=settings.visit.receipt_days))
    counts = of_shot(shot.verdict, shot.staff_decision) is Standing.ACCEPTED
    result = Result.ACCEPTED if counts else Result.WITH_STAFF
    return Summary(visit.number or 0, result, until, shot.deliverable_sha256)


def with_seal(settings: Settings, session: Session, visit: Visit, url: str) -> str:
    """The address with its seal behind the #, as it stands in the QR code."""
    said = summary(settings, session, visit)
    return url if said is None else receipts.with_seal(Signer.of(settings), url, said)


def qr_svg(url: str) -> bytes:
    """The address as a QR code in SVG, black on white with the quiet zone the standard asks for."""
    import qrcode  # loads an imaging library: only once a receipt is shown
    import qrcode.image.svg

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=10)
    code.add_data(url)
    out = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgFillImage).save(out)
    return out.getvalue()
