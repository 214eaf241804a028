"""The staff of a simulated day at their tablets: operators, usher, medic. They see what their pages show."""

from __future__ import annotations

from typing import Any

from kiosk.simulation.clock import SiteClock
from kiosk.simulation.door import Refused, Screen, Stuck
from kiosk.simulation.floor import Course, Floor
from kiosk.simulation.installation import Seat
from kiosk.simulation.morning import Account, find, log_in
from kiosk.simulation.plan import Result, Story

#: Seconds on the site's clock, assumed: to see something and walk there, to rest in the room, before an abandoned
#: visit is ended, and before somebody who was called counts as not there.
WALK, REST, GIVE_UP, CALL_PATIENCE = 40.0, 900.0, 600.0, 45.0
#: Refusals of a call that only say that somebody else was quicker.
_NOBODY = frozenset({"nobody_waiting"})


class Tablet:
    """One member's tablet at the web process of `seat`. One thread at a time uses it."""

    def __init__(self, seat: Seat, account: Account, clock: SiteClock) -> None:
        self.seat, self.account, self.clock = seat, account, clock
        self.door = log_in(seat, account, clock)
        self.screen = Screen(self.door, "staff", "/staff/api/snapshot")
        self.screen.begin()

    def press(self, action: str, reason: str = "", **arguments: object) -> dict[str, Any]:
        """Press a button; the result. Raises `Refused`."""
        given = {**arguments, **({"reason": reason} if reason else {})}
        answer = self.door.post(f"/staff/api/actions/{action}", **given)
        self.screen.take(answer["snapshot"])
        result: dict[str, Any] = answer["result"]
        return result

    def row(self, visit: str, action: str) -> dict[str, Any]:
        """The visit's row once it offers `action`. Raises `Stuck`."""

        def offered(shown: dict[str, Any]) -> dict[str, Any] | None:
            rows = (row for row in shown["visits"] if row["id"] == visit and action in row["actions"])
            return next(rows, None)

        return offered(self.screen.until(offered, f"{self.account.login} may {action}")) or {}

    def act(self, visit: str, action: str, reason: str = "", **arguments: object) -> dict[str, Any]:
        """Press `action` on the visit as soon as the page offers it."""
        self.row(visit, action)
        return self.press(action, reason, visit=visit, **arguments)

    def close(self) -> None:
        """Put it away."""
        self.door.close()


class Operator(Tablet):
    """Calls to the seat, settles reports, judges pictures, ends what was abandoned."""

    def call_next(self, floor: Floor) -> Course | None:
        """Call the next number to this seat; None where the other seat was quicker."""
        self.clock.sleep(2)
        try:
            visit = str(self.press("call_next", station=self.seat.name)["visit"])
        except Refused as refused:
            if refused.code not in _NOBODY:
                raise
            return None
        course = floor.leave_line(visit)
        if course is None:
            raise Stuck("a visit was called that is nobody's")
        floor.note_call(course)
        return course

    def not_there(self, floor: Floor, course: Course) -> None:
        """Nobody comes: back into the line behind the others, after the last call set aside."""
        self.clock.sleep(CALL_PATIENCE)
        if self.act(course.visit, "requeue")["state"] == "queued":
            floor.queue(course)
        else:
            floor.later(GIVE_UP, lambda: self.give_up(floor, course))

    def give_up(self, floor: Floor, course: Course) -> None:
        """End an abandoned visit."""
        self.act(course.visit, "cancel", "学生已离开")
        floor.settle(course, Result.CANCELLED, "staff")


class Helpers:
    """The medic, and what the operator does between two calls; in one thread, each at a tablet of their own."""

    def __init__(self, floor: Floor, seat: Seat, accounts: dict[str, Account]) -> None:
        clock = floor.clock
        self.floor, self.clock = floor, clock
        self.medic = Tablet(seat, accounts["medic"], clock)
        self.operator = Operator(seat, accounts[seat.name], clock)

    def run(self) -> None:
        """Do what comes up until the day is over. Raises `DayOver`."""
        while True:
            self.floor.next_errand()()

    def abandoned(self, course: Course) -> None:
        """A visit was left at the kiosk: ended after a while."""
        self.floor.later(GIVE_UP, lambda: self.operator.give_up(self.floor, course))

    def in_room(self, course: Course) -> None:
        """The medic measures after the rest."""
        begun = self.clock.now()
        celsius = 38.1 if course.student.story is Story.FEVER_STAYS else 36.6

        def measure() -> None:
            found = self.medic.act(course.visit, "remeasure", celsius=celsius)
            course.steps["room"] += self.clock.now() - begun
            if found["state"] == "queued":
                self.floor.queue(course, int(found["number"]))
            else:
                self.floor.settle(course, Result.ESCALATED, "temperature_abnormal")

        self.floor.later(REST, measure)

    def close(self) -> None:
        """Put the tablets away."""
        for tablet in (self.medic, self.operator):
            tablet.close()


def confirm_without_card(usher: Tablet, course: Course, seat: Seat) -> None:
    """The usher looks the student up and opens the visit at the kiosk."""
    number = find(usher.door, course.student.student_number)
    usher.press("confirm_without_card", "未带身份证，已核对学生证", student=number, station=seat.name)
    usher.press("answer_call", station=seat.name)
