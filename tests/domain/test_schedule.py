"""The schedule's arithmetic: capacity, slots across changes of the clock, fair and repeatable spreading."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import schedule
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.schedule import Person, Room

CHINA, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 24)
NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("metres", "spacing", "seats", "seconds", "minutes", "students", "limited"),
    [
        (9.0, 1.0, 2, 180, 15, 10, "seats"),  # 15 min × 2 / 3 min = 10; 9 wait and 2 sit
        (3.5, 1.0, 2, 180, 15, 5, "waiting"),  # 3 wait and 2 sit
        (0.0, 1.0, 1, 60, 30, 1, "waiting"),  # nobody waits
        (0.3, 0.1, 1, 60, 4, 4, "seats"),  # three tenths are three places, whatever floating point says
        (100.0, 2.0, 3, 100, 30, 53, "waiting"),
    ],
)
def test_the_capacity_is_the_smaller_of_two_limits(
    metres: float, spacing: float, seats: int, seconds: int, minutes: int, students: int, limited: str
) -> None:
    found = schedule.capacity(metres, spacing, seats, seconds, minutes * 60)
    assert (found.students, found.limited_by) == (students, limited)


@pytest.mark.parametrize(
    "values", [(5.0, 1.0, 1, 3600, 900), (5.0, 0.0, 1, 60, 900), (5.0, 1.0, 0, 60, 900), (-1.0, 1.0, 1, 60, 900)]
)
def test_a_slot_for_nobody_is_refused(values: tuple[float, float, int, int, float]) -> None:
    with pytest.raises(Refusal) as refused:
        schedule.capacity(*values)
    assert refused.value.code is Code.SLOT_CAPACITY


def test_slots_step_through_the_day_around_the_break() -> None:
    slots = schedule.plan(DAY, time(9), time(12), 40, CHINA, [(time(10), time(10, 30))])
    local = [
        (begin.astimezone(CHINA).strftime("%H:%M"), end.astimezone(CHINA).strftime("%H:%M"))
        for begin, end in slots
    ]
    assert local == [("09:00", "09:40"), ("10:30", "11:10"), ("11:10", "11:50")]


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 7), (date(2026, 10, 25), 9), (DAY, 8)])
def test_where_the_clock_is_changed_no_slot_is_doubled_or_lost(day: date, hours: int) -> None:
    slots = schedule.plan(day, time(0), time(8), 60, BERLIN)
    assert len(slots) == hours
    assert all(end - begin == timedelta(hours=1) for begin, end in slots)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(slots))


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2027, 3, 28), time(2, 30), time(8)),  # the clock jumps from 2 to 3
        (date(2026, 10, 25), time(2, 30), time(8)),  # half past two comes twice
        (date(2026, 10, 25), time(1), time(2, 30)),
        (DAY, time(9), time(9)),
        (DAY, time(12), time(9)),
        (DAY, time(9), time(9, 10)),
    ],
)
def test_a_time_that_nobody_could_keep_is_refused(day: date, opens: time, closes: time) -> None:
    with pytest.raises(Refusal) as refused:
        schedule.plan(day, opens, closes, 30, BERLIN)
    assert refused.value.code is Code.SLOT_TIME_INVALID


@given(st.integers(0, 23), st.integers(1, 23), st.integers(5, 240), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_slots_never_overlap_and_stay_inside(opens: int, closes: int, minutes: int, day: date) -> None:
    try:
        slots = schedule.plan(day, time(opens), time(closes), minutes, BERLIN)
    except Refusal:
        return
    assert schedule.overlapping(slots, []) is None
    assert slots[0][0] == schedule.instant(day, time(opens), BERLIN)
    assert slots[-1][1] <= schedule.instant(day, time(closes), BERLIN)


def test_touching_slots_do_not_overlap() -> None:
    hour = timedelta(hours=1)
    assert schedule.overlapping([(NINE, NINE + hour)], [(NINE + hour, NINE + 2 * hour)]) is None
    assert schedule.overlapping([(NINE, NINE + hour)], [(NINE + hour / 2, NINE + 2 * hour)]) == (NINE, NINE + hour)
    assert schedule.overlapping([(NINE, NINE + hour), (NINE, NINE + hour)], []) == (NINE, NINE + hour)


def room(number: int, capacity: int, load: int = 0) -> Room:
    return Room(number, NINE + timedelta(minutes=30 * number), capacity, load)


people = st.lists(
    st.builds(
        Person, id=st.integers(1, 10_000), branch=st.sampled_from("甲乙"), teaching_point=st.sampled_from("东西"),
        class_name=st.sampled_from(["1班", "2班", "3班"]),
        student_number=st.text("0123456789", min_size=4, max_size=4),
    ),
    max_size=60, unique_by=lambda person: person.id,
)  # fmt: skip
rooms = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=8).map(
    lambda sizes: [room(number, capacity, min(load, capacity)) for number, (capacity, load) in enumerate(sizes)]
)


@given(people, rooms, st.sampled_from(["class", "teaching_point"]), st.randoms(use_true_random=False))
def test_spreading_is_whole_bounded_and_repeatable(
    everybody: list[Person], slots: list[Room], by: str, chance: random.Random
) -> None:
    found = schedule.spread(everybody, slots, by)
    free = sum(slot.capacity - slot.load for slot in slots)
    assert len(found) == min(len(everybody), free)
    for slot in slots:
        assert Counter(found.values())[slot.id] <= slot.capacity - slot.load
    shuffled, mixed = list(everybody), list(slots)
    chance.shuffle(shuffled)
    chance.shuffle(mixed)
    assert schedule.spread(shuffled, mixed, by) == found


@given(people, st.integers(1, 8), st.integers(1, 12))
def test_equal_slots_are_filled_alike_and_groups_stay_together(
    everybody: list[Person], count: int, capacity: int
) -> None:
    slots = [room(number, capacity) for number in range(count)]
    found = schedule.spread(everybody, slots)
    loads = [Counter(found.values())[slot.id] for slot in slots]
    assert max(loads) - min(loads) <= 1
    order = [found[person.id] for person in sorted(everybody, key=lambda p: schedule.order_key(p, "class"))
             if person.id in found]  # fmt: skip
    assert order == sorted(order)  # a class stands in neighbouring slots


def test_slots_that_are_half_full_are_filled_up_to_the_same_share() -> None:
    everybody = [Person(number, "", "", "", f"{number}") for number in range(6)]
    found = schedule.spread(everybody, [room(0, 10, 6), room(1, 10, 0)])
    assert Counter(found.values()) == {1: 6}
    assert schedule.refill([7, 8, 9], [room(2, 2, 1), room(1, 2, 1)]) == {7: 1, 8: 2}
