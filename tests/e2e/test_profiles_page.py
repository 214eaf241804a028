"""The page of the photo profiles in a browser: each is drawn, its numbers and grades are read, it fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.catalogue import tables
from kiosk.records.database import Database
from kiosk.settings import ROOT
from tests.e2e.test_staff_pages import SIZES, check, fits
from tests.harness.waiting import until
from tests.web.server_process import PATIENCE, Server, serving

pytestmark = pytest.mark.e2e
PASSWORD = "sehr-lang-und-gut-42"
CODES = [code for code in tables(ROOT / "config" / "photo_profiles") if not code.startswith("_")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A web process with one operator."""
    with serving(tmp_path_factory.mktemp("profiles"), "threading") as running:
        database = Database(running.settings.database_url, 30.0)
        people.add(
            database, running.settings, key="add-operator-1", actor=Actor(SYSTEM, "test"), login="chen",
            display_name="陈老师", role="operator", password=PASSWORD,
        )  # fmt: skip
        database.close()
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The operator's tablet on the page of the profiles; nothing may complain on its console."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": SIZES["tablet"][0], "height": SIZES["tablet"][1]})
    tablet = context.new_page()
    tablet.set_default_timeout(PATIENCE * 1000)
    tablet.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tablet.on("pageerror", lambda error: complaints.append(str(error)))
    tablet.goto(f"{server.url}/staff/login?next=/staff/profiles")
    tablet.fill("input[name='login']", "chen")
    tablet.fill("input[name='password']", PASSWORD)
    tablet.click("[data-testid='submit']")
    yield tablet
    context.close()
    assert complaints == []


def _drawn(page: Page, code: str) -> None:
    """The drawing of that profile is there and whole."""
    picture = page.locator(f"[data-testid=drawing][src*='{code}.svg']")
    picture.wait_for()
    until(lambda: picture.evaluate("(e) => e.complete && e.naturalWidth > 400"), PATIENCE, "the drawing is there")


def test_every_profile_is_drawn_with_its_numbers_in_both_languages(page: Page) -> None:
    _drawn(page, "chsi-2017-99")
    bands = page.locator("[data-part=bands]")
    assert "50–110" in bands.inner_text()
    assert bands.locator(".grade").first.inner_text() == "C"
    check(page)
    for code in CODES:
        page.locator(f"[data-profile={code}]").click()
        _drawn(page, code)
        page.locator("[data-part=picture]").wait_for()
    assert "profile." not in page.evaluate("() => document.body.innerText")
    page.get_by_test_id("language").click()
    page.locator("body[data-language=en]").wait_for()  # else the old page would be looked at
    _drawn(page, CODES[-1])  # the chosen one stands in the address
    assert page.locator("[data-part=picture] h2").inner_text() == "File"
    words = page.evaluate("() => document.body.innerText")
    assert "profile." not in words
    assert "photo." not in words
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        fits(page)


def test_who_may_not_read_the_profiles_is_refused(server: Server, tmp_path: Path) -> None:
    database = Database(server.settings.database_url, 30.0)
    people.add(
        database, server.settings, key="add-usher-12", actor=Actor(SYSTEM, "test"), login="wang",
        display_name="王老师", role="usher", password=PASSWORD,
    )  # fmt: skip
    database.close()
    usher = server.staff("wang", PASSWORD)
    for path in ("/staff/profiles", "/staff/api/profiles", "/staff/api/profiles/us-visa.svg"):
        assert usher.get(path).status_code == 403, path
    operator = server.staff("chen", PASSWORD)
    drawing = operator.get("/staff/api/profiles/us-visa.svg?language=en")
    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert operator.get("/staff/api/profiles/nobody").json()["refusal"]["code"] == "profile_unknown"
