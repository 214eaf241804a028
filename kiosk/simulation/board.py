"""The public board of a simulated day: reads as the big screen does, and remembers every call that it showed."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import requests

from kiosk.domain.masking import mask_name
from kiosk.simulation.door import PATIENCE, Door
from kiosk.simulation.floor import Floor
from kiosk.simulation.installation import Seat
from kiosk.simulation.plan import Student

#: Real seconds after which the board reads without a hint, and that an answer may take.
_ALONE_SECONDS, _TIMEOUT = 2.0, 10.0


class Board:
    """The big screen, at the web process of `seat`. Nobody waits for what it reads by itself."""

    def __init__(self, seat: Seat, floor: Floor, students: Iterable[Student]) -> None:
        """Open the page and listen."""
        self.clock = floor.clock
        self.hints = 0
        self.awaited: Counter[int] = Counter()  # number → calls after which the student looked at the board
        self.missed: list[str] = []  # of them, those that were never shown: sentences without names
        self.wrong: list[str] = []  # what may not stand there
        self.said: dict[int, set[str]] = defaultdict(set)  # number → moments of its calls, as `board.js` says them
        self._names = {mask_name(student.name) for student in students}
        self._stale, self._closed = threading.Event(), threading.Event()
        self._web = requests.Session()
        self._web.trust_env = False
        self.door = Door(seat.settings, floor.clock)
        self.door.load("/board")
        self.door.listen("board", self._hear)
        self._reader = threading.Thread(target=self._stay, name="board", daemon=True)
        self._reader.start()

    def look(self, number: int) -> None:
        """Whoever was called waits until the board says so. Raises `DayOver`."""
        with self.clock.news:
            self.awaited[number] += 1
            calls = self.awaited[number]
        with self.clock.machine():
            if not self.clock.until(lambda: len(self.said[number]) >= calls, self.clock.now() + PATIENCE):
                self.missed.append(f"number {number} was called and never stood on the board")

    def _hear(self) -> None:
        self.hints += 1
        self._stale.set()

    def _stay(self) -> None:
        while not self._closed.is_set():
            self._stale.wait(_ALONE_SECONDS)
            self._stale.clear()
            with suppress(requests.RequestException):  # the web process is away: it comes back
                answer = self._web.get(f"{self.door.base}/board/api/snapshot", timeout=_TIMEOUT)
                if answer.ok:
                    self.draw(answer.json())

    def draw(self, snapshot: dict[str, Any]) -> None:
        """Take in what stands there."""
        with self.clock.news:
            called = snapshot["called"]
            for call in called:
                if not call["arrived"]:
                    self.said[call["number"]].add(call["since"])
            if len({call["number"] for call in called}) != len(called):
                self.wrong.append("a number stood on the board twice")
            for entry in (*called, *snapshot["next"]):
                if entry["name"] not in self._names:
                    self.wrong.append(f"number {entry['number']} stood on the board with a name unmasked")
            self.clock.tell()

    def close(self) -> None:
        """Turn it off."""
        self._closed.set()
        self._stale.set()
        self._reader.join()
        self._web.close()
        self.door.close()
