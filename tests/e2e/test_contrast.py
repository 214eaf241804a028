"""The contrast option for sunlight: every word 7:1 on what it stands on, by the tokens and on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kiosk.settings import ROOT
from tests.e2e.staff_facts import NOW
from tests.e2e.staff_stage import ORIGIN, PAGES, Stage

pytestmark = pytest.mark.e2e

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CSS = ROOT / "kiosk" / "static" / "css"
TABLET = {"width": 1180, "height": 820}
#: WCAG 2.1, 1.4.6 contrast (enhanced).
ENHANCED = 7.0
WORDS = ("ink", "ink-soft", "ink-soft-tint", "accent", "accent-strong", "good", "warn", "bad")
GROUNDS = ("paper", "surface", "surface-sunk", "accent-soft", "good-soft", "warn-soft", "bad-soft")
ON_FULL = ("accent", "accent-strong", "bad", "ink")
#: What has to be seen without being read, 1.4.11: 3:1 on the page.
EDGES = ("line", "control-line", "focus", "quiet-fill")


def tokens() -> dict[str, str]:
    """Every colour as it is with the option on."""
    found: dict[str, str] = {}
    for name in ("tokens.css", "tokens-contrast.css"):
        found |= dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", (CSS / name).read_text("utf-8")))
    return found


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_tokens_of_the_option_have_seven_to_one() -> None:
    colours = tokens()
    weak = {
        (word, ground): round(contrast(colours[word], colours[ground]), 2)
        for word, ground in (*product(WORDS, GROUNDS), *product(("ink-inverse", "paper"), ON_FULL))
        if contrast(colours[word], colours[ground]) < ENHANCED
    }
    assert weak == {}
    assert {
        name: contrast(colours[name], colours["paper"])
        for name in EDGES
        if contrast(colours[name], colours["paper"]) < 3
    } == {}


def test_the_option_changes_tokens_that_there_are() -> None:
    known = set(re.findall(r"--([a-z-]+):", (CSS / "tokens.css").read_text("utf-8")))
    assert set(re.findall(r"--([a-z-]+):", (CSS / "tokens-contrast.css").read_text("utf-8"))) <= known


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    """A tablet on the stage."""
    context = browser.new_context(
        viewport=TABLET, has_touch=True, reduced_motion="reduce", timezone_id="Asia/Shanghai"
    )
    Stage(context, "zh_CN")
    yield context
    context.close()


def opened(context: BrowserContext, name: str) -> Page:
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.goto(ORIGIN + PAGES[name])
    expect(page.locator("[aria-busy=true], .skeleton")).to_have_count(0)
    return page


def paper(page: Page) -> str:
    return str(
        page.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--paper')")
    ).strip()


def test_the_switch_is_kept_on_the_device_and_may_say_no_to_the_system(tablet: BrowserContext) -> None:
    normal = re.search(r"--paper:\s*(#[0-9a-f]{6})", (CSS / "tokens.css").read_text("utf-8"))
    assert normal is not None
    page = opened(tablet, "visits")
    switch = page.get_by_test_id("contrast")
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert paper(page) == normal[1]
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert paper(page) == "#ffffff"
    assert paper(opened(tablet, "login")) == "#ffffff", "the door forgot it"
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    page.emulate_media(contrast="more")
    assert paper(page) == normal[1], "who switched it off has it off"
    page.evaluate("() => localStorage.clear()")
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert paper(page) == "#ffffff"


@pytest.mark.parametrize(
    "name", ["visits", "usher", "room", "seat", "devices", "packages", "account", "locked", "login"]
)
def test_the_main_pages_hold_the_enhanced_contrast(tablet: BrowserContext, name: str) -> None:
    tablet.add_init_script("localStorage.setItem('staff.contrast', 'more')")
    page = opened(tablet, name)
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "() => axe.run(document, {runOnly: {type: 'rule', values: ['color-contrast-enhanced']},"
        " rules: {'color-contrast-enhanced': {enabled: true}}}).then((r) => r.violations.flatMap((v) =>"
        " v.nodes.map((n) => n.any[0].message.slice(0, 200) + ' ' + n.html.slice(0, 120))))"
    )
    assert found == []
