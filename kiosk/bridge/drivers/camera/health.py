"""Tells apart what can be wrong with a picture that still comes: black, frozen, lagging.

OpenCV hands out the last frame for ever after some unplugs; a real sensor never gives the same frame twice.
"""

from __future__ import annotations

import zlib

import numpy as np

from kiosk.bridge.drivers.camera.frame import Jpeg, decoded
from kiosk.bridge.faults import Fault, FaultCode

#: How long a fault must last before it counts, in seconds.
LASTING_SECONDS = 1.5
#: A picture whose brightest percentile is below this (0..255) is black: a lid, a dead sensor, no light at all.
BLACK_LEVEL = 20.0
#: Below this many frames a second coaching makes no sense any more.
LOWEST_FPS = 5.0
#: A frame that comes this long after it was taken, in seconds, is no mirror any more: the student sees the past.
LATEST_SECONDS = 0.5
#: Of a camera that sends JPEG, one frame in this many seconds is decoded (small) to see whether it is black.
JPEG_LOOK_SECONDS = 0.25
_STEP = 16


class PictureHealth:
    """Told of every frame; answers with the fault that has lasted, or None.

    `repeats`: the source shows one picture for long on purpose (a folder of pictures); it is never frozen.
    """

    def __init__(self, repeats: bool = False) -> None:
        #: Two different frames have come: what is shown is not one that was left over.
        self.alive = repeats
        self._repeats = repeats
        self._black_since: float | None = None
        self._same_since: float | None = None
        self._checksum: int | None = None
        self._last: float | None = None
        self._interval = 0.0
        self._slow_since: float | None = None
        self._looked = 0.0

    def came(self, taken: float, arrived: float | None = None) -> None:
        """A frame came, decoded or not. `taken`, `arrived` (default: at once): monotonic seconds."""
        if self._last is not None:
            interval = taken - self._last
            self._interval = interval if not self._interval else 0.8 * self._interval + 0.2 * interval
        self._last = taken
        late = arrived is not None and arrived - taken > LATEST_SECONDS
        if self._interval <= 1 / LOWEST_FPS and not late:
            self._slow_since = None
        elif self._slow_since is None:
            self._slow_since = taken if arrived is None else arrived

    def judge(self, source: np.ndarray | Jpeg, now: float) -> Fault | None:
        """`now` is monotonic seconds. Looks at every 16th pixel: 0.2 ms for 1920×1440; less of a JPEG.

        Raises `BrokenPicture`.
        """
        if isinstance(source, Jpeg):
            checksum = zlib.crc32(source.data)
            sample = None
            if now - self._looked >= JPEG_LOOK_SECONDS:
                self._looked, sample = now, decoded(source.data, reduced=True)
        else:
            sample = np.ascontiguousarray(source[::_STEP, ::_STEP])
            checksum = zlib.crc32(sample.data)
        lasting = (
            self._black(sample, now),  # before frozen: some sensors give pure zeros under a lid
            self._frozen(checksum, now),
            self._lagging(now),
        )
        return next((fault for fault in lasting if fault is not None), None)

    def _frozen(self, checksum: int, now: float) -> Fault | None:
        if self._repeats:
            return None
        if checksum != self._checksum:
            self.alive = self._checksum is not None
            self._checksum, self._same_since = checksum, now
        since = self._same_since
        return Fault(FaultCode.FROZEN) if since is not None and now - since >= LASTING_SECONDS else None

    def _black(self, sample: np.ndarray | None, now: float) -> Fault | None:
        if sample is not None:
            dark = float(np.percentile(sample, 99)) < BLACK_LEVEL
            self._black_since = (now if self._black_since is None else self._black_since) if dark else None
        since = self._black_since
        return Fault(FaultCode.BLACK) if since is not None and now - since >= LASTING_SECONDS else None

    def _lagging(self, now: float) -> Fault | None:
        since = self._slow_since
        return Fault(FaultCode.LAGGING) if since is not None and now - since >= LASTING_SECONDS else None
