"""How the pages look: every screen from a fixed snapshot, at every size, in both languages.

The snapshots are written by hand (kiosk_stage.py) and nothing is decided here; journeys are tested in tests/e2e.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.harness.waiting import until
from tests.web.kiosk_stage import ROOT, Stage, scenes, served

pytestmark = pytest.mark.e2e

LOOK = (Path(__file__).parent / "kiosk_look.js").read_text("utf-8")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_CALL = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .map(({id, nodes}) => id + ": " + nodes.map((node) => node.html).join(" | "))"""
PORTRAIT, LANDSCAPE, LAPTOP = (1080, 1920), (1920, 1080), (1366, 768)
LANGUAGES = ("zh_CN", "en")
NAMES = list(scenes("zh_CN"))


@pytest.fixture(scope="module")
def stage() -> Stage:
    """The pages without a backend."""
    return Stage()


@pytest.fixture(scope="module")
def address(stage: Stage) -> Iterator[str]:
    """Where the stage is served."""
    with served(stage) as url:
        yield url


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all screens; it carries nothing from one to the next, because each is loaded anew."""
    with browser.new_context(reduced_motion="reduce") as context:
        made = context.new_page()
        made.add_init_script(path=AXE)
        yield made


def _size(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def _open(page: Page, stage: Stage, address: str, name: str, language: str = "zh_CN") -> None:
    page.goto("about:blank")  # the page before must not see the new scene: it would rightly reload itself
    stage.show(name, language)
    stage.posted.clear()
    page.goto(f"{address}/kiosk/")
    expected = "superseded" if name == "superseded" else stage.snapshot["screen"]
    page.wait_for_selector(f'body[data-screen="{expected}"]')
    if stage.snapshot["screen"] in ("capture", "review"):
        page.wait_for_selector('[data-testid="preview"][data-live="1"], [data-testid="shot"]')


def _looks(page: Page, where: str, wrong: list[str]) -> None:
    wrong.extend(f"{where}: {problem}" for problem in page.evaluate(LOOK))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_screen_fits_every_size(page: Page, stage: Stage, address: str, name: str, language: str) -> None:
    """No scrolling, nothing clipped or overlapping, large enough to touch and read; axe finds nothing."""
    _size(page, PORTRAIT)
    _open(page, stage, address, name, language)
    wrong: list[str] = []
    for large in ("0", "1"):
        page.evaluate(f"() => {{ document.documentElement.dataset.large = '{large}' }}")
        for size in (PORTRAIT, LANDSCAPE, LAPTOP):
            _size(page, size)
            _looks(page, f"{size[0]}×{size[1]}{' large' if large == '1' else ''}", wrong)
    if language == "zh_CN" or name in ("welcome", "declare"):
        wrong += page.evaluate(AXE_CALL)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE])
def test_the_picture_in_review_has_its_own_size(
    page: Page, stage: Stage, address: str, size: tuple[int, int], language: str
) -> None:
    """Neither shrunk nor blown up: 480 × 640, the pixels that will be reported."""
    _size(page, size)
    _open(page, stage, address, "review", language)
    box = page.locator('[data-testid="shot"]').bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (480, 640)


@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE, LAPTOP])
def test_the_views_within_a_screen_fit_too(page: Page, stage: Stage, address: str, size: tuple[int, int]) -> None:
    """Reporting a wrong field, each question, the summary, the help without a card, the idle warning."""
    _size(page, size)
    wrong: list[str] = []

    def look(where: str) -> None:
        for large in ("1", "0"):
            page.evaluate(f"() => {{ document.documentElement.dataset.large = '{large}' }}")
            _looks(page, f"{where}{' large' if large == '1' else ''}", wrong)
        if size == PORTRAIT and where.startswith("zh_CN"):
            wrong.extend(page.evaluate(AXE_CALL))

    for language in LANGUAGES:
        _open(page, stage, address, "confirm", language)
        page.click('[data-action="wrong"]')
        page.click('[data-action="field"] >> nth=2')
        look(f"{language} report")
        _open(page, stage, address, "identify", language)
        page.click('[data-action="no_card"]')
        look(f"{language} no card")
        _open(page, stage, address, "declare", language)
        for number in range(5):
            look(f"{language} question {number}")
            page.click('[data-action="answer"] >> nth=0')
        look(f"{language} summary")
    assert not wrong, "\n".join(wrong)


def test_a_declaration_is_signed_only_after_every_answer_was_seen(page: Page, stage: Stage, address: str) -> None:
    """Back and change keep the other answers; what is sent is what was chosen last."""
    _open(page, stage, address, "declare")
    page.click('[data-question="health_code"][data-value="yellow"]')
    page.click('[data-action="answer_back"]')
    expect(page.locator('[data-value="yellow"]')).to_have_attribute("aria-pressed", "true")
    page.click('[data-value="green"]')
    for question in ("left_region", "fever_or_cough", "risk_area_stay", "risk_area_contact"):
        page.click(f'[data-question="{question}"][data-value="no"]')
    page.click('[data-action="answer_edit"][data-value="left_region"]')
    page.click('[data-question="left_region"][data-value="yes"]')
    page.click('[data-action="declare"]')
    until(lambda: stage.posted and stage.posted[-1][0] == "actions/declare", 30, "the press arrived")
    path, sent = stage.posted[-1]
    assert path == "actions/declare"
    assert sent["answers"] == {
        "health_code": "green",
        "left_region": "yes",
        "fever_or_cough": "no",
        "risk_area_stay": "no",
        "risk_area_contact": "no",
    }
    assert len(sent["key"]) == 32


def test_a_lost_answer_is_asked_again_with_the_same_key(page: Page, stage: Stage, address: str) -> None:
    """The press is one decision however often the network fails, and the banner says that we reconnect."""
    _open(page, stage, address, "confirm")
    keys: list[str] = []

    def lose(route: Any) -> None:
        keys.append(json.loads(route.request.post_data or "{}")["key"])
        if len(keys) < 3 or not seen:
            route.abort()
        else:
            route.continue_()

    seen = False
    page.route("**/kiosk/api/actions/confirm", lose)
    page.click('[data-action="confirm"]')
    expect(page.locator('[data-strip="offline"]')).to_be_visible()
    seen = True
    expect(page.locator('body[data-busy="0"]')).to_be_attached()
    page.unroute("**/kiosk/api/actions/confirm")
    assert len(keys) >= 3
    assert len(set(keys)) == 1
    expect(page.locator('[data-strip="offline"]')).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "settings", "action"),
    [
        ("waiting", {"waiting_screen_seconds": 1}, "step_aside"),
        ("receipt", {"receipt_screen_seconds": 1}, "finish"),
        ("data_reported", {"idle_warn_seconds": 1, "idle_park_seconds": 2}, "leave"),
    ],
)
def test_no_screen_stays_for_ever_even_when_leaving_it_fails_once(
    page: Page, stage: Stage, address: str, name: str, settings: dict[str, int], action: str
) -> None:
    """The stage answers each press with the screen as it was, like a server that could not decide."""
    page.goto("about:blank")
    stage.show(name, "zh_CN")
    stage.snapshot["settings"].update(settings)
    stage.posted.clear()
    page.goto(f"{address}/kiosk/")
    until(lambda: [path for path, _ in stage.posted].count(f"actions/{action}") >= 2, 60, "it is tried again")
    page.goto("about:blank")


def test_records_put_back_from_a_copy_are_shown_although_their_version_is_lower(
    page: Page, stage: Stage, address: str
) -> None:
    page.goto("about:blank")
    stage.show("welcome", "zh_CN")
    stage.snapshot.update(version=900, now="2026-11-22T08:00:00.000Z")
    page.goto(f"{address}/kiosk/")
    page.wait_for_selector('body[data-screen="welcome"]')
    stage.show("identify", "zh_CN")
    stage.snapshot.update(version=3, now="2026-11-22T08:00:30.000Z")
    page.wait_for_selector('body[data-screen="identify"]')
    page.goto("about:blank")


def test_nothing_of_a_student_stays_after_the_visit_has_left(page: Page, stage: Stage, address: str) -> None:
    """A new page is loaded in the place of the old one; no storage, no entry in the history."""
    _open(page, stage, address, "receipt")
    page.evaluate("() => { window.marked = true }")
    before = page.evaluate("history.length")
    stage.show("welcome", "zh_CN")
    stage.snapshot["version"] = 2
    # the page may have read it already: then there is nothing to press any more
    page.evaluate("() => document.querySelector('[data-action=finish]')?.click()")
    page.wait_for_selector('body[data-screen="welcome"]')
    left = page.evaluate("[window.marked ?? null, history.length, localStorage.length, sessionStorage.length]")
    assert left == [None, before, 0, 0]
    assert "005" not in page.content()


def test_the_preview_is_mirrored_and_reports_its_figures(page: Page, stage: Stage, address: str) -> None:
    """The stage's frame is brighter on one side; on the canvas that side is the other one."""
    _open(page, stage, address, "capture-hold")
    expect(page.locator('[data-testid="hint"]')).to_have_attribute("data-state", "hold")
    expect(page.locator('[data-testid="hint"]')).to_have_attribute("data-held", "0.6")
    figures = page.eval_on_selector('[data-testid="preview"]', "(node) => ({...node.dataset})")
    assert int(figures["frames"]) >= 1
    assert {"fps", "age", "ageP95", "dropped"} <= set(figures)
    left, right = page.eval_on_selector(
        '[data-testid="preview"] canvas',
        """(canvas) => [0.06, 0.94].map((x) => canvas.getContext("2d")
            .getImageData(Math.round(canvas.width * x), Math.round(canvas.height / 2), 1, 1).data[0])""",
    )
    assert right > left + 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receipt_is_one_light_card(page: Page, stage: Stage, address: str, language: str) -> None:
    """390 × 844, at most 60 kB, no script."""
    stage.show("welcome", language)
    wrong: list[str] = []
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    _size(page, (390, 844))
    for photo in ("accepted", "with_staff"):
        stage.receipt = {
            "number": 5, "photo": photo, "name": "欧***", "accepted_at": "2026年9月1日 10:02:11",
            "expires_on": "2026年11月30日", "campaign": "2026 年秋季毕业生图像采集",
            "registered": photo == "accepted",
        }  # fmt: skip
        page.goto(f"{address}/r/x")
        assert sum(sizes) <= 60_000
        _looks(page, photo, wrong)
        wrong += page.evaluate(AXE_CALL)
        sizes.clear()
    page.goto(f"{address}/error")
    _looks(page, "error", wrong)
    wrong += page.evaluate(AXE_CALL)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_shows_numbers_and_seats(page: Page, stage: Stage, address: str, language: str) -> None:
    """At 1920 × 1080, with one call, three, and none."""
    stage.show("welcome", language)
    _size(page, LANDSCAPE)
    wrong: list[str] = []
    for count in (0, 1, 3):
        stage.board = {
            "version": 1, "now": "2026-09-01T02:00:00+00:00", "session_open": True, "waiting": 12,
            "called": [{"number": 5 + i, "seat": str(i + 1), "since": "x"} for i in range(count)],
            "next": [{"number": 9 + i, "seat": None} for i in range(8 if count else 0)],
        }  # fmt: skip
        page.goto(f"{address}/board")
        expect(page.locator("#called li")).to_have_count(count)
        expect(page.locator("#waiting")).to_have_text("12")
        _looks(page, f"{count} called", wrong)
        wrong += page.evaluate(AXE_CALL)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("scene", "code", "measured", "staff"),
    [
        ("review", None, False, False),
        ("review-fail", "eyes_open", True, False),
        ("review-ask", "head_cover", False, True),
        ("review-asked", "head_cover", False, True),
        ("review-last", "eyes_open", True, True),
    ],
)
def test_the_review_says_one_reason_with_its_value_and_who_decides(
    page: Page, stage: Stage, address: str, scene: str, code: str | None, measured: bool, staff: bool
) -> None:
    """Passed: no reason. Failed: its picture, value and band. Asked, or no shot left: that staff decide."""
    _size(page, PORTRAIT)
    _open(page, stage, address, scene)
    reasons = page.get_by_test_id("reason")
    expect(reasons).to_have_count(0 if code is None else 1)
    if code is not None:
        expect(reasons).to_have_attribute("data-check", code)
        expect(reasons.locator("svg.sign")).to_be_visible()
        expect(page.locator(f".checks [data-check='{code}']")).to_have_count(0)
    expect(reasons.locator("svg.band")).to_have_count(int(measured))
    expect(page.locator(".why-decides")).to_have_count(int(staff))
