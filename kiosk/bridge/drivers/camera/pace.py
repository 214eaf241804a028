"""The pace of a camera that makes its frames itself: waits until the next one is due."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Frames at even distances; after a delay the beat goes on from now, nothing is made up for."""

    def __init__(self, period: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`period`: seconds between two frames. `clock` gives monotonic seconds."""
        self._period, self._clock = period, clock
        self._due = clock()

    def wait(self, lag: float = 0.0) -> float:
        """Wait for the next frame, `lag` seconds after the last one at least; the time at which it was due."""
        now = self._clock()
        self._due = max(self._due + max(self._period, lag), now)
        time.sleep(self._due - now)
        return self._due
