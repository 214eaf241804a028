"""A campaign is set up, its schedule made and moved, its lists printed, its session opened: in a browser."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

import kiosk.actions.catalogue  # noqa: F401 - registers the actions
from kiosk.actions.base import ADMINISTRATOR, STAFF, Actor, perform
from kiosk.domain.queue import day_of
from kiosk.records.site_tables import Slot, SlotAssignment
from kiosk.records.tables import Campaign
from kiosk.settings import ROOT
from tests.e2e.tablet import TABLET, Tablet, hire
from tests.harness.kiosk import Kiosk

pytestmark = pytest.mark.e2e

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
OPEN = "open-2027-spring"
DAY = day_of(datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that opens by its checklist, with staff and a site; its devices are off."""
    off = {f"devices.{device}.driver": "off" for device in ("reader", "camera", "thermometer", "codes")}
    kiosk = Kiosk(tmp_path_factory.mktemp("office"), {**off, "opening.required": True})
    kiosk.start()
    try:
        for login, role, language in (
            ("boss", "administrator", "zh_CN"), ("planner", "headquarters", "en"), ("usher", "usher", "zh_CN")
        ):  # fmt: skip
            hire(kiosk, login, role, language)
        press(kiosk, "save_site", code="hall", title="礼堂", waiting_metres=4.0, seats=1, student_seconds=300)
        press(
            kiosk, "make_slots", campaign=OPEN, days=[DAY], opens="09:00", closes="10:00", minutes=30, capacity=4
        )
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


def press(kiosk: Kiosk, name: str, **arguments: object) -> None:
    database = kiosk.db()
    try:
        actor = Actor(STAFF, "boss", ADMINISTRATOR)
        perform(database, kiosk.settings, name, key=secrets.token_hex(8), actor=actor, arguments=arguments)
    finally:
        database.close()


@pytest.fixture
def at(office: Kiosk, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """A function that opens a staff page as somebody."""

    def opened(login: str, path: str) -> Page:
        page = open_page(TABLET, has_touch=True, timezone_id="Asia/Shanghai", accept_downloads=True)
        Tablet(office, page).log_in(login)
        page.goto(office.url + path)
        expect(page.locator("[aria-busy=true], .skeleton")).to_have_count(0)
        return page

    return opened


def sound(page: Page) -> None:
    """Nothing wider than the page, and axe finds nothing."""
    assert page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})")
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]] == []


def submit(page: Page, name: str) -> None:
    dialog = page.locator(f"dialog[data-testid='{name}']")
    dialog.locator("[data-testid='dialog-submit']").click()
    dialog.wait_for(state="hidden")


def due(office: Kiosk) -> list[tuple[int, int]]:
    """(student, slot) of everybody who has a place, by slot."""
    database = office.db()
    try:
        with database.read() as session:
            rows = session.execute(
                select(SlotAssignment.student_id, SlotAssignment.slot_id)
                .join(Slot, Slot.id == SlotAssignment.slot_id)
                .where(SlotAssignment.state == "due")
                .order_by(Slot.starts_at, SlotAssignment.student_id)
            )
            return [(row[0], row[1]) for row in rows]
    finally:
        database.close()


def test_what_is_wrong_with_a_new_site_is_said_at_its_field_and_nothing_is_overwritten(
    office: Kiosk, at: Callable[..., Page]
) -> None:
    page = at("planner", "/staff/organisation")
    page.get_by_test_id("add-site").click()
    dialog = page.get_by_test_id("dialog-site")
    for name, value in (("code", "Hall 9"), ("title", "Another"), ("waiting_metres", "4"), ("seats", "0")):
        dialog.get_by_test_id(name).fill(value)
    for name, mended, told in (("code", "hall-9", "Code"), ("seats", "1", "Seats")):
        dialog.get_by_test_id("dialog-submit").click()
        expect(dialog.get_by_role("alert")).to_contain_text(f"“{told}” is not right")
        expect(dialog.get_by_test_id(name)).to_be_focused()
        dialog.get_by_test_id(name).fill(mended)
    dialog.get_by_test_id("code").fill("hall")
    dialog.get_by_test_id("dialog-submit").click()
    expect(dialog.get_by_role("alert")).to_contain_text("礼堂")
    expect(dialog.get_by_test_id("code")).to_be_focused()
    sound(page)
    dialog.get_by_test_id("dialog-cancel").click()
    expect(page.locator("[data-site]")).to_have_count(1)
    page.get_by_test_id("add-unit").click()
    dialog = page.get_by_test_id("dialog-unit")
    dialog.get_by_test_id("code").fill("p1")
    dialog.get_by_test_id("unit_name").fill("金凤教学点")
    dialog.get_by_test_id("kind").select_option("province")
    submit(page, "dialog-unit")
    page.get_by_test_id("add-unit").click()
    dialog.get_by_test_id("code").fill("p2")
    dialog.get_by_test_id("unit_name").fill("金凤教学点")
    dialog.get_by_test_id("kind").select_option("province")
    dialog.get_by_test_id("dialog-submit").click()
    expect(dialog.get_by_role("alert")).to_contain_text("another one of its kind")
    expect(dialog.get_by_test_id("unit_name")).to_have_value("金凤教学点")


def test_a_campaign_is_set_up_step_by_step_and_counts_when_it_is_published(
    office: Kiosk, at: Callable[..., Page]
) -> None:
    page = at("planner", "/staff/campaigns")
    page.get_by_test_id("new").click()
    fill = lambda field, value: page.get_by_test_id(f"field-{field}").fill(value)  # noqa: E731
    fill("code", "autumn-2027")
    fill("title-zh_CN", "2027 年秋季")
    page.get_by_test_id("field-school_codes-51161").check()
    page.get_by_test_id("next").click()
    expect(page.locator("[data-step=whom]")).to_contain_text("1 open")  # the English name is missing
    page.get_by_test_id("field-profile").select_option("chsi-2017-99")
    expect(page.locator("[data-field=modes]")).to_contain_text("Student's own photo")
    sound(page)
    page.get_by_test_id("next").click()
    fill("capture_from", "2027-09-10")
    fill("capture_until", "2027-09-01")
    page.get_by_test_id("next").click()
    with page.expect_response(lambda answer: answer.url.endswith("/save_draft")):
        page.get_by_test_id("field-screening").select_option("short")
    page.reload()  # a draft lies on the server, with every field that was left
    expect(page.locator("[data-step=rules]")).to_have_attribute("aria-current", "step")
    expect(page.get_by_test_id("field-screening")).to_have_value("short")
    page.locator("[data-step=preview]").click()
    expect(page.get_by_test_id("publish")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("[data-shown=title]")).to_contain_text("This must be filled in")
    sound(page)
    page.locator("[data-step=whom]").click()
    fill("title-en", "Autumn 2027")
    page.locator("[data-step=when]").click()
    fill("capture_until", "2027-09-30")
    page.locator("[data-step=preview]").click()
    assert "autumn-2027" not in office.command("campaign", "list")  # nothing counts yet
    page.get_by_test_id("publish").click()
    submit(page, "dialog-publish")
    page.locator("[data-campaign='autumn-2027']").wait_for()
    assert "autumn-2027" in office.command("campaign", "list")
    with page.expect_download() as kept:
        page.locator("[data-campaign='autumn-2027']").get_by_test_id("export-toml").click()
    text = Path(kept.value.path()).read_text("utf-8")
    assert 'code = "autumn-2027"' in text and "capture_until = 2027-09-30" in text
    file = Path(kept.value.path()).with_name("copy.toml")
    file.write_text(
        text.replace("autumn-2027", "autumn-2028").replace('code = "hall"', 'code = "hall-2"'), "utf-8"
    )
    page.get_by_test_id("import").set_input_files(file)
    submit(page, "dialog-import")
    page.wait_for_url("**/setup#*")
    expect(page.get_by_test_id("preview")).to_be_visible()
    expect(page.locator("[data-shown=code]")).to_contain_text("autumn-2028")


def test_students_are_spread_dragged_and_moved_without_a_pointer(office: Kiosk, at: Callable[..., Page]) -> None:
    page = at("boss", f"/staff/schedule?campaign={OPEN}")
    page.get_by_test_id("campaign").select_option(OPEN)
    page.get_by_test_id("spread").click()
    submit(page, "dialog-spread")
    expect(page.locator("[data-slot]:not(.without)").first.locator(".chip")).to_have_count(4)
    sound(page)
    first = page.locator("[data-slot]:not(.without)").first
    out = first.locator(".chip").first
    moved = int(str(out.get_attribute("data-student")))
    page.locator(".without").scroll_into_view_if_needed()
    drag(page, out, page.locator(".without h2"))
    expect(first.locator(".chip")).to_have_count(3)
    assert moved not in dict(due(office))
    chip = page.locator(f".without [data-student='{moved}'] button.chip-words")
    chip.focus()
    page.keyboard.press("m")  # the same without a pointer
    dialog = page.locator("dialog[data-testid='dialog-move']")
    dialog.get_by_test_id("target").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    expect(first.locator(f"[data-student='{moved}']")).to_have_count(1)
    for index in (0, 1):
        first.locator(".chip button.chip-words").nth(index).click()
    page.get_by_test_id("move").click()
    dialog.get_by_test_id("target-none").check()
    submit(page, "dialog-move")
    expect(first.locator(".chip")).to_have_count(2)
    page.get_by_test_id("search").fill("没有这个人")
    expect(page.locator(".without")).to_contain_text("没有找到")


def drag(page: Page, item: Locator, target: Locator) -> None:
    """With the mouse by the grip, in steps as a hand does it."""
    grip, box = item.locator(".chip-grip").bounding_box(), target.bounding_box()
    assert grip and box
    page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 40, grip["y"] + 30, steps=4)
    page.mouse.move(box["x"] + 20, box["y"] + 10, steps=6)
    page.mouse.up()


def test_a_half_written_draft_is_not_lost_to_the_other_language_nor_to_another_tablet(
    office: Kiosk, at: Callable[..., Page]
) -> None:
    page = at("boss", "/staff/campaigns/setup")
    page.get_by_test_id("field-code").fill("half-done")
    page.get_by_test_id("language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("field-code")).to_have_value("half-done")
    page.get_by_test_id("language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    draft = page.evaluate("() => location.hash")
    other = at("planner", f"/staff/campaigns/setup{draft}")
    expect(other.get_by_test_id("field-code")).to_have_value("half-done")
    page.get_by_test_id("field-title-zh_CN").fill("甲")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("toast")).to_be_visible()
    other.get_by_test_id("field-title-en").fill("B")
    other.get_by_test_id("next").click()
    expect(other.get_by_test_id("toast")).to_contain_text("changed on another page")
    expect(other.get_by_test_id("field-title-en")).to_have_value("B")
    expect(other.get_by_test_id("next")).to_be_in_viewport(ratio=1)
    other.get_by_test_id("next").click(trial=True)  # nothing lies over it
    other.get_by_test_id("toast-action").click()
    expect(other.get_by_test_id("field-title-zh_CN")).to_have_value("甲")


def test_the_other_language_waits_for_a_save_under_way(office: Kiosk, at: Callable[..., Page]) -> None:
    page = at("boss", "/staff/campaigns/setup")
    before = str(page.locator("html").get_attribute("lang"))
    order: list[str] = []
    held: list[Route] = []
    page.route("**/save_draft", lambda route: (order.append("save"), held.append(route)))
    page.route("**/staff/api/account", lambda route: (order.append("language"), route.continue_()))
    page.get_by_test_id("field-code").fill("on-its-way")
    with page.expect_request("**/save_draft"):
        page.get_by_test_id("language").click()
    page.wait_for_timeout(300)  # in which the language would be stored, and the page read anew without a draft
    order.append("answer")
    page.unroute("**/save_draft")
    held[0].continue_()
    expect(page.locator("html")).not_to_have_attribute("lang", before)
    expect(page.get_by_test_id("field-code")).to_have_value("on-its-way")
    assert order == ["save", "answer", "language"]
    page.get_by_test_id("language").click()
    expect(page.locator("html")).to_have_attribute("lang", before)


def test_a_save_whose_answer_was_lost_is_no_other_page(office: Kiosk, at: Callable[..., Page]) -> None:
    page = at("planner", "/staff/campaigns/setup")
    page.get_by_test_id("field-code").fill("lost-answer")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("toast")).to_be_visible()
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()  # it is kept, and nobody hears of it
        lost.append(str(route.request.post_data))
        route.abort()

    page.route("**/save_draft", lose, times=1)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/save_draft")):
        page.get_by_test_id("field-title-zh_CN").fill("甲")
        page.get_by_test_id("field-title-zh_CN").blur()
    page.get_by_test_id("field-title-en").fill("A")
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("field-profile")).to_be_visible()
    assert len(lost) == 1
    page.reload()
    page.locator("[data-step=whom]").click()
    expect(page.get_by_test_id("field-title-zh_CN")).to_have_value("甲")
    expect(page.get_by_test_id("field-title-en")).to_have_value("A")


def test_days_that_give_no_slot_are_told_and_none_is_left_out_silently(
    office: Kiosk, at: Callable[..., Page]
) -> None:
    page = at("planner", f"/staff/schedule?campaign={OPEN}")
    page.get_by_test_id("make").click()
    dialog = page.get_by_test_id("dialog-make")
    for first, last, told in (
        ("", "", "Choose"), ("2026-11-25", "2026-11-24", "no day to plan"),
        ("2026-11-28", "2026-11-29", "no day to plan"),
        ("2026-11-09", "2027-03-09", "At most 60 days"),
    ):  # fmt: skip
        dialog.get_by_test_id("make-from").fill(first)
        dialog.get_by_test_id("make-until").fill(last)
        dialog.get_by_test_id("dialog-submit").click()
        expect(dialog.get_by_role("alert")).to_contain_text(told)
    dialog.get_by_test_id("make-until").fill("2026-11-12")
    dialog.get_by_test_id("make-pause_until").fill("")
    dialog.get_by_test_id("dialog-submit").click()
    expect(dialog.get_by_role("alert")).to_contain_text("leave both empty")
    expect(dialog.get_by_test_id("make-from")).to_have_value("2026-11-09")


def test_an_usher_reads_the_schedule_and_prints_it(office: Kiosk, at: Callable[..., Page], tmp_path: Path) -> None:
    press(office, "spread_students", campaign=OPEN)
    page = at("usher", "/staff/schedule")
    page.get_by_test_id("campaign").select_option(OPEN)
    expect(page.locator(".chip").first).to_be_visible()
    expect(page.locator(".chip-grip, [data-testid=make], [data-testid=spread]")).to_have_count(0)
    page.get_by_test_id("print").click()
    with page.expect_download() as kept:
        page.get_by_test_id("print-list").click()
    printed = tmp_path / "list.pdf"
    kept.value.save_as(printed)
    words = subprocess.run(
        ["pdftotext", "-layout", printed, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert DAY in words and "09:00–09:30" in words and "礼堂" in words
    answer = page.goto(f"{office.url}/staff/campaigns/setup")
    assert answer is not None and answer.status == 403


def test_a_session_opens_when_its_checklist_is_signed(office: Kiosk, at: Callable[..., Page]) -> None:
    page = at("boss", "/staff/opening")
    for line in ("ways", "curtains", "waiting_area", "temperature_area", "observation_room"):
        page.locator(f"[data-line={line}]").get_by_test_id("sign").click()
        expect(page.locator(f"[data-line={line}]")).to_have_class("check-line holds")
    page.locator("[data-line=medic]").get_by_test_id("fill").click()
    page.get_by_test_id("value").fill("周医生")
    submit(page, "dialog-value")
    expect(page.locator("[data-line=medic]")).to_contain_text("周医生")
    page.locator("[data-line=approval] input[type=file]").set_input_files(
        {"name": "approval.png", "mimeType": "image/png", "buffer": PNG}
    )
    expect(page.locator("[data-line=approval] img")).to_be_visible()
    for line in ("disinfection", "ventilation"):
        page.locator(f"[data-line={line}]").get_by_test_id("log").click()
        page.get_by_test_id("log-begins").fill("00:00")
        page.get_by_test_id("log-ends").fill("00:00")
        page.locator("dialog [data-testid=dialog-submit]").click()
        expect(page.locator("dialog [role=alert]")).to_be_visible()  # it ends when it begins
        page.get_by_test_id("dialog-cancel").click()
    sound(page)
    campaign = page.locator(f"[data-campaign='{OPEN}']")
    campaign.get_by_test_id("open").click()  # devices and logs are missing: an administrator gives a reason
    dialog = page.locator("dialog[data-testid='dialog-override']")
    dialog.get_by_test_id("reason-1").check()
    submit(page, "dialog-override")
    expect(campaign).to_contain_text("boss")
    database = office.db()
    with database.read() as session:
        assert session.scalar(select(Campaign.id).where(Campaign.code == OPEN))
    database.close()


#: One grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
