"""Plays a simulated day from an empty folder to the evening's accounts."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from kiosk.simulation.accounting import Evening, look
from kiosk.simulation.board import Board
from kiosk.simulation.clock import DayOver, SiteClock
from kiosk.simulation.closing import close
from kiosk.simulation.door import Stuck
from kiosk.simulation.floor import Floor
from kiosk.simulation.installation import Installation
from kiosk.simulation.morning import Morning
from kiosk.simulation.page import Kiosk
from kiosk.simulation.plan import OPENS, Plan
from kiosk.simulation.staff import Helpers, Operator, Tablet
from kiosk.simulation.visitor import Visitor

log = logging.getLogger(__name__)

#: Real seconds without anybody's day ending after which the simulation counts as stuck, besides the quiet times of
#: the plan itself.
_QUIET_SECONDS = 600.0
_PROGRESS_SECONDS = 1.0
#: Real seconds that a thread has to notice the end of the day; a call under way may take that long.
_LEAVE_SECONDS = 60.0


class _Closable(Protocol):
    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=_Closable)


@dataclass(frozen=True)
class Played:
    """A day as it went."""

    plan: Plan
    floor: Floor
    evening: Evening
    speed: float
    start_seconds: float  # real, from the empty folder to the open session
    day_seconds: float  # real, from the open session to the last student
    machine_seconds: float  # of them, real, in which somebody waited for the machine
    site_seconds: float  # the same on the site's clock
    hints: int  # that pages, tablets and board heard by Socket.IO
    seen: int  # calls that their students saw on the board


class Day:
    """One day. `play` it once."""

    def __init__(self, plan: Plan, speed: float, say: Callable[[str, int, int], None]) -> None:
        """`say(what, done, of)`: progress; `what` is the end of a text `simulate.progress.<what>`."""
        self.plan, self.speed, self.say = plan, speed, say
        self._failed: BaseException | None = None

    def play(self, folder: Path | None = None) -> Played:
        """Play it in a temporary folder (in `folder`, if named). Whatever happens, no process is left behind.

        Raises `Stuck`, `Refused` with what did not go as it must, `KeyboardInterrupt`.
        """
        with tempfile.TemporaryDirectory(prefix="kiosk-day-", dir=folder, ignore_cleanup_errors=True) as scratch:
            site = Installation(Path(scratch), self.plan.seats)
            try:
                return self._play(site)
            finally:
                site.stop()

    def _play(self, site: Installation) -> Played:
        begun = time.monotonic()
        before = SiteClock(1.0, 0.0)
        morning = Morning(site, self.plan, before, lambda what: self.say(what, 0, len(self.plan.students)))
        morning.run()
        started = time.monotonic() - begun
        clock = SiteClock(self.speed, OPENS)
        floor = Floor(clock, self.plan.students)
        with ExitStack() as doors:

            def keep(opened: Opened) -> Opened:
                doors.callback(opened.close)
                return opened

            helpers = keep(Helpers(floor, site.seats[0], morning.accounts))
            board = keep(Board(site.seats[0], floor, self.plan.students))
            visitors = [
                Visitor(
                    keep(Kiosk(seat, floor)), keep(Operator(seat, morning.accounts[seat.name], clock)),
                    keep(Tablet(seat, morning.accounts["usher"], clock)), helpers, board,
                )
                for seat in site.seats
            ]  # fmt: skip
            took = self._through(floor, helpers, visitors)
            first = site.seats[0]
            self.say("closing", len(floor.courses), len(floor.courses))
            closing = close(first, morning.accounts[first.name], floor.courses, floor.receipts_reported)
            screens = [helpers.medic.screen, helpers.operator.screen]
            screens += [each.screen for at in visitors for each in (at.kiosk, at.operator, at.usher)]
            return Played(
                self.plan, floor, look(site, floor.courses, board, closing), self.speed, started, took,
                clock.machine_seconds,
                max((course.ended for course in floor.courses), default=OPENS) - OPENS,
                sum(screen.hints for screen in screens) + board.hints,
                sum(board.awaited.values()) - len(board.missed),
            )  # fmt: skip

    def _through(self, floor: Floor, helpers: Helpers, visitors: Sequence[Visitor]) -> float:
        """From the first student to the last; real seconds."""
        works = {"helpers": helpers.run, **{visitor.seat.name: visitor.run for visitor in visitors}}
        threads = [
            threading.Thread(target=self._guarded, args=(floor.clock, work), name=name, daemon=True)
            for name, work in works.items()
        ]
        floor.clock.begin(OPENS)
        try:
            for thread in threads:
                thread.start()
            self._watch(floor)
            took = floor.clock.real_seconds
        finally:
            floor.clock.end()
            for thread in threads:
                thread.join(_LEAVE_SECONDS)
        if self._failed is not None:
            raise self._failed
        return took

    def _guarded(self, clock: SiteClock, work: Callable[[], None]) -> None:
        """Whatever goes wrong with one ends the day for all."""
        try:
            work()
        except DayOver:
            pass
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            self._failed = self._failed or error
            clock.end()

    def _watch(self, floor: Floor) -> None:
        """Until everybody is settled or somebody failed. Raises `Stuck`."""
        settled, since = -1, time.monotonic()
        while not floor.over and not floor.clock.ended:
            now = floor.settled
            if now != settled:
                settled, since = now, time.monotonic()
                self.say("day", settled, len(floor.courses))
            # a quiet hour on the site's clock takes its time
            if time.monotonic() - since > _QUIET_SECONDS + 3600 / self.speed:
                left = [course.student.story.value for course in floor.courses if course.result is None]
                raise Stuck(f"nothing happens any more; still there: {', '.join(left[:8])}")
            with floor.clock.news:
                floor.clock.news.wait(_PROGRESS_SECONDS)
        self.say("day", floor.settled, len(floor.courses))
