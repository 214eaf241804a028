"""The wish to stop, which a signal handler may utter at any moment.

`threading.Event` is no good for that: its `set` takes the lock that `wait` holds for a moment, and a handler runs
in the middle of whatever the main thread does. Here is no lock to wait for.
"""

from __future__ import annotations

from time import monotonic, sleep

#: How late a waiting thread may hear the wish; a handler can wake nobody without a lock.
STEP_SECONDS = 0.1


class Stop:
    """Once uttered it stands. Has the words of `threading.Event` that are needed."""

    def __init__(self) -> None:
        self._asked = False

    def set(self, *_signal: object) -> None:
        """Utter it; also a signal handler."""
        self._asked = True

    def is_set(self) -> bool:
        """Whether it was uttered."""
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds`, or until it is uttered and at most `STEP_SECONDS` longer; whether it was."""
        end = monotonic() + seconds
        while not self._asked and (left := end - monotonic()) > 0:
            sleep(min(left, STEP_SECONDS))
        return self._asked
