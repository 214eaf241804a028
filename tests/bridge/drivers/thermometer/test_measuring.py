"""When a reading is a person's temperature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.drivers.thermometer.measuring import AGREEING, HIGHEST, LOWEST, STUCK_SECONDS, Person, Reading

NOISE = (0.0, 0.02, -0.02, 0.04, -0.04)


def seen(person: Person, *values: float, ambient: float | None = 23.0) -> list[float]:
    """What is told of readings a fifth of a second apart."""
    told = [person.take(Reading(value, ambient), at * 0.2) for at, value in enumerate(values)]
    return [value for value in told if value is not None]


def test_a_person_who_stands_still_is_measured() -> None:
    assert seen(Person(0.0, 2.0), *(36.5 + noise for noise in NOISE)) == [36.5]


def test_the_offset_of_the_calibration_is_added() -> None:
    assert seen(Person(0.7, 2.0), *(35.8 + noise for noise in NOISE)) == [36.5]


def test_somebody_who_comes_nearer_is_waited_for() -> None:
    assert seen(Person(0.0, 2.0), 31, 32, 33.5, 35, 36.1, 36.4, 36.42, 36.38, 36.4, 36.41) == [36.4]


@pytest.mark.parametrize("celsius", [LOWEST - 0.2, HIGHEST + 0.2, -20.0, 120.0])
def test_out_of_range_is_no_reading(celsius: float) -> None:
    assert seen(Person(0.0, 2.0), *(celsius + noise for noise in NOISE * 3)) == []


def test_the_room_is_nobody() -> None:
    hot = [35.0 + noise for noise in NOISE * 3]
    assert seen(Person(0.0, 2.0), *hot, ambient=34.5) == []
    assert seen(Person(0.0, 2.0), *hot, ambient=None) == [35.0] * 3


def test_a_sensor_that_never_moves_tells_nothing_and_is_found_out() -> None:
    person = Person(0.0, 2.0)
    assert seen(person, *[36.5] * 60) == []
    assert person.stuck(12.0)
    assert not person.stuck(STUCK_SECONDS - 1)
    person.take(Reading(36.52, 23.0), 12.2)
    assert not person.stuck(12.4)


def test_one_who_moves_is_told_again_when_still() -> None:
    still = [36.5 + noise for noise in NOISE]
    assert seen(Person(0.0, 2.0), *still[:4], 30.0, *still) == [36.5]


def test_whoever_comes_next_is_measured_anew() -> None:
    person = Person(0.0, 2.0)
    assert seen(person, 36.5, 36.52, 36.48, 36.5) == []
    person.forget()
    assert seen(person, 38.5, 38.52, 38.48, 38.5, 38.51) == [38.5]


@given(st.lists(st.floats(-50, 150), max_size=60), st.floats(-3, 3))
def test_what_is_told_lies_among_readings_that_agree_and_in_range(values: list[float], offset: float) -> None:
    person = Person(offset, 2.0)
    for at, value in enumerate(values):
        told = person.take(Reading(value, None), at * 0.2)
        if told is not None:
            last = values[at + 1 - AGREEING : at + 1]
            assert max(last) - min(last) <= 0.4
            assert LOWEST - 0.1 <= told <= HIGHEST + 0.1
            assert min(last) + offset - 0.06 <= told <= max(last) + offset + 0.06
