"""The slot of the latest frame: a camera fills it, everybody else takes the newest, nothing ever queues."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, BGR, upright. `taken` is monotonic seconds, `taken_ms` that moment in epoch milliseconds."""

    sequence: int
    image: np.ndarray
    taken: float
    taken_ms: float


class FrameSlot:
    """Holds one frame. Thread-safe."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._frame: Frame | None = None
        self._sequence = 0

    def put(self, image: np.ndarray, taken: float) -> None:
        """A new frame, stamped `taken` (monotonic seconds). The image must not be changed afterwards."""
        epoch_ms = (time.time() - (time.monotonic() - taken)) * 1000
        with self._condition:
            self._sequence += 1
            self._frame = Frame(self._sequence, image, taken, epoch_ms)
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
