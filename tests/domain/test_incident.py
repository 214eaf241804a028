"""Contacts of the same half hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.incident import Stay, is_contact

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


CASE = Stay(at(0), at(10))


@pytest.mark.parametrize(
    ("since", "until", "near"),
    [(-60, -31, False), (-60, -30, True), (5, 6, True), (40, 50, True), (41, 50, False), (-90, 90, True)],
)
def test_a_stay_within_half_an_hour_is_a_contact(since: int, until: int, near: bool) -> None:
    assert is_contact(CASE, Stay(at(since), at(until)), at(200), 30) is near


def test_whoever_is_still_there_counts_until_now() -> None:
    assert is_contact(CASE, Stay(at(-90), None), at(20), 30)
    assert not is_contact(CASE, Stay(at(41), None), at(60), 30)


minutes = st.integers(-500, 500)


@given(minutes, minutes, minutes, minutes, st.integers(0, 120))
def test_nearness_is_mutual_and_grows_with_the_margin(a: int, b: int, c: int, d: int, margin: int) -> None:
    one, other = Stay(at(a), at(b)), Stay(at(c), at(d))
    near = is_contact(one, other, at(600), margin)
    assert near == is_contact(other, one, at(600), margin)
    assert not near or is_contact(one, other, at(600), margin + 1)
