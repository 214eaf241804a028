"""The small picture of what the camera sees, for a devices page: only while one asks, and of nobody.

The page may stand open on a tablet anywhere in the building, so that the picture must not show who is at the
kiosk. Three rules, each enough for most cases: none is made while somebody uses the kiosk; it is small; and
whoever is in it all the same, passing by, is made of squares before the picture leaves this process. Two models
look for people, a mask and two face detectors; without the models the whole picture is made of squares.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.bridge.drivers.camera.frame import FrameSlot

if TYPE_CHECKING:
    import numpy as np

    from kiosk.photo.engine import Engine

log = logging.getLogger(__name__)

#: Width of the picture in px, and the most of them in a second.
WIDTH = 320
PERIOD_SECONDS = 1.0
#: Side of the squares, as a share of the picture's width: a face in the seat is then three squares wide.
SQUARE_SHARE = 1 / 12
#: From this share of certainty on a place counts as a person; the judge's own limit is higher.
MASK_FROM = 0.08
#: A found face is hidden with this much around it, in widths of its box: hair, chin, ears.
AROUND_FACE = 0.6
JPEG_QUALITY = 70
#: Seconds without anybody looking after which the models are let go of.
IDLE_SECONDS = 30.0


class Glass:
    """Makes small pictures of nobody. For one thread at a time: the lock sees to it."""

    def __init__(self, models: Path) -> None:
        """`models`: folder of the face models; they are loaded with the first picture."""
        self._models = models
        self._engine: Engine | None = None
        self._missing = False
        self._lock = threading.Lock()

    def picture(self, bgr: np.ndarray) -> bytes:
        """A JPEG of `bgr`, `WIDTH` px wide, in which nobody can be recognised."""
        import cv2

        with self._lock:
            safe = self._unrecognisable(bgr)
        done, data = cv2.imencode(".jpg", safe, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
        if not done:
            raise RuntimeError("the JPEG encoder refused the picture")
        return data.tobytes()

    def rest(self) -> None:
        """Let go of the models."""
        with self._lock:
            self._engine = None

    def _unrecognisable(self, bgr: np.ndarray) -> np.ndarray:
        import cv2
        import numpy as np

        height = max(1, round(bgr.shape[0] * WIDTH / bgr.shape[1]))
        small = cv2.resize(bgr, (WIDTH, height), interpolation=cv2.INTER_AREA)
        squares = _squares(small)
        hidden = self._people(bgr, WIDTH, height)
        if hidden is None:
            return squares
        return np.where(hidden[:, :, None], squares, small)

    def _people(self, bgr: np.ndarray, width: int, height: int) -> np.ndarray | None:
        """Where people are, as booleans of the small picture; None where no model can say."""
        import cv2
        import numpy as np

        from kiosk.photo.engine import Engine
        from kiosk.photo.models import ModelsMissing

        if self._missing:
            return None
        try:
            self._engine = self._engine or Engine(self._models)
            seen = self._engine.analyse(bgr, mask=True, behind=True)
        except ModelsMissing:
            self._missing = True
            log.warning("no face models: the devices page gets a picture of squares")
            return None
        found = np.zeros((height, width), np.uint8)
        if seen.mask is not None:
            mask = cv2.resize(seen.mask.astype(np.float32), (width, height))
            found[mask > MASK_FROM] = 1
        scale = width / bgr.shape[1]
        for face in (*seen.faces, *(seen.behind or ())):
            x0, y0, x1, y1 = (float(value) * scale for value in face.box)
            side = AROUND_FACE * (x1 - x0)
            top, left = max(0, int(y0 - side)), max(0, int(x0 - side))
            found[top : int(y1 + side) + 1, left : int(x1 + side) + 1] = 1
        # what is nearly a person is one: the edge of hair, a hand
        grown: np.ndarray = cv2.dilate(found, np.ones((_side(width), _side(width)), np.uint8)).astype(bool)
        return grown


def _side(width: int) -> int:
    return max(8, round(width * SQUARE_SHARE))


def _squares(image: np.ndarray) -> np.ndarray:
    import cv2

    height, width = image.shape[:2]
    side = _side(width)
    coarse = cv2.resize(image, (max(1, width // side), max(1, height // side)), interpolation=cv2.INTER_AREA)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)


class Look:
    """A thread that sends a picture a second while `wanted()` says so; `send` tries once."""

    def __init__(
        self, glass: Glass, frames: FrameSlot, wanted: Callable[[], bool], send: Callable[[dict[str, Any]], bool]
    ) -> None:
        self._glass, self._frames, self._wanted, self._send = glass, frames, wanted, send
        self._stop = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="look", daemon=True)

    def start(self) -> None:
        """Begin; nothing is done until somebody looks."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._news.set()
        self._thread.join(3)

    def hurry(self) -> None:
        """Somebody may have begun to look."""
        self._news.set()

    def _run(self) -> None:
        sequence, quiet_since = 0, time.monotonic()
        while not self._stop.is_set():
            if not self._wanted():
                self._news.wait(IDLE_SECONDS)
                self._news.clear()
                if not self._wanted() and time.monotonic() - quiet_since >= IDLE_SECONDS:
                    self._glass.rest()
                continue
            quiet_since = time.monotonic()
            frame = self._frames.after(sequence, PERIOD_SECONDS)
            try:
                if frame is not None:
                    sequence = frame.sequence
                    picture = base64.b64encode(self._glass.picture(frame.image)).decode("ascii")
                    if self._wanted():  # somebody may have come while it was made
                        self._send({"taken_ms": frame.taken_ms, "jpeg_b64": picture})
            except Exception:
                log.exception("no picture for the devices page")
            self._stop.wait(max(0.0, quiet_since + PERIOD_SECONDS - time.monotonic()))
