"""The clock of a simulated day: quick while people walk and think, real while anybody waits for the machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds of the real clock after which a wait looks again by itself.
_LOOK_SECONDS = 1.0


class DayOver(Exception):
    """The simulation ends; whoever waits stops waiting."""


class SiteClock:
    """Seconds since midnight on the simulated site's wall. Thread-safe.

    While nobody is inside `machine()` it runs `speed` times as fast as the real clock, else exactly as fast: what
    the machine takes is never made to look shorter or longer than it is. The product itself knows nothing of it.
    """

    def __init__(self, speed: float, begins: float, real: Callable[[], float] = time.monotonic) -> None:
        """`begins`: what the wall shows at first, in seconds. `real` gives real seconds."""
        self.speed = speed
        self.news = threading.Condition()
        self._real = real
        self._working = 0
        self.ended = False
        self.begin(begins)

    def begin(self, at: float) -> None:
        """Show `at` now, and count from here."""
        with self.news:
            self._shown = at
            self._at = self._began = self._real()
            self.machine_seconds = 0.0  # real seconds in which at least one person waited for the machine
            self.news.notify_all()

    def now(self) -> float:
        """What the wall shows."""
        with self.news:
            return self._shown + (self._real() - self._at) * self._rate

    @property
    def real_seconds(self) -> float:
        """Real seconds since `begin`."""
        return self._real() - self._began

    @property
    def _rate(self) -> float:
        return 1.0 if self._working else self.speed

    @contextmanager
    def machine(self) -> Iterator[None]:
        """Somebody waits for the machine."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, by: int) -> None:
        with self.news:
            now, shown = self._real(), self.now()
            if self._working:
                self.machine_seconds += now - self._at
            before, self._shown, self._at = self._rate, shown, now
            self._working += by
            if self._rate != before:
                self.news.notify_all()

    def sleep(self, seconds: float) -> None:
        """Walk or think for so long on the site's clock. Raises `DayOver`."""
        self.until(lambda: False, self.now() + seconds)

    def until(self, what: Callable[[], object], at: float | None = None) -> bool:
        """Wait until `what()` holds (True) or the wall shows `at` (False). Raises `DayOver`.

        `what` is asked whenever `tell` was called, and now and then by itself.
        """
        with self.news:
            while True:
                if self.ended:
                    raise DayOver
                if what():
                    return True
                left = None if at is None else at - self.now()
                if left is not None and left <= 0:
                    return False
                self.news.wait(_LOOK_SECONDS if left is None else min(_LOOK_SECONDS, left / self._rate))

    def tell(self) -> None:
        """Something changed that somebody may wait for."""
        with self.news:
            self.news.notify_all()

    def end(self) -> None:
        """Nobody waits any more."""
        with self.news:
            self.ended = True
            self.news.notify_all()
