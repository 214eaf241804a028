"""Devices fail in front of a student: the screen says it calmly and the visit goes on when the device is back."""

from __future__ import annotations

import pytest

from kiosk.i18n import text
from tests.e2e.walk import Student

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.timeout(300)]


def strip(student: Student, kind: str) -> None:
    """Wait for the strip that says it."""
    student.page.locator(f"[data-strip='{kind}']").wait_for()


def gone(student: Student, kind: str) -> None:
    """Wait until the strip is taken away."""
    student.page.locator(f"[data-strip='{kind}']").wait_for(state="detached")


def test_an_unplugged_reader_is_said_and_works_again_when_it_is_back(student: Student) -> None:
    student.begin()
    student.simulate("reader", "unplug")
    strip(student, "fault-reader")
    student.simulate("reader", "plug")
    gone(student, "fault-reader")
    student.identify(student.card_of("ordinary", 30))


@pytest.mark.parametrize("fault", ["half_frame", "silent", "bad_checksum"])
def test_a_reader_that_stumbles_once_still_reads_the_card(student: Student, fault: str) -> None:
    student.begin()
    student.simulate("reader", fault, "command=read", "times=1")
    student.identify(student.card_of("ordinary", 31))


def test_a_silent_reader_is_said_and_works_again(student: Student) -> None:
    student.begin()
    student.simulate("reader", "silent", "times=-1")
    strip(student, "fault-reader")
    student.simulate("reader", "behave")
    gone(student, "fault-reader")
    student.identify(student.card_of("ordinary", 32))


def test_a_card_pulled_too_early_is_asked_for_again(student: Student) -> None:
    student.begin()
    student.simulate("reader", "pull_card", "select")
    student.lay(student.card_of("ordinary", 33))
    student.page.get_by_text(text("zh_CN", "refusal.card_pulled.student")).first.wait_for()
    student.simulate("reader", "behave")
    student.take_card()
    student.identify(student.card_of("ordinary", 33))


@pytest.mark.parametrize("fault", ["gone", "black", "freeze"])
def test_a_failing_camera_is_said_and_the_same_capture_goes_on(student: Student, fault: str) -> None:
    nth = {"gone": 34, "black": 35, "freeze": 36}[fault]
    student.to_seat(student.card_of("ordinary", nth))
    student.simulate("scene", "empty", "1.0")
    student.press("begin_capture")
    student.sees("capture")
    student.simulate("camera", fault)
    strip(student, "fault-camera")
    student.simulate("camera", "back" if fault == "gone" else "behave")
    gone(student, "fault-camera")
    student.simulate("scene", "good")
    student.sees("review")
    student.finish()


def test_a_lost_thermometer_is_said_and_staff_may_type(student: Student) -> None:
    student.begin()
    student.identify(student.card_of("ordinary", 37))
    student.press("confirm")
    student.simulate("thermometer", "unplug")
    student.declare()
    student.sees("temperature")
    strip(student, "fault-thermometer")
    student.simulate("thermometer", "plug")
    student.sees("called")
