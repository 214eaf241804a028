"""Days at the site and the order of the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import queue
from kiosk.domain.queue import PRIORITIES, day_of, in_order, is_outside, local_text, photo_valid_until
from kiosk.domain.review import acceptable

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_a_day_begins_at_midnight_in_china() -> None:
    assert day_of(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert day_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_text(datetime(2026, 11, 22, 16, 5, tzinfo=UTC)) == "2026-11-23 00:05"


def test_a_photo_counts_for_its_days() -> None:
    assert photo_valid_until(datetime(2026, 1, 1, tzinfo=UTC), 365) == date(2027, 1, 1)


@dataclass
class One:
    """Somebody who waits."""

    number: int | None
    missed_calls: int = 0
    priority: str = ""
    outside_until: datetime | None = None


@st.composite
def lines(draw: st.DrawFn) -> list[One]:
    numbers = draw(st.permutations(range(1, draw(st.integers(1, 14)) + 1)))
    later = st.sampled_from([None, None, NOW - timedelta(minutes=1), NOW + timedelta(minutes=20)])
    return [
        One(number, draw(st.integers(0, 2)), draw(st.sampled_from(["", "", *PRIORITIES])), draw(later))
        for number in numbers
    ]


def numbers(line: list[One]) -> list[int | None]:
    return [one.number for one in line]


@given(lines(), st.integers(0, 4), st.integers(1, 4))
def test_the_order_is_as_written(line: list[One], run: int, in_row: int) -> None:
    ordered = in_order(line, NOW, run, in_row)
    assert sorted(numbers(ordered), key=str) == sorted(numbers(line), key=str)  # nobody lost, nobody twice
    groups = [(is_outside(one, NOW), one.missed_calls) for one in ordered]
    assert groups == sorted(groups)  # inside before outside, fewer missed calls before more
    for group in set(groups):
        of_group = [one for one, found in zip(ordered, groups, strict=True) if found == group]
        for priority in (True, False):  # among equals the lower number
            same = [one.number or 0 for one in of_group if bool(one.priority) is priority]
            assert same == sorted(same)
    for place, one in enumerate(ordered):  # priority first, but not for ever
        rest = [other for other, found in zip(ordered, groups, strict=True) if found == groups[place]]
        rest = rest[rest.index(one) :]
        if one.priority and run >= in_row:
            assert all(other.priority for other in rest)
        if not one.priority and run < in_row:
            assert not any(other.priority for other in rest)
        run = run + 1 if one.priority else 0


@given(lines(), st.integers(1, 3))
def test_the_order_that_was_told_is_the_order_that_is_called(line: list[One], in_row: int) -> None:
    told, called, rest, run = numbers(in_order(line, NOW, 0, in_row)), [], list(line), 0
    while rest:
        following = in_order(rest, NOW, run, in_row)[0]
        run = run + 1 if following.priority else 0
        rest.remove(following)
        called.append(following.number)
    assert called == told


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


def test_days_follow_the_clock_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert (queue.day_of(evening).isoformat(), queue.local_text(evening)) == ("2026-11-24", "2026-11-24 00:30")
    monkeypatch.setattr(queue, "_zone", queue.SITE_ZONE)  # put back at the end
    queue.use_zone("Asia/Urumqi")
    assert (queue.day_of(evening).isoformat(), queue.local_text(evening)) == ("2026-11-23", "2026-11-23 22:30")
    assert str(queue.site_zone()) == "Asia/Urumqi"
