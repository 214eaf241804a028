"""Who is where on the simulated site: at the entrance, in the line, in the room, gone; and what it took them."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from kiosk.simulation.clock import SiteClock
from kiosk.simulation.plan import Result, Student

#: The operator calls as soon as so many wait, and earlier when nobody is at the entrance.
CALL_AT = 3


@dataclass
class Course:
    """One student's day as it went. Times are seconds since midnight on the site's clock."""

    student: Student
    visit: str = ""
    number: int = 0  # as the page showed it
    arrived: float = 0.0
    queued: float = 0.0  # first in the line
    called: float = 0.0  # first call
    ended: float = 0.0
    result: Result | None = None
    code: str = ""
    retakes: int = 0
    machine_retakes: int = 0  # pictures that the checks did not let pass
    shown: str = ""  # SHA-256 of the picture that was accepted, as the page showed it
    steps: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    #: Whoever plays the student holds it: nobody is at two kiosks at once.
    body: Lock = field(default_factory=Lock)


class Floor:
    """Everybody of the plan. Every change is told through the clock, on which all wait. Thread-safe."""

    def __init__(self, clock: SiteClock, students: Sequence[Student]) -> None:
        self.clock = clock
        self.courses = [Course(student) for student in students]
        coming = sorted((course for course in self.courses if course.student.comes), key=_arrival)
        self._coming = list(reversed(coming))
        self._entrance: list[Course] = []
        self.line: dict[str, Course] = {}  # by visit
        self.by_visit: dict[str, Course] = {}
        self._errands: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._offline: dict[str, float] = {}  # operator's tablet → until when
        self.faults: Counter[str] = Counter()
        self._outside: dict[str, Course] = {}  # by visit, in the order in which they were sent
        self.sent_outside = 0
        self.places_followed = 0  # by phone
        self.receipts_opened = 0  # by phone
        self.receipts_reported = 0
        for course in self.courses:
            if not course.student.comes:
                course.result, course.code = course.student.planned

    @property
    def settled(self) -> int:
        """How many need nothing more."""
        with self.clock.news:
            return sum(course.result is not None for course in self.courses)

    @property
    def over(self) -> bool:
        """Whether that is everybody."""
        return self.settled == len(self.courses)

    @contextmanager
    def step(self, course: Course, name: str) -> Iterator[None]:
        """What happens inside counts as that step of the student's."""
        begun = self.clock.now()
        try:
            yield
        finally:
            course.steps[name] += self.clock.now() - begun

    # -- the entrance and the line

    def next_work(self, seat: str) -> Course | None:
        """Who comes to the kiosk of `seat` next: from the entrance, or None: the operator calls.

        Waits until there is something to do. Raises `DayOver`.
        """
        while True:
            self.clock.until(
                lambda: self._arrivals() or self._entrance or self._calls(seat), self._next_moment(seat)
            )
            with self.clock.news:
                self._arrivals()
                if self._calls(seat):
                    return None
                if self._entrance:
                    course = self._entrance.pop(0)
                    course.steps["entrance"] += self.clock.now() - course.arrived
                    return course

    def _next_moment(self, seat: str) -> float | None:
        with self.clock.news:
            moments = [_arrival(self._coming[-1])] if self._coming else []
            offline = self._offline.get(seat)
            if offline is not None and offline > self.clock.now():
                moments.append(offline)
            return min(moments) if moments else None

    def _arrivals(self) -> bool:
        """Take in whoever has come by now; whether anybody has."""
        found = False
        while self._coming and _arrival(self._coming[-1]) <= self.clock.now():
            course = self._coming.pop()
            course.arrived = _arrival(course)
            self._entrance.append(course)
            found = True
        return found

    def _calls(self, seat: str) -> bool:
        if not self.line or self._offline.get(seat, 0.0) > self.clock.now():
            return False
        return len(self.line) >= CALL_AT or not self._entrance

    def opened(self, course: Course, visit: str) -> None:
        """The student has a visit."""
        with self.clock.news:
            course.visit = visit
            self.by_visit[visit] = course

    def queue(self, course: Course, number: int = 0) -> None:
        """The student is in the line."""
        with self.clock.news:
            now = self.clock.now()
            course.number = number or course.number
            course.queued = course.queued or now
            self.line[course.visit] = course
            self.clock.tell()

    def leave_line(self, visit: str) -> Course | None:
        """Whoever was called or taken out of the line is not in it any more; the student, if known."""
        with self.clock.news:
            self.line.pop(visit, None)
            self._outside.pop(visit, None)
            return self.by_visit.get(visit)

    def send_outside(self, course: Course) -> None:
        """The waiting area is full: the student was told when to come back."""
        with self.clock.news:
            self.sent_outside += 1
            self._outside[course.visit] = course

    def come_inside(self) -> str | None:
        """The visit that was sent outside first, which is no longer there; None where nobody is."""
        with self.clock.news:
            first = next(iter(self._outside), None)
            return first if first is None else self._outside.pop(first).visit

    def stay_outside(self, visit: str) -> None:
        """There was no place after all: first of those outside again, unless called meanwhile."""
        with self.clock.news:
            if visit in self.line:
                self._outside = {visit: self.by_visit[visit], **self._outside}

    def note_call(self, course: Course) -> None:
        """The student was called."""
        with self.clock.news:
            now = self.clock.now()
            course.steps["line"] += now - course.queued if not course.called else 0.0
            course.called = course.called or now

    def note_phone(self, opened: bool, reported: bool = False) -> None:
        """A phone followed a place (`opened` false) or opened a receipt, where something was reported or not."""
        with self.clock.news:
            self.places_followed += not opened
            self.receipts_opened += opened
            self.receipts_reported += reported

    def settle(self, course: Course, result: Result, code: str = "") -> None:
        """The student's day is over."""
        with self.clock.news:
            course.result, course.code, course.ended = result, code, self.clock.now()
            self.line.pop(course.visit, None)
            self.clock.tell()

    # -- what staff do later

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Somebody of the staff does `what` after so long on the site's clock."""
        with self.clock.news:
            heapq.heappush(self._errands, (self.clock.now() + seconds, next(self._order), what))
            self.clock.tell()

    def next_errand(self) -> Callable[[], None]:
        """The next thing to do once it is due. Raises `DayOver`."""
        while True:
            with self.clock.news:
                due = self._head()
                if due is not None and due <= self.clock.now():
                    return heapq.heappop(self._errands)[2]
            self.clock.until(lambda: self._head() != due, due)  # noqa: B023 - asked before the next round

    def _head(self) -> float | None:
        return self._errands[0][0] if self._errands else None

    def go_offline(self, seat: str, seconds: float) -> None:
        """The operator's tablet has no connection for so long: nobody is called at that seat."""
        with self.clock.news:
            self._offline[seat] = self.clock.now() + seconds


def _arrival(course: Course) -> float:
    return course.student.arrives
