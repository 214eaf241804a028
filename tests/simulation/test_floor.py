"""Who comes to a kiosk next: the line from three on, else whoever stands at the entrance."""

from __future__ import annotations

import pytest

from kiosk.simulation import plan
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.floor import CALL_AT, Course, Floor
from kiosk.simulation.plan import Result, Story


class Wall:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def floor(wall: Wall) -> Floor:
    """Six students, all of whom have come."""
    clock = SiteClock(60, plan.OPENS, wall)
    wall.seconds = 24 * 60.0
    return Floor(clock, plan.make(6, 1, "none", 1).students)


def waiting(floor: Floor, course: Course, visit: str) -> None:
    floor.opened(course, visit)
    floor.queue(course, int(visit))


def test_they_come_to_the_kiosk_in_the_order_in_which_they_came(floor: Floor) -> None:
    came = [floor.next_work("seat-1") for _ in floor.courses]
    assert [c.arrived for c in came if c] == sorted(c.student.arrives for c in floor.courses)


def test_the_operator_calls_when_enough_wait_or_nobody_stands_at_the_entrance(floor: Floor) -> None:
    first = [floor.next_work("seat-1") for _ in range(CALL_AT)]
    for visit, course in enumerate(first[:-1], start=1):
        assert course is not None
        waiting(floor, course, str(visit))
    another = floor.next_work("seat-1")
    assert another is not None, "somebody stands at the entrance and few wait"
    waiting(floor, another, "9")
    assert floor.next_work("seat-1") is None
    assert floor.leave_line("9") is another


def test_nobody_is_called_while_the_tablet_is_offline(floor: Floor, wall: Wall) -> None:
    for visit in range(1, 6):
        course = floor.next_work("seat-1") if visit == 1 or len(floor.line) < CALL_AT else None
        if course is not None:
            waiting(floor, course, str(visit))
    floor.go_offline("seat-1", 600)
    assert floor.next_work("seat-1") is not None
    wall.seconds += 10
    assert floor.next_work("seat-1") is None


def test_errands_are_done_when_they_are_due(floor: Floor, wall: Wall) -> None:
    done: list[str] = []
    floor.later(900, lambda: done.append("late"))
    floor.later(60, lambda: done.append("soon"))
    wall.seconds += 15
    for _ in range(2):
        floor.next_errand()()
    assert done == ["soon", "late"]


def test_who_does_not_come_is_settled_from_the_beginning() -> None:
    day = plan.make(60, 1, "wild", 2)
    floor = Floor(SiteClock(60, plan.OPENS), day.students)
    absent = sum(student.story is Story.NO_SHOW for student in day.students)
    assert floor.settled == absent > 0 and not floor.over
    for course in floor.courses:
        floor.settle(course, Result.PHOTOGRAPHED)
    assert floor.over


def test_who_was_sent_outside_first_comes_in_first_unless_called_before(floor: Floor) -> None:
    courses = [floor.next_work("seat-1") for _ in range(3)]
    for visit, course in enumerate(courses, start=1):
        assert course is not None
        waiting(floor, course, str(visit))
        floor.send_outside(course)
    assert floor.come_inside() == "1"
    floor.stay_outside("1")  # the area was full after all
    floor.leave_line("2")
    assert [floor.come_inside() for _ in range(3)] == ["1", "3", None]
    floor.leave_line("3")
    floor.stay_outside("3")
    assert floor.come_inside() is None and floor.sent_outside == 3
