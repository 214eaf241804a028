"""What the students of a day would tell in the evening, as the report must have it."""

from __future__ import annotations

from collections import Counter

from kiosk.domain.reconciliation import Outcome
from kiosk.simulation import plan
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.closing import OUTCOMES, expected
from kiosk.simulation.floor import Floor
from kiosk.simulation.plan import Result, Story


def test_every_end_of_a_day_has_its_place_in_the_sum() -> None:
    assert set(OUTCOMES) == set(Result)
    assert set(OUTCOMES.values()) == {outcome.value for outcome in Outcome} - {Outcome.OPEN.value}


def test_who_was_not_due_here_today_is_not_in_the_sum() -> None:
    day = plan.make(300, 2, "wild", 3)
    floor = Floor(SiteClock(60, plan.OPENS), day.students)
    for course in floor.courses:
        floor.settle(course, *course.student.planned)
    due, outcomes = expected(floor.courses)
    stories = Counter(student.story for student in day.students)
    elsewhere = sum(stories[story] for story in (Story.WRONG_DAY, Story.WRONG_PROGRAMME, Story.NOT_LISTED))
    assert due == 300 - elsewhere == sum(outcomes.values())
    assert outcomes["refused"] == stories[Story.DECLARATION] > 0
    assert outcomes["absent"] == stories[Story.NO_SHOW] + stories[Story.LEAVES_IDENTIFY]
