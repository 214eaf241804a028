"""What happens to the page: reloaded, opened twice, cut off. The visit stands where it stood."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.walk import KIOSK_PORTRAIT, Student
from tests.harness.kiosk import Kiosk

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.timeout(300)]


def test_the_page_reloaded_at_every_step_shows_the_same_step(student: Student) -> None:
    position = student.card_of("ordinary", 22)

    def reloaded(screen: str) -> None:
        student.sees(screen)
        student.page.reload()
        student.sees(screen)

    student.begin()
    reloaded("identify")
    student.identify(position)
    reloaded("confirm")
    student.press("confirm")
    reloaded("declare")
    student.simulate("thermometer", "unplug")
    student.declare()
    reloaded("temperature")
    student.simulate("thermometer", "plug")
    reloaded("called")
    student.simulate("scene", "empty", "1.0")
    student.press("begin_capture")
    reloaded("capture")
    student.simulate("scene", "good")
    reloaded("review")
    student.press("accept")
    reloaded("receipt")
    student.press("finish")
    student.sees("welcome")


def test_of_two_pages_on_one_kiosk_only_the_newer_acts(
    student: Student, site: Kiosk, open_page: Callable[..., Page]
) -> None:
    position = student.card_of("ordinary", 23)
    student.begin()
    student.identify(position)
    second = Student(site, open_page(KIOSK_PORTRAIT))
    second.page.goto(site.ticket_url)
    second.sees("confirm")
    student.sees("superseded")
    second.press("confirm")
    second.sees("declare")
    student.press("take_over")
    student.sees("declare")
    second.sees("superseded")


def test_a_kiosk_cut_off_for_thirty_seconds_says_so_and_goes_on(student: Student) -> None:
    position = student.card_of("ordinary", 24)
    student.begin()
    student.identify(position)
    student.page.context.set_offline(True)
    student.page.locator("[data-strip='offline']").wait_for()
    student.press("confirm")
    student.page.wait_for_timeout(30_000)
    student.page.context.set_offline(False)
    student.page.locator("[data-strip='offline']").wait_for(state="detached")
    # The press was on its way with its key: either it arrived or it is pressed again, never twice.
    if student.sees("confirm", "declare") == "confirm":
        student.press("confirm")
    student.declare()
    student.sees("called")


def test_without_socket_hints_the_page_reads_the_truth_by_itself(student: Student) -> None:
    def cut(route: Route) -> None:
        route.abort()

    student.page.route("**/socket.io/**", cut)
    student.page.reload()
    student.sees("welcome")
    student.to_seat(student.card_of("ordinary", 25))
    student.shoot()
    student.finish()


def test_many_presses_of_one_button_decide_once(student: Student) -> None:
    position = student.card_of("ordinary", 26)
    student.begin()
    student.identify(position)
    student.page.evaluate(
        "() => { const button = document.querySelector(\"[data-action='confirm']\");"
        " for (let i = 0; i < 50; i++) button.click(); }"
    )
    student.sees("declare")
    expect(student.page.locator("[data-strip='message']")).to_have_count(0)
