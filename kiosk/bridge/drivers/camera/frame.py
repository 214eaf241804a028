"""The slot of the latest frame: a camera fills it, everybody else takes the newest, nothing ever queues.

A camera that sends JPEG is not decoded for nothing: a frame keeps its bytes, and whoever needs pixels decodes
them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A picture as its camera compressed it, as the sensor sees it. `width`, `height` in px."""

    data: bytes
    width: int
    height: int


class BrokenPicture(ValueError):
    """The camera's bytes are no picture."""


@dataclass(slots=True, eq=False)
class Frame:
    """One picture, upright. `taken` is monotonic seconds, `taken_ms` that moment in epoch milliseconds.

    `source`: BGR pixels, not to be changed, or the camera's JPEG, whose sensor is turned clockwise by `turns`
    quarters. Thread-safe.
    """

    sequence: int
    source: np.ndarray | Jpeg
    taken: float
    taken_ms: float
    turns: int = 0
    _pixels: np.ndarray | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def image(self) -> np.ndarray:
        """BGR pixels at full resolution, upright; decoded at the first call. Raises `BrokenPicture`."""
        if not isinstance(self.source, Jpeg):
            return self.source
        with self._lock:
            if self._pixels is None:
                self._pixels = righted(decoded(self.source.data), self.turns)
            return self._pixels

    @property
    def upright_jpeg(self) -> Jpeg | None:
        """The camera's own JPEG where it is upright; else None."""
        return self.source if isinstance(self.source, Jpeg) and not self.turns else None


class FrameSlot:
    """Holds one frame. Thread-safe."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._frame: Frame | None = None
        self._sequence = 0

    def put(self, source: np.ndarray | Jpeg, taken: float, turns: int = 0) -> None:
        """A new frame, stamped `taken` (monotonic seconds). Pixels are upright and not changed afterwards."""
        epoch_ms = (time.time() - (time.monotonic() - taken)) * 1000
        with self._condition:
            self._sequence += 1
            self._frame = Frame(self._sequence, source, taken, epoch_ms, turns)
            self._condition.notify_all()

    def clear(self) -> None:
        """The camera has gone: what it last showed is no longer true."""
        with self._condition:
            self._frame = None

    def latest(self) -> Frame | None:
        """The newest frame."""
        with self._condition:
            return self._frame

    def after(self, sequence: int, seconds: float) -> Frame | None:
        """The newest frame later than `sequence`, waiting at most `seconds` for one; None when none came."""
        with self._condition:
            self._condition.wait_for(lambda: self._frame is not None and self._frame.sequence > sequence, seconds)
            frame = self._frame
        return frame if frame is not None and frame.sequence > sequence else None


def decoded(data: bytes, reduced: bool = False) -> np.ndarray:
    """BGR pixels of a JPEG; `reduced`: an eighth as wide, in a third of the time. Raises `BrokenPicture`."""
    import cv2

    flags = cv2.IMREAD_REDUCED_COLOR_8 if reduced else cv2.IMREAD_COLOR
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise BrokenPicture(f"{len(data)} bytes are no JPEG")
    return image


def righted(image: np.ndarray, turns: int) -> np.ndarray:
    """`image` of a sensor turned clockwise by `turns` quarters, upright again."""
    if not turns:
        return image
    import cv2

    # such a sensor sees the world turned anti-clockwise; the picture is turned clockwise by as much
    turn = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}[turns]
    return cv2.rotate(image, turn)
