"""The plan of a day: from one seed always the same people, synthetic, whose stories end as they should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.id_numbers import SYNTHETIC_REGION
from kiosk.simulation import papers, plan
from kiosk.simulation.plan import FAULTS, Mishap, Result, Story


@given(st.integers(1, 400), st.integers(1, 4), st.sampled_from(sorted(FAULTS)), st.integers())
def test_the_same_seed_gives_the_same_day(students: int, seats: int, faults: str, seed: int) -> None:
    assert plan.make(students, seats, faults, seed) == plan.make(students, seats, faults, seed)


def test_another_seed_gives_another_day() -> None:
    assert plan.make(40, 2, "mild", 1).students != plan.make(40, 2, "mild", 2).students


@given(st.integers(1, 2000), st.integers(1, 8), st.sampled_from(sorted(FAULTS)), st.integers(0, 50))
def test_everybody_is_somebody_else_and_nobody_exists(students: int, seats: int, faults: str, seed: int) -> None:
    found = plan.make(students, seats, faults, seed).students
    assert len({student.id_number for student in found}) == students
    assert all(student.id_number.startswith(SYNTHETIC_REGION) for student in found)
    assert len({student.student_number for student in found}) == students


def test_a_day_without_faults_has_none() -> None:
    found = plan.make(300, 2, "none", 1).students
    assert all(student.story is Story.ORDINARY and not student.mishaps for student in found)
    assert all(student.planned == (Result.PHOTOGRAPHED, "") for student in found)


def test_a_mild_day_of_300_has_every_story_and_every_mishap() -> None:
    found = plan.make(300, 2, "mild", 1).students
    assert {student.story for student in found} == set(Story)
    assert {mishap for student in found for mishap in student.mishaps} == set(Mishap)


def test_some_have_a_phone_and_a_few_of_them_report_something() -> None:
    found = plan.make(300, 2, "mild", 1).students
    phones, reports = sum(student.phone for student in found), sum(student.reports for student in found)
    assert (phones, reports) == (90, 15) and all(student.phone for student in found if student.reports)
    assert not any(student.reports for student in plan.make(300, 2, "none", 1).students)


@pytest.mark.parametrize("seed", range(5))
def test_mishaps_befall_those_who_stay_to_the_end(seed: int) -> None:
    found = plan.make(60, 2, "wild", seed).students
    assert all(student.story is Story.ORDINARY for student in found if student.mishaps)


def test_they_come_about_the_time_of_their_slot() -> None:
    day = plan.make(300, 2, "mild", 3)
    for student in day.students:
        begins = plan.OPENS + student.slot * plan.SLOT_SECONDS
        assert begins - 180 <= student.arrives <= begins + plan.SLOT_SECONDS + 300
        if student.slot % plan.BUS_EVERY == 0:
            assert begins <= student.arrives <= begins + plan.BUS_SECONDS * 2
        assert student.slot < day.slots
    assert max(sum(s.slot == slot for s in day.students) for slot in range(day.slots)) <= day.slot_capacity


def test_the_rosters_have_who_belongs_there(tmp_path: Path) -> None:
    found = plan.make(300, 2, "mild", 1).students
    listed = {code: papers.write_roster(tmp_path / f"{code}.xlsx", found, code) for code in ("51161", "51383")}
    wrong = sum(student.story is Story.WRONG_PROGRAMME for student in found)
    nobody = sum(student.story is Story.NOT_LISTED for student in found)
    assert listed == {"51161": 300 - wrong - nobody, "51383": wrong}
    assert wrong and nobody


def test_the_cards_lie_in_the_order_of_the_students(tmp_path: Path) -> None:
    found = plan.make(20, 1, "wild", 1).students
    papers.write_cards(tmp_path / "demo" / "cards.json", found)
    cards = json.loads((tmp_path / "demo" / "cards.json").read_text("utf-8"))
    assert [card["number"] for card in cards] == [student.id_number for student in found]
