"""Codes shown to the camera: receipts are known by their form, a collection code is passed on as it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time

import numpy as np

from kiosk.bridge.drivers.base import Driver, Host, Identified, Report
from kiosk.bridge.drivers.camera.reading import slot_of
from kiosk.domain import receipts
from kiosk.domain.identity import Assurance

#: Pause between two looks; a look takes 5 to 20 ms.
LOOK_SECONDS = 0.12
#: A code counts as shown again after it was out of sight this long.
ABSENT_SECONDS = 2.0
#: Width at which a code is looked for; a phone at arm's length fills a third of it.
_WIDTH = 1280


class CameraCodes(Driver):
    """Looks for a code in the camera's newest frame while one is wanted."""

    kind = "codes"
    driver = "camera"
    stall_seconds = 20.0

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._secret = secrets.token_bytes(16)
        self._seen: tuple[bytes, float] = b"", 0.0

    def open(self) -> None:
        """Load the decoder."""
        import zxingcpp  # noqa: F401 - heavy: loaded here, used in `_read`

    def run(self, stop: threading.Event, report: Report) -> None:
        """Look until told to stop."""
        report.ready()
        sequence = 0
        while not stop.wait(LOOK_SECONDS):
            report.beat()
            if not self.host.code_wanted():
                continue
            frame = slot_of(self.host).after(sequence, 0.5)
            if frame is None:
                continue
            sequence = frame.sequence
            data = read_code(frame.image)
            entry = _entry(data, self.host.by_code()) if data is not None and self._is_news(data) else None
            if entry is not None:
                self.host.emit(Identified(Assurance.CODE, self.driver, entry))

    def close(self) -> None:
        """There is nothing to let go of."""

    def _is_news(self, data: bytes) -> bool:
        now = time.monotonic()
        digest = hmac.digest(self._secret, data, hashlib.sha256)
        last, at = self._seen
        self._seen = digest, now
        return digest != last or now - at >= ABSENT_SECONDS


def _entry(data: bytes, by_code: bool) -> dict[str, str] | None:
    """What a code says: the token of a receipt, or a collection code where the campaign works with them.

    Elsewhere any other code is nobody's business: phones and posters are full of them.
    """
    token = receipts.token_in(data.decode("ascii", "replace"))
    if token is not None:
        return {"receipt": token}
    return {"code_b64": base64.b64encode(data).decode("ascii")} if by_code else None


def read_code(image: np.ndarray) -> bytes | None:
    """The bytes of the one code in `image` (BGR); None without one, and for several, which would be a guess."""
    import cv2
    import zxingcpp

    height, width = image.shape[:2]
    if width > _WIDTH:
        image = cv2.resize(image, (_WIDTH, round(height * _WIDTH / width)), interpolation=cv2.INTER_AREA)
    found = {bytes(code.bytes) for code in zxingcpp.read_barcodes(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))}
    found.discard(b"")
    return found.pop() if len(found) == 1 else None
