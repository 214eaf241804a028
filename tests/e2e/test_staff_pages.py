"""The staff pages as pictures: sizes, targets, accessibility, hostile names; every answer is fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk.settings import ROOT
from tests.e2e import office_facts
from tests.e2e.staff_facts import HOSTILE, NOW
from tests.e2e.staff_stage import ORIGIN, PAGES, Stage

pytestmark = pytest.mark.e2e

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"tablet": (1180, 820), "upright": (820, 1180), "desk": (1366, 768), "phone": (390, 844)}
#: Everything that is pressed; a link inside a sentence would be an exception, there is none.
_SMALL = """() => [...document.querySelectorAll('button, a[href], select, summary, [role=radio], label.choice,' +
  ' input:not([type=radio]):not([type=checkbox]):not([type=hidden])')]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.classList.contains('unseen')
    && !e.classList.contains('skip') && !e.closest('#detail:not([open])[hidden]'))
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([html, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)"""
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

Open = Callable[..., tuple[Page, Stage]]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a staff page on a stage; at the end nothing may have been written to the console as an error."""
    complaints: list[str] = []
    contexts = []

    def open_page(name: str, size: str = "tablet", language: str = "zh_CN", **values: Any) -> tuple[Page, Stage]:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=True,
            reduced_motion="reduce",
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        stage = Stage(context, language)
        stage.values = values
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(ORIGIN + PAGES[name])
        if name not in ("login", "setup"):
            settle(page)
        return page, stage

    yield open_page
    for context in contexts:
        context.close()
    assert [said for said in complaints if "ERR_CONNECTION_REFUSED" not in said and "409" not in said] == []


def settle(page: Page) -> None:
    """Until everything that was to be read is on the page."""
    expect(page.locator("[aria-busy=true], .skeleton")).to_have_count(0)


def fits(page: Page) -> None:
    """No sideways scrolling, targets of 44 px."""
    assert page.evaluate(_WIDE) <= 0
    assert page.evaluate(_SMALL) == []


def check(page: Page) -> None:
    """It fits, and axe finds nothing."""
    fits(page)
    # The policy forbids foreign scripts on the page; axe comes in through the debugger.
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        ".then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')))"
    )
    assert found == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_every_screen_and_is_accessible(opened: Open, name: str, language: str) -> None:
    page, _ = opened(name, "tablet", language)
    if language == "zh_CN":
        check(page)
    words = page.evaluate("() => document.body.innerText + document.title")
    assert "staff." not in words  # a key that has no text
    assert "refusal." not in words
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
    if name in office_facts.PAGES and language == "zh_CN":  # tables that a phone scrolls sideways
        check(page)
    if name in ("visits", "roster", "people", "audit", "devices", *office_facts.PAGES):  # names are only text
        assert HOSTILE in words
        assert page.locator("img[src=x]").count() == 0
        assert "owned" not in page.title()


@pytest.mark.parametrize(("size", "language"), [("tablet", "en"), ("phone", "zh_CN")])
def test_who_is_missing_is_listed_accessibly(opened: Open, size: str, language: str) -> None:
    page, stage = opened("progress", size, language)
    stage.answers["/staff/api/progress"] = {**office_facts.PROGRESS, "people": office_facts.PEOPLE}
    page.locator("[data-step=missing] a").click()
    expect(page.get_by_test_id("people").locator("tbody tr")).to_have_count(2)
    expect(page.locator("#people-title")).to_be_focused()
    settle(page)
    check(page)
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh_CN", ("类别免缴", "金额¥180.00", "人数12")), ("en", ("kindwaived", "amount¥180.00"))],
)
def test_the_audit_speaks_in_words_and_shows_how_it_was_written(
    opened: Open, language: str, said: tuple[str, ...]
) -> None:
    page, _ = opened("audit", "tablet", language)
    row = page.get_by_test_id("audit-row").filter(has_text="¥180.00").first
    for words in said:
        expect(row.locator(".audit-detail > div", has_text=words)).to_have_count(1)
    raw = row.get_by_test_id("raw")
    expect(raw.locator("code")).to_be_hidden()
    raw.locator("summary").click()
    expect(raw.locator("code")).to_have_text('{"kind":"waived","heads":12,"cents":18000}')
    check(page)


@pytest.mark.parametrize("size", ["tablet", "phone"])
def test_the_panel_of_a_visit_is_accessible(opened: Open, size: str) -> None:
    page, _ = opened("visits", size)
    page.locator("[data-visit=v2047] [data-testid=open]").click()
    expect(page.get_by_test_id("detail").locator(".timeline")).to_be_visible()
    expect(page.get_by_test_id("detail").locator(".shot img").first).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.locator("[data-visit=v2047] [data-testid=open]")).to_be_focused()


@pytest.mark.parametrize(
    ("visit", "action"),
    [("v2047", "decide_shot"), ("v113x", "remeasure"), ("v4418", "resolve_report"), ("v7750", "resume")],
)
def test_dialogs_of_rows_are_accessible(opened: Open, visit: str, action: str) -> None:
    page, _ = opened("visits", "phone" if action == "resume" else "tablet", "en")
    page.locator(f"[data-visit={visit}] [data-action={action}]").click()
    expect(page.get_by_test_id(f"dialog-{action}")).to_be_visible()
    settle(page)
    (check if action in ("decide_shot", "resolve_report") else fits)(page)


def test_a_late_word_of_a_scroll_leaves_the_menu_open_and_a_real_scroll_closes_it(opened: Open) -> None:
    page, _ = opened("visits")
    page.locator("[data-visit=v5123] [data-testid=more]").click()
    page.evaluate("() => { dispatchEvent(new Event('scroll')); }")
    expect(page.locator("[role=menu]")).to_be_visible()
    page.evaluate("() => scrollBy(0, scrollY > 100 ? -100 : 100)")
    expect(page.locator("[role=menu]")).to_have_count(0)


def test_a_reason_is_asked_for_and_the_press_carries_a_key(opened: Open) -> None:
    page, stage = opened("visits")
    stage.answers["/staff/api/actions/cancel"] = {"ok": True, "result": {"number": 19}, "snapshot": None}
    page.locator("[data-visit=v5123] [data-testid=more]").click()
    check(page)
    page.locator("[role=menu] [data-action=cancel]").click()
    page.get_by_test_id("dialog-submit").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择或写明原因")
    page.get_by_test_id("reason-2").check()
    page.get_by_test_id("reason-note").fill("已电话确认")
    page.get_by_test_id("dialog-submit").click()
    expect(page.get_by_test_id("toast")).to_contain_text("已取消")
    [(path, body)] = [sent for sent in stage.sent if "/actions/" in sent[0]]
    assert path.endswith("/cancel")
    assert body["reason"] == "学生已离开（已电话确认）"
    assert body["visit"] == "v5123"
    assert len(body["key"]) == 32


def test_a_thumb_beside_a_dialog_throws_away_nothing_that_was_filled_in(opened: Open) -> None:
    page, _ = opened("visits")

    def ask() -> None:
        page.locator("[data-visit=v5123] [data-testid=more]").click()
        page.locator("[role=menu] [data-action=cancel]").click()
        page.get_by_test_id("dialog-submit").wait_for()

    ask()
    page.mouse.click(5, 400)
    expect(page.locator("dialog")).to_have_count(0)
    ask()
    page.get_by_test_id("reason-note").fill("已电话确认")
    page.mouse.click(5, 400)
    page.get_by_test_id("reason-note").press("End")
    expect(page.get_by_test_id("reason-note")).to_have_value("已电话确认")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_what_a_form_lacks_is_said_where_it_is_seen_beside_the_field(opened: Open) -> None:
    page, _ = opened("visits", "phone")
    page.set_viewport_size({"width": 390, "height": 480})
    page.locator("[data-visit=v5123] [data-testid=more]").click()
    page.locator("[role=menu] [data-action=cancel]").click()
    page.get_by_test_id("dialog-submit").click()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("reason-1")).to_be_focused()
    expect(page.get_by_test_id("reason-1")).to_be_in_viewport(ratio=1)


def test_a_refusal_says_its_sentence_and_what_to_do_next(opened: Open) -> None:
    page, stage = opened("visits")
    refusal = {"code": "seat_taken", "category": "staff", "staff": "座位上有人。", "next": "请稍候再叫。"}
    stage.answers["/staff/api/actions/call_next"] = {"ok": False, "refusal": refusal}
    page.locator("[data-station=kiosk-2] [data-action=call_next]").click()
    expect(page.get_by_test_id("toast")).to_contain_text("座位上有人。")
    expect(page.get_by_test_id("toast")).to_contain_text("请稍候再叫。")
    check(page)


def test_a_press_without_an_answer_is_sent_again_with_the_same_key(opened: Open) -> None:
    page, stage = opened("visits")
    sent: list[str] = []
    page.on(
        "request", lambda asked: sent.append(asked.post_data_json["key"]) if "/actions/" in asked.url else None
    )
    stage.offline = True
    page.locator("[data-station=kiosk-2] [data-action=answer_call]").click()
    expect(page.locator("#lost")).to_be_visible()
    check(page)
    stage.offline = False
    stage.answers["/staff/api/actions/answer_call"] = {"ok": True, "result": {}, "snapshot": None}
    page.get_by_test_id("toast-action").click()
    expect(page.get_by_test_id("toast").last).to_contain_text("工作人员到场")
    expect(page.locator("#lost")).to_be_hidden()
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_a_parked_visit_can_be_taken_back_at_once(opened: Open) -> None:
    page, stage = opened("visits")
    after = stage.answers["/staff/api/snapshot"]
    after = {**after, "version": 813, "visits": [dict(row) for row in after["visits"]]}
    row = next(row for row in after["visits"] if row["id"] == "v5123")
    row.update(state="parked", actions=["resume", "cancel"])
    stage.answers["/staff/api/snapshot"] = after
    stage.answers["/staff/api/actions/park_visit"] = {"ok": True, "result": {"number": 19}, "snapshot": after}
    stage.answers["/staff/api/actions/resume"] = {"ok": True, "result": {"number": 19}, "snapshot": None}
    page.locator("[data-visit=v5123] [data-testid=more]").click()
    page.locator("[role=menu] [data-action=park_visit]").click()
    page.get_by_test_id("reason-1").check()
    page.get_by_test_id("dialog-submit").click()
    expect(page.locator("[data-group=hand] [data-visit=v5123]")).to_be_visible()
    page.get_by_test_id("toast-action").click()
    expect(page.get_by_test_id("toast").last).to_contain_text("继续办理")
    assert stage.sent[-1][1]["visit"] == "v5123"


def test_a_person_without_a_card_is_searched_chosen_and_confirmed(opened: Open) -> None:
    page, stage = opened("visits")
    stage.answers["/staff/api/actions/confirm_without_card"] = {"ok": True, "result": {}, "snapshot": None}
    page.get_by_test_id("confirm-without-card").click()
    page.get_by_test_id("student-search").fill("王玥")
    page.locator("[data-student='1']").click()
    check(page)
    assert "王" not in page.url
    page.get_by_test_id("reason-1").check()
    page.get_by_test_id("dialog-submit").click()
    expect(page.get_by_test_id("toast")).to_be_visible()
    body = stage.sent[-1][1]
    assert (body["student"], body["station"]) == (1, "kiosk-2")  # the free kiosk is offered first


def test_what_may_be_let_through_is_seen_as_soon_as_it_is_refused(opened: Open) -> None:
    page, stage = opened("visits", "phone")
    refusal = {
        "code": "not_in_time_slot",
        "category": "staff",
        "staff": "该学生的时间段是明天。",
        "next": "请在时间段内再来。",
    }
    stage.answers["/staff/api/actions/confirm_without_card"] = {"ok": False, "refusal": refusal}
    page.get_by_test_id("confirm-without-card").click()
    page.get_by_test_id("student-search").fill("王玥")
    page.locator("[data-student='1']").click()
    page.get_by_test_id("reason-1").check()
    page.get_by_test_id("dialog-submit").click()
    expect(page.get_by_role("alert")).to_contain_text("明天")
    expect(page.locator("dialog input[value=not_in_time_slot]")).to_be_in_viewport(ratio=1)
    check(page)


def test_a_bad_roster_is_reported_row_by_row(opened: Open) -> None:
    page, _ = opened("roster")
    page.get_by_test_id("campaign").select_option("nx-2026-spring")
    page.get_by_test_id("file").set_input_files(
        {"name": "名册.xlsx", "mimeType": "application/x", "buffer": b"PK"}
    )
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("report-row")).to_have_count(4)
    expect(page.get_by_test_id("report-row").first).to_contain_text("末位已丢失")
    expect(page.get_by_test_id("report-row").first).to_contain_text("I18")
    expect(page.get_by_test_id("change")).to_have_count(2)
    order = page.locator("[data-testid=report-row], [data-testid=change]")
    expect(order.first).to_contain_text("I18")  # what has to be mended stands above what would change
    expect(page.get_by_test_id("confirm")).to_have_count(0)  # nothing can be imported before it is mended
    check(page)
    page.get_by_test_id("skip-bad").click()
    expect(page.get_by_test_id("dialog-skip")).to_be_visible()
    fits(page)


def test_the_list_is_walked_by_keys_and_searched(opened: Open) -> None:
    page, _ = opened("visits")
    page.keyboard.press("j")
    expect(page.locator("[data-visit=v113x] [data-testid=open]")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("detail")).to_have_attribute("data-visit", "v113x")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("3307")
    expect(page.locator("[data-visit]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_test_id("search").fill("nobody")
    expect(page.get_by_text("没有找到")).to_be_visible()
    fits(page)


def test_an_empty_day_says_so(opened: Open) -> None:
    page, stage = opened("visits", language="en")
    now = stage.answers["/staff/api/snapshot"]
    stations = [{**station, "called_staff_since": None} for station in now["stations"]]
    stage.answers["/staff/api/snapshot"] = {**now, "version": 813, "visits": [], "stations": stations}
    page.reload()
    expect(page.get_by_text("No visit yet today")).to_be_visible()
    fits(page)


@pytest.mark.parametrize("name", ["login", "setup"])
def test_a_refused_form_is_calm_and_accessible(opened: Open, name: str) -> None:
    refusal = {"code": "login_failed", "staff": "登录名或密码不对。", "next": "请再试一次。"}
    page, _ = opened(name, "phone", refusal=refusal, login="chen")
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对。")
    check(page)
