"""Days at the site and the order of the queue."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.queue import day_of, local_text, photo_valid_until, place
from kiosk.domain.review import acceptable


def test_a_day_begins_at_midnight_in_china() -> None:
    assert day_of(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert day_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_text(datetime(2026, 11, 22, 16, 5, tzinfo=UTC)) == "2026-11-23 00:05"


def test_a_photo_counts_for_its_days() -> None:
    assert photo_valid_until(datetime(2026, 1, 1, tzinfo=UTC), 365) == date(2027, 1, 1)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 99)), min_size=2))
def test_whoever_missed_a_call_waits_behind_the_others(waiting: list[tuple[int, int]]) -> None:
    ordered = sorted(waiting, key=lambda item: place(*item))
    missed = [item[0] for item in ordered]
    assert missed == sorted(missed)


@pytest.mark.parametrize(
    ("verdict", "decision", "deliverable", "expected"),
    [
        ("pass", None, True, True),
        ("ask", None, True, True),
        ("fail", None, True, False),
        ("fail", "accept", True, True),
        ("pass", "reject", True, False),
        ("pass", "accept", False, False),
        ("pass", None, False, False),
    ],
)
def test_which_shot_may_be_accepted(verdict: str, decision: str | None, deliverable: bool, expected: bool) -> None:
    assert acceptable(verdict, decision, deliverable) is expected
