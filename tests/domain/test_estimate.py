"""The estimate learns from the day and is what playing the calls through gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.estimate import (
    AT_LEAST,
    LAST,
    calls_until_room,
    come_back_at,
    seat_seconds,
    wait_seconds,
)

NOW = datetime(2026, 11, 23, 2, 3, 4, tzinfo=UTC)
SECONDS = st.floats(1, 3600)
SEATS = st.lists(st.one_of(st.just(-1.0), st.floats(0, 7200)), min_size=1, max_size=6)


def test_before_anybody_was_measured_the_planned_time_is_told() -> None:
    assert seat_seconds([], 180) == 180


def test_the_day_speaks_alone_once_enough_were_measured() -> None:
    assert seat_seconds([100.0] * AT_LEAST, 500) == 100
    assert seat_seconds([100.0] * (AT_LEAST - 3), 500) == 500


def test_one_who_fetches_a_document_changes_nothing() -> None:
    assert seat_seconds([90.0] * 10 + [3000.0], 180) == 90


def test_only_the_latest_count() -> None:
    assert seat_seconds([60.0] * LAST + [600.0] * 100, 180) == 60


@pytest.mark.parametrize(
    ("ahead", "taken", "expected"),
    [
        (0, [-1.0], 0),
        (0, [40.0], 60),
        (1, [40.0], 160),
        (3, [-1.0, -1.0], 100),
        (2, [10.0, 70.0], 130),
        (0, [500.0], 0),
        (2, [], 200),
    ],
)
def test_the_calls_played_through(ahead: int, taken: list[float], expected: float) -> None:
    assert wait_seconds(ahead, 100, taken) == expected


@given(st.integers(0, 60), SECONDS, SEATS)
def test_more_ahead_never_shortens_the_wait_and_another_seat_never_lengthens_it(
    ahead: int, each: float, taken: list[float]
) -> None:
    wait = wait_seconds(ahead, each, taken)
    assert 0 <= wait <= each * (ahead + 1) * 1.000001
    assert wait <= wait_seconds(ahead + 1, each, taken)
    assert wait_seconds(ahead, each, [*taken, -1.0]) <= wait * 1.000001


@given(st.floats(0, 86400))
def test_a_time_to_come_back_is_round_and_never_early(seconds: float) -> None:
    told = come_back_at(NOW, seconds)
    assert told.second == 0 and told.minute % 5 == 0
    assert timedelta(0) <= told - (NOW + timedelta(seconds=seconds)) < timedelta(minutes=5, seconds=1)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_after_so_many_calls_there_is_room_and_not_before(inside: int, outside: int, places: int) -> None:
    calls = calls_until_room(inside, outside, places)
    assert calls == 0 or inside + outside + 1 - calls == places
    assert calls > 0 or inside + outside < places
