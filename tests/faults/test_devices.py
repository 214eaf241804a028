"""Devices fail in front of a student: the screen says it calmly and the visit goes on when the device is back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Request, expect
from sqlalchemy import select, update

from kiosk.i18n import text
from kiosk.records import campus_cards, tables
from kiosk.records.tables import Campaign
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


def test_8_19_a_page_reloaded_while_a_card_is_read_shows_whose_it_is(student: Student) -> None:
    student.begin()
    student.simulate("reader", "baud", "9600")
    try:
        student.lay(student.card_of("ordinary", 38))
        student.page.reload()
        student.sees("confirm")
    finally:
        student.simulate("reader", "baud", "115200")
        student.take_card()


# -- a scanner that is a keyboard (8.21): real key events into the page

CARD, STRANGER = "0078692099", "0078692100"


class Keyboard:
    """What a keyboard-wedge scanner and a person do with the keys of a page."""

    def __init__(self, student: Student) -> None:
        self.student = student
        self.scans: list[str] = []
        student.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.url.endswith("/actions/scan"):
            self.scans.append(request.post_data_json["text"])

    def scan(self, text: str, end: str = "Enter", gap_ms: int = 2) -> None:
        """Type as a scanner does. Keys carry the time of the keyboard: a busy machine does not stretch gaps."""
        session = self.student.page.context.new_cdp_session(self.student.page)
        begun = datetime.now(UTC).timestamp()
        keys = [*text, end] if end else list(text)
        for nth, key in enumerate(keys):
            named = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
            event = named if key == "Enter" else {"key": key, "text": key}
            stamp = begun + nth * gap_ms / 1000  # when the keyboard says that it was pressed
            session.send("Input.dispatchKeyEvent", {"type": "keyDown", "timestamp": stamp, **event})
            session.send("Input.dispatchKeyEvent", {"type": "keyUp", "timestamp": stamp, **event})
        session.detach()


@pytest.fixture
def keyboard(student: Student) -> Iterator[Keyboard]:
    """A campaign that takes campus cards, and one student whose card is known."""
    kiosk = student.kiosk
    database = kiosk.db()
    number = student.cards()[student.card_of("ordinary", 39)]["number"]
    with database.write() as session:
        before = {row.id: row.assurances for row in session.scalars(select(Campaign))}
        session.execute(update(Campaign).values(assurances=["chip_verified", "uid_only", "typed"]))
        known = session.scalars(select(tables.Student).where(tables.Student.id_number == number)).first()
        assert known is not None
        bindings = {"04B0BF03": known.student_number}
        campus_cards.bind_all(session, kiosk.settings, bindings, "test", datetime.now(UTC))
    yield Keyboard(student)
    with database.write() as session:
        for row, assurances in before.items():
            session.execute(update(Campaign).where(Campaign.id == row).values(assurances=assurances))
    database.close()


def test_a_campus_card_by_a_keyboard_scanner_identifies(keyboard: Keyboard) -> None:
    keyboard.student.begin()
    keyboard.scan(CARD)
    keyboard.student.sees("confirm")
    assert keyboard.scans == [CARD]


def test_8_21_a_scan_presses_no_button_even_the_one_with_the_focus(keyboard: Keyboard) -> None:
    student = keyboard.student
    student.begin()
    student.button("leave").focus()
    keyboard.scan(STRANGER)
    student.sees("notice")
    assert student.page.get_by_text(text("zh_CN", "refusal.campus_card_unknown.student")).count() > 0


@pytest.mark.parametrize("times", [1, 2])
def test_8_21_a_double_scan_is_one(keyboard: Keyboard, times: int) -> None:
    student = keyboard.student
    student.begin()
    for _ in range(times):
        keyboard.scan(CARD)
    student.sees("confirm")
    assert keyboard.scans == [CARD]


def test_8_21_without_enter_and_typed_by_a_person_nothing_is_a_scan(keyboard: Keyboard) -> None:
    student = keyboard.student
    student.begin()
    keyboard.scan(CARD, end="")
    student.page.wait_for_timeout(80)  # longer than a scanner's gap: the next key is another story
    keyboard.scan(STRANGER, gap_ms=120)
    assert keyboard.scans == []
    keyboard.scan(CARD)
    student.sees("confirm")
    assert keyboard.scans == [CARD]


def test_8_21_a_key_pressed_meanwhile_makes_it_no_number_and_that_is_said(keyboard: Keyboard) -> None:
    student = keyboard.student
    student.begin()
    keyboard.scan(CARD[:4] + "7" + CARD[4:])
    student.sees("notice")
    expect(student.page.locator("h1")).to_have_text(text("zh_CN", "refusal.scan_unreadable.title"))
    student.press("begin")
    student.sees("identify")
    keyboard.scan(CARD)
    student.sees("confirm")


def test_a_person_who_presses_enter_on_a_button_presses_it(keyboard: Keyboard) -> None:
    student = keyboard.student
    student.begin()
    student.button("leave").focus()
    student.page.keyboard.press("Enter")
    student.sees("welcome")
    assert keyboard.scans == []
