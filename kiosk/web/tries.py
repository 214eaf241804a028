"""Counts wrong secrets, so that nobody can guess on: five in a quarter of an hour, whoever asks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.domain.refusals import Code, Refusal

MOST, WITHIN_SECONDS = 5, 900.0


@dataclass
class Tries:
    """Wrong tries by what is guessed at; a restart forgets them."""

    clock: Callable[[], float] = time.monotonic
    known: dict[str, deque[float]] = field(default_factory=dict)

    def check(self, about: str) -> None:
        """Raises `Refusal` too_many_attempts once there were too many."""
        tries = self.known.get(about, deque())
        while tries and self.clock() - tries[0] > WITHIN_SECONDS:
            tries.popleft()
        if len(tries) >= MOST:
            raise Refusal(Code.TOO_MANY_ATTEMPTS)

    def failed(self, about: str) -> None:
        """One more wrong try."""
        self.known.setdefault(about, deque(maxlen=MOST)).append(self.clock())

    def left(self, about: str) -> int:
        """How many wrong tries there may still be, whenever the others were."""
        return MOST - len(self.known.get(about, ()))

    def right(self, about: str) -> None:
        """The secret was right: what came before is forgotten."""
        self.known.pop(about, None)
