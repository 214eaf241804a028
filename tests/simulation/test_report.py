"""What the report says: every text in both languages, figures that add up, nobody named."""

from __future__ import annotations

import json

import pytest

from kiosk.simulation import plan, report
from kiosk.simulation.accounting import Evening
from kiosk.simulation.clock import SiteClock
from kiosk.simulation.closing import Closing
from kiosk.simulation.day import Played
from kiosk.simulation.floor import Floor
from kiosk.simulation.plan import Mishap


@pytest.fixture
def played() -> Played:
    """A wild day in which everything went as planned; each student took a minute a step."""
    day = plan.make(120, 2, "wild", 5)
    floor = Floor(SiteClock(60, plan.OPENS), day.students)
    for course in floor.courses:
        floor.settle(course, *course.student.planned)
        course.ended = course.student.arrives + 300
        course.called = course.ended
        course.steps.update(dict.fromkeys(report.STEPS, 60.0))
        for mishap in course.student.mishaps:
            floor.faults[mishap.value] += 1
    closing = Closing(100, {"photographed": 80, "absent": 20})
    evening = Evening(calls=90, shots=100, closing=closing)
    return Played(day, floor, evening, 60, 20.0, 400.0, 200.0, 12_000.0, 500, 90)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_line_has_its_text(played: Played, language: str) -> None:
    said = "\n".join(report.lines(report.figures(played), language))
    assert "simulate." not in said and "refusal." not in said and "{" not in said


def test_the_figures_add_up_and_name_nobody(played: Played) -> None:
    found = report.figures(played)
    assert sum(found["results"].values()) == 120
    assert sum(found["refused"].values()) == found["results"]["refused"]
    assert sum(found["hours"].values()) == found["results"]["photographed"]
    assert found["real"]["times_as_long"] == 2.0
    assert found["wait"] == {"p50": 60.0, "p95": 60.0, "max": 60.0}
    assert set(found["mishaps"]) == {mishap.value for mishap in Mishap}
    said = json.dumps(found, ensure_ascii=False)
    for student in played.plan.students:
        assert student.name not in said and student.id_number not in said and student.student_number not in said


def test_what_is_wrong_stands_below_its_count(played: Played) -> None:
    played.evening.lost.append("student 7: a picture is not in the vault")
    lines = list(report.lines(report.figures(played), "en"))
    at = next(number for number, line in enumerate(lines) if line.endswith("1  lost"))
    assert lines[at + 1].strip() == "student 7: a picture is not in the vault"
    assert not played.evening.good


def test_an_evening_that_does_not_balance_is_told_and_not_good(played: Played) -> None:
    assert "due 100 = 80 Photographed + 20 Absent. Equal" in "\n".join(report.lines(report.figures(played), "en"))
    played.evening.closing.problems.append("the sum does not balance")
    said = "\n".join(report.lines(report.figures(played), "en"))
    assert "Not equal!" in said and "the sum does not balance" in said and not played.evening.good


@pytest.mark.parametrize(("values", "p95"), [([3.0], 3.0), ([float(n) for n in range(100)], 95.0)])
def test_spread_is_by_nearest_rank(values: list[float], p95: float) -> None:
    assert report.spread(values) == {"p50": values[len(values) // 2], "p95": p95, "max": values[-1]}
    assert report.spread([]) is None
