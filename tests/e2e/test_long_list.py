"""The staff list of a long day: groups open page by page, and only what changed is asked for and drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.staff_facts import NOW, snapshot, visit
from tests.e2e.staff_stage import ORIGIN, PAGES, Stage

pytestmark = pytest.mark.e2e

API = "/staff/api/snapshot"
WAITING = 230


def long_day() -> dict[str, Any]:
    """Many wait, nobody else is there."""
    rows = [visit(number, "queued", "10:20", "李**", f"{number:04d}") for number in range(1, WAITING + 1)]
    return {**snapshot(), "visits": rows, "cursor": "list.1", "since": None}


def changes(version: int, cursor: str, since: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {**snapshot(), "version": version, "cursor": cursor, "since": since, "visits": rows}


@pytest.fixture
def opened(open_page: Callable[..., Page]) -> tuple[Page, Stage]:
    """The list of a long day on a tablet."""
    page = open_page({"width": 1180, "height": 820}, has_touch=True, reduced_motion="reduce")
    stage = Stage(page.context, "zh_CN")
    stage.answers[API] = long_day()
    page.clock.set_fixed_time(NOW)
    page.goto(ORIGIN + PAGES["visits"])
    expect(page.locator("[data-filter=waiting] .count")).to_have_text(str(WAITING))
    return page, stage


def read_again(page: Page) -> str:
    """Let the page read its snapshot; the address it asked."""
    with page.expect_response(lambda answer: API in answer.url) as asked:
        page.evaluate("() => dispatchEvent(new Event('online'))")
    return asked.value.url


def test_a_long_group_opens_page_by_page_and_is_searched_as_a_whole(opened: tuple[Page, Stage]) -> None:
    page, _ = opened
    rows = page.locator("[data-group=waiting] [data-visit]")
    expect(rows).to_have_count(100)
    page.get_by_test_id("more-rows").click()
    expect(rows).to_have_count(200)
    expect(rows.nth(100).get_by_test_id("open")).to_be_focused()
    page.get_by_test_id("more-rows").click()
    expect(rows).to_have_count(WAITING)
    expect(page.get_by_test_id("more-rows")).to_have_count(0)
    page.get_by_test_id("search").fill("229")
    expect(page.locator("[data-visit]")).to_have_count(1)


def test_the_page_says_what_it_has_and_takes_in_what_changed(opened: tuple[Page, Stage]) -> None:
    page, stage = opened
    page.evaluate("() => { document.querySelector('[data-visit=v0003]').kept = true; }")
    now_called = visit(2, "called", "10:41", "李**", "0002", station="kiosk-1")
    stage.answers[API] = changes(813, "list.2", "list.1", [now_called])
    assert read_again(page).endswith("?since=list.1")
    expect(page.locator("[data-visit=v0002]")).to_have_attribute("data-state", "called")
    expect(page.locator("[data-filter=waiting] .count")).to_have_text(str(WAITING - 1))
    assert page.evaluate("() => document.querySelector('[data-visit=v0003]').kept")  # what did not change stays
    stage.answers[API] = changes(814, "list.3", "list.2", [visit(231, "queued", "10:42", "王**", "0231")])
    assert read_again(page).endswith("?since=list.2")
    expect(page.locator("[data-filter=waiting] .count")).to_have_text(str(WAITING))
    expect(page.locator("[data-visit=v0002]")).to_have_attribute("data-state", "called")


def test_changes_of_another_list_are_not_taken_in(opened: tuple[Page, Stage]) -> None:
    page, stage = opened
    stage.answers[API] = changes(813, "other.2", "other.1", [visit(2, "called", "10:41", "李**", "0002")])
    with page.expect_response(lambda answer: API in answer.url):
        page.evaluate("() => dispatchEvent(new Event('online'))")
    stage.answers[API] = {**long_day(), "version": 814, "cursor": "other.2", "visits": long_day()["visits"][:7]}
    expect(page.locator("[data-filter=waiting] .count")).to_have_text("7")
    expect(page.locator("[data-visit=v0002]")).to_have_attribute("data-state", "queued")
