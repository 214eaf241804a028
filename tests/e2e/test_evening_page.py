"""A day is closed in a browser: who is inside, the refusal, two people who force it, the report, the phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from kiosk.domain.states import VisitState
from kiosk.exchange.day_report_check import verify
from kiosk.records.tables import Visit
from kiosk.settings import ROOT
from tests.actions.desk import Desk
from tests.actions.test_evening import slot
from tests.e2e.tablet import PASSWORD, TABLET, hire
from tests.harness.kiosk import Kiosk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
#: Milliseconds that anything may take on a machine with other work.
SLOW = 90_000


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[tuple[Kiosk, Desk]]:
    """A kiosk without devices at the end of its day: one photographed, three waiting, one resting."""
    off = {f"devices.{device}.driver": "off" for device in ("reader", "camera", "thermometer", "codes")}
    kiosk = Kiosk(tmp_path, {**off, "demo": False, "station.campaign": "autumn", "visit.auto_call": False})
    kiosk.start()
    try:
        for login, role in (("boss", "administrator"), ("operator", "operator")):
            hire(kiosk, login, role)
        database = kiosk.db()
        try:
            desk = Desk(database, kiosk.settings, datetime.now(UTC))
            set_up(desk)
            yield kiosk, desk
        finally:
            database.close()
    finally:
        kiosk.stop()
        print(kiosk.logs())


def set_up(desk: Desk) -> None:
    """What happened before the evening."""
    today = desk.now.date()
    desk.prepare(6, capture_from=today - timedelta(days=2), capture_until=today + timedelta(days=30))
    slot(desk, 2, 0, [])
    visit = at_the_seat(desk, 1)
    desk.kiosk("accept", shot=desk.shoot(visit))
    desk.kiosk("finish")
    for student in (2, 3, 5):
        desk.to_queue(student)
        desk.kiosk("step_aside")
    resting = str(desk.card(4)["visit"])
    desk.staff("send_to_observation", visit=resting)


def at_the_seat(desk: Desk, student: int) -> str:
    """From the card to the camera, called by staff: this kiosk calls nobody by itself."""
    visit = desk.to_queue(student)
    desk.staff("call_next", station="kiosk-1")
    desk.kiosk("begin_capture")
    return visit


@pytest.fixture
def at(evening: tuple[Kiosk, Desk], open_page: Callable[..., Page]) -> Callable[[str], Page]:
    """A function that opens the page of the day as somebody."""

    def opened(login: str) -> Page:
        page = open_page(TABLET, has_touch=True, timezone_id="Asia/Shanghai", accept_downloads=True)
        page.set_default_timeout(SLOW)
        page.goto(evening[0].url + "/staff/login?next=/staff/day")
        page.fill("input[name='login']", login)
        page.fill("input[name='password']", PASSWORD)
        page.get_by_test_id("submit").click()
        page.locator("[data-campaign='autumn']").wait_for()
        return page

    return opened


def sound(page: Page) -> None:
    """Nothing wider than the page, and axe finds nothing."""
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]] == []


def dialog(page: Page, name: str) -> Locator:
    found = page.locator(f"dialog[data-testid='{name}']")
    found.wait_for()
    return found


def submit(found: Locator) -> None:
    found.get_by_test_id("dialog-submit").click()
    found.wait_for(state="hidden")


def press_on_an_old_page(page: Page, desk: Desk, inside: Locator) -> None:
    """A tablet without connection shows somebody who is gone: the press is refused, the page reads anew."""
    row = inside.filter(has_text="等候叫号").last
    visit = row.get_attribute("data-visit")
    assert visit is not None
    page.context.set_offline(True)
    desk.staff("cancel", visit=visit, reason="学生要求取消")
    row.locator("[data-action='cancel']").click()
    asked = dialog(page, "dialog-cancel-visit")
    asked.get_by_test_id("reason-1").click()
    page.context.set_offline(False)
    asked.get_by_test_id("dialog-submit").click()
    expect(asked.locator(".form-message")).to_be_visible()
    asked.get_by_test_id("dialog-cancel").click()
    asked.wait_for(state="hidden")
    expect(page.locator(f".role-row[data-visit='{visit}']")).to_have_count(0)
    assert desk.state(visit) == "cancelled"


def test_a_day_is_closed_and_accounted_for(
    evening: tuple[Kiosk, Desk], at: Callable[[str], Page], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    kiosk, desk = evening
    page = at("operator")
    part = page.locator("[data-campaign='autumn']")
    inside = part.locator(".role-row[data-visit]")
    expect(inside).to_have_count(4)
    expect(page.locator("[data-todo='inside']")).to_contain_text("4")
    expect(page.get_by_test_id("force")).to_have_count(0)  # not an operator's
    sound(page)
    press_on_an_old_page(page, desk, inside)
    expect(inside).to_have_count(3)

    page.get_by_test_id("close").click()
    asked = dialog(page, "dialog-close")
    asked.get_by_test_id("dialog-submit").click()
    expect(asked.locator(".form-message")).to_contain_text("3 人")  # refused, with what to do
    asked.get_by_test_id("dialog-cancel").click()
    asked.wait_for(state="hidden")

    inside.filter(has_text="等候叫号").first.locator("[data-action='move_visit']").click()
    move = dialog(page, "dialog-move")
    move.get_by_test_id("slot").select_option(index=1)
    move.get_by_test_id("reason-1").click()
    submit(move)
    expect(inside).to_have_count(2)

    with desk.database.read() as session:
        waiting = select(Visit.place_nonce).where(Visit.state == VisitState.QUEUED)
        nonce = session.scalars(waiting).one()
    phone = open_page(PHONE, locale="zh-CN")
    phone.goto(f"{kiosk.url}/q/{nonce}")
    expect(phone.locator("#ticket")).to_have_attribute("data-step", "waiting")
    page.context.close()

    boss = at("boss")
    boss.get_by_test_id("force").click()
    force = dialog(boss, "dialog-force")
    force.get_by_test_id("reason-1").click()
    force.get_by_test_id("second-login").fill("operator")
    force.get_by_test_id("second-password").fill("not the password")
    force.get_by_test_id("dialog-submit").click()
    expect(force.locator(".form-message")).to_be_visible()
    force.get_by_test_id("second-password").fill(PASSWORD)
    submit(force)

    expect(boss.locator("[data-campaign='autumn'] [data-visit]")).to_have_count(0)
    expect(boss.get_by_test_id("verdict").locator(".mark.good")).to_be_visible()
    expect(boss.get_by_test_id("close")).to_have_count(0)
    expect(boss.get_by_test_id("sum")).to_have_text(
        "应到 0 + 无预约到场 5 = 5　→　已拍 1 + 申报未通过 0 + 体温或观察 1 + 未到 0 + 取消 3"
    )
    expect(phone.locator("#ticket")).to_have_attribute("data-step", "closed")

    expect(boss.get_by_test_id("download")).to_be_visible(timeout=120_000)  # the worker made it by itself
    expect(boss.get_by_test_id("report-state")).to_contain_text("审计链完整")
    with boss.expect_download() as taken:
        boss.get_by_test_id("download").click()
    taken.value.save_as(tmp_path / "day.zip")
    found = verify(tmp_path / "day.zip")
    assert found.good and found.manifest["final"]
    sound(boss)

    boss.get_by_test_id("reopen").click()
    reopen = dialog(boss, "dialog-reopen")
    reopen.get_by_test_id("reason-1").click()
    submit(reopen)
    expect(boss.get_by_test_id("close")).to_be_visible()
