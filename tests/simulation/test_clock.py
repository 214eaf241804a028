"""The clock of a simulated day: quick while people think, real while anybody waits for the machine."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulation.clock import DayOver, SiteClock


class Wall:
    """A real clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_thinking_is_quick_and_the_machine_is_real(wall: Wall) -> None:
    clock = SiteClock(60, 1000.0, wall)
    wall.seconds += 2
    assert clock.now() == pytest.approx(1120)
    with clock.machine():
        wall.seconds += 3
        assert clock.now() == pytest.approx(1123)
    wall.seconds += 1
    assert clock.now() == pytest.approx(1183)
    assert clock.machine_seconds == pytest.approx(3) and clock.real_seconds == pytest.approx(6)


def test_it_stays_real_until_the_last_one_is_done_with_the_machine(wall: Wall) -> None:
    clock = SiteClock(60, 0.0, wall)
    with clock.machine():
        wall.seconds += 1
        with clock.machine():
            wall.seconds += 1
        wall.seconds += 1
    assert clock.now() == pytest.approx(3) and clock.machine_seconds == pytest.approx(3)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=20), st.floats(1, 600))
def test_it_never_goes_back_and_is_never_slower_than_real_nor_quicker_than_asked(
    steps: list[tuple[bool, float]], speed: float
) -> None:
    wall = Wall()
    clock, shown, quick = SiteClock(speed, 0.0, wall), 0.0, 0.0
    for machine, seconds in steps:
        if machine:
            with clock.machine():
                wall.seconds += seconds
        else:
            wall.seconds += seconds
            quick += seconds
        assert clock.now() >= shown - 1e-6
        shown = clock.now()
    assert clock.real_seconds - 1e-6 <= shown <= clock.real_seconds * speed + 1e-6
    assert shown == pytest.approx(clock.machine_seconds + quick * speed, abs=1e-4)


def test_a_wait_ends_with_what_it_waits_for_and_with_its_time() -> None:
    clock, there = SiteClock(3600, 0.0), threading.Event()
    assert clock.until(there.is_set, clock.now() + 36) is False
    waiter = threading.Thread(target=lambda: (there.set(), clock.tell()))
    waiter.start()
    assert clock.until(there.is_set) is True
    waiter.join()


def test_the_end_of_the_day_ends_every_wait() -> None:
    clock, ended = SiteClock(1, 0.0), threading.Event()

    def wait() -> None:
        with pytest.raises(DayOver):
            clock.sleep(10_000)
        ended.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    clock.end()
    assert ended.wait(30)
    waiter.join()
