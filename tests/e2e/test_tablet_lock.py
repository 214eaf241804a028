"""The lock in a browser: nothing of anybody stays on the page, and everything is back where it was afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.tablet import PASSWORD, TABLET, Tablet, hire, set_pin
from tests.e2e.walk import KIOSK_PORTRAIT, PATIENCE, Student
from tests.harness.kiosk import Kiosk
from tests.harness.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PIN = "402719"


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk in demo with an operator who has a PIN and an usher who has none."""
    kiosk = Kiosk(tmp_path_factory.mktemp("post"))
    kiosk.start()
    try:
        hire(kiosk, "operator", "operator")
        hire(kiosk, "usher", "usher", "en")
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


def shown(page: Page) -> str:
    """Everything that the document holds, whether it is seen or not."""
    return str(page.evaluate("() => document.documentElement.outerHTML"))


def lock(page: Page) -> None:
    page.get_by_test_id("lock-now").click()
    expect(page.get_by_test_id("lock")).to_be_visible()


def test_a_locked_page_holds_nobody_and_comes_back_as_it_was(
    post: Kiosk, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    student = Student(post, open_page(KIOSK_PORTRAIT, has_touch=True)).open()
    student.begin()
    position = student.card_of("ordinary", 0)
    student.identify(position)
    surname = student.cards()[position]["name"][0] + "*"
    tablet = Tablet(post, open_page(TABLET, has_touch=True)).log_in("operator")
    set_pin(tablet, PIN)
    page = tablet.page
    page.goto(post.url + "/staff/")
    dialog = tablet.act("confirming", "park_visit")
    dialog.get_by_test_id("reason-note").fill("写到一半")
    assert surname in shown(page)
    page.keyboard.press("Escape")  # the button that locks stands behind the dialog
    dialog.wait_for(state="hidden")
    dialog = tablet.act("confirming", "park_visit")
    dialog.get_by_test_id("reason-note").fill("写到一半")
    page.evaluate(
        "() => document.getElementById('lock').click()"
    )  # as the idle clock does it, over an open dialog
    expect(page.get_by_test_id("lock")).to_be_visible()
    assert surname not in shown(page) and "写到一半" not in shown(page)
    page.keyboard.press("/")  # a key of the page that is away
    student.press("confirm")  # the world goes on
    student.sees("declare")
    for digit in "402718":
        page.locator(f"[data-digit='{digit}']").click()
    expect(page.get_by_test_id("unlock-message")).to_contain_text("还可以试 4 次")
    assert page.request.get(f"{post.url}/staff/api/snapshot").status == 423
    page.get_by_test_id("unlock-secret").fill(PIN)
    expect(page.get_by_test_id("lock")).to_have_count(0)
    expect(dialog.get_by_test_id("reason-note")).to_have_value("写到一半")
    expect(dialog.get_by_test_id("reason-note")).to_be_focused()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    tablet.visit("declaring")  # what happened meanwhile
    lock(page)
    until(lambda: page.request.get(f"{post.url}/staff/api/snapshot").status == 423, because="the server knows")
    page.reload()
    expect(page.get_by_test_id("unlock-secret")).to_be_visible()  # the server's own page
    page.get_by_test_id("unlock-secret").fill(PIN)
    page.get_by_test_id("unlock").click()
    tablet.visit("declaring")
    expect(page.get_by_test_id("lock")).to_have_count(0)


def test_without_a_connection_it_locks_and_stays_locked_until_the_server_answers(
    post: Kiosk, open_page: Callable[..., Page]
) -> None:
    tablet = Tablet(post, open_page(TABLET, has_touch=True)).log_in("usher")
    page = tablet.page
    network: BrowserContext = page.context
    network.set_offline(True)
    expect(page.locator("#lost")).to_be_visible()
    lock(page)
    page.get_by_test_id("unlock-secret").fill(PASSWORD)
    page.get_by_test_id("unlock").click()
    expect(page.get_by_test_id("unlock-message")).to_contain_text("Connection lost")
    expect(page.get_by_test_id("lock")).to_be_visible()
    network.set_offline(False)
    page.get_by_test_id("unlock").click()
    expect(page.get_by_test_id("lock")).to_have_count(0)
    expect(page.locator("#lost")).to_be_hidden()


def test_two_pages_of_one_member_lock_together_and_five_wrong_pins_end_the_session(
    post: Kiosk, open_page: Callable[..., Page]
) -> None:
    first = Tablet(post, open_page(TABLET)).log_in("usher").page
    second = first.context.new_page()
    second.set_default_timeout(PATIENCE)
    second.goto(post.url + "/staff/usher")
    expect(second.locator("#content:not([aria-busy])")).to_be_visible()
    lock(second)
    expect(first.get_by_test_id("lock")).to_be_visible()
    first.get_by_test_id("unlock-secret").fill(PASSWORD)
    first.get_by_test_id("unlock").click()
    expect(first.get_by_test_id("lock")).to_have_count(0)
    expect(second.get_by_test_id("lock")).to_have_count(0)
    lock(second)
    for left in (4, 3, 2, 1):
        second.get_by_test_id("unlock-secret").fill("000000")
        second.get_by_test_id("unlock").click()
        expect(second.get_by_test_id("unlock-message")).to_contain_text(f"{left} more tries")
    second.get_by_test_id("unlock-secret").fill("000000")
    second.get_by_test_id("unlock").click()
    second.wait_for_url("**/staff/login**")


def test_an_idle_page_locks_by_itself(post: Kiosk, open_page: Callable[..., Page]) -> None:
    page = open_page(TABLET)
    page.clock.install()
    Tablet(post, page).log_in("usher")
    page.clock.run_for(59 * 60_000)
    expect(page.get_by_test_id("lock")).to_have_count(0)
    page.keyboard.press("Shift")
    page.clock.run_for(30 * 60_000)
    expect(page.get_by_test_id("lock")).to_have_count(0)
    page.clock.fast_forward(31 * 60_000)
    expect(page.get_by_test_id("lock")).to_be_visible()
