"""Tells apart what can be wrong with a picture that still comes: black, frozen, lagging.

OpenCV hands out the last frame for ever after some unplugs; a real sensor never gives the same frame twice.
"""

from __future__ import annotations

import zlib

import numpy as np

from kiosk.bridge.faults import Fault, FaultCode

#: How long a fault must last before it counts, in seconds.
LASTING_SECONDS = 1.5
#: A picture whose brightest percentile is below this (0..255) is black: a lid, a dead sensor, no light at all.
BLACK_LEVEL = 20.0
#: Below this many frames a second coaching makes no sense any more.
LOWEST_FPS = 5.0
_STEP = 16


class PictureHealth:
    """Told of every frame; answers with the fault that has lasted, or None."""

    def __init__(self) -> None:
        #: Two different frames have come: what is shown is not one that was left over.
        self.alive = False
        self._black_since: float | None = None
        self._same_since: float | None = None
        self._checksum: int | None = None
        self._last: float | None = None
        self._interval = 0.0
        self._slow_since: float | None = None

    def came(self, taken: float) -> None:
        """A frame came, whether it is decoded or not. `taken` is monotonic seconds."""
        if self._last is not None:
            interval = taken - self._last
            self._interval = interval if not self._interval else 0.8 * self._interval + 0.2 * interval
        self._last = taken
        if self._interval <= 1 / LOWEST_FPS:
            self._slow_since = None
        elif self._slow_since is None:
            self._slow_since = taken

    def judge(self, image: np.ndarray, taken: float) -> Fault | None:
        """`taken` is monotonic seconds. Looks at every 16th pixel: 0.2 ms for 1920×1440."""
        sample = np.ascontiguousarray(image[::_STEP, ::_STEP])
        lasting = (
            self._black(sample, taken),  # before frozen: some sensors give pure zeros under a lid
            self._frozen(zlib.crc32(sample.tobytes()), taken),
            self._lagging(taken),
        )
        return next((fault for fault in lasting if fault is not None), None)

    def _frozen(self, checksum: int, taken: float) -> Fault | None:
        if checksum != self._checksum:
            self.alive = self._checksum is not None
            self._checksum, self._same_since = checksum, taken
        since = self._same_since
        return Fault(FaultCode.FROZEN) if since is not None and taken - since >= LASTING_SECONDS else None

    def _black(self, sample: np.ndarray, taken: float) -> Fault | None:
        if float(np.percentile(sample, 99)) >= BLACK_LEVEL:
            self._black_since = None
            return None
        self._black_since = taken if self._black_since is None else self._black_since
        return Fault(FaultCode.BLACK) if taken - self._black_since >= LASTING_SECONDS else None

    def _lagging(self, taken: float) -> Fault | None:
        since = self._slow_since
        return Fault(FaultCode.LAGGING) if since is not None and taken - since >= LASTING_SECONDS else None
