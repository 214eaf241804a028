"""The registry's answer goes in on the tablet: reasons as a chart and a table, who needs a new photo."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kiosk.exchange.package import Order, export
from kiosk.records.vault import Vault
from tests.e2e.tablet import Tablet
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write
from tests.harness.kiosk import Kiosk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CAMPAIGN = "open-2027-spring"
TITLES = ["证件号码", "结果", "原因"]


def reported(site: Kiosk, folder: Path) -> None:
    """Four students of the campaign were photographed and reported."""
    database = site.db()
    try:
        people = People(database, Vault(site.settings.data / "vault"), CAMPAIGN)
        for serial in range(501, 505):
            people.ready(serial)
        export(database, site.settings, Order(CAMPAIGN), folder / "p.zip", "command:test", now=datetime.now(UTC))
    finally:
        database.close()


def test_an_answer_goes_in_and_shows_who_needs_a_new_photo(site: Kiosk, tablet: Tablet, tmp_path: Path) -> None:
    reported(site, tmp_path)
    words = [("已关联", ""), ("退回", "背景有阴影"), ("退回", "背景不均匀"), ("退回", "<b>闭眼</b>")]
    rows = [
        {"证件号码": roster_row(serial)["证件号码"], "结果": result, "原因": reason}
        for serial, (result, reason) in enumerate(words, 501)
    ]
    good = write(tmp_path / "answer.xlsx", rows, TITLES)
    bad = write(tmp_path / "bad.xlsx", [*rows, {"证件号码": "990101199001010027", "结果": "已关联"}], TITLES)
    page = tablet.page
    page.goto(f"{site.url}/staff/results")
    expect(page.get_by_test_id("send")).to_be_disabled()
    page.get_by_test_id("campaign").select_option(CAMPAIGN)
    page.get_by_test_id("file").set_input_files(bad)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("report").locator("tbody tr")).to_have_count(1)
    expect(page.get_by_test_id("reshoot")).to_have_count(0)

    page.get_by_test_id("file").set_input_files(good)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("reshoot").locator("tbody tr")).to_have_count(3)
    expect(page.get_by_test_id("reasons").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_test_id("reasons").locator("canvas")).to_have_count(1)
    expect(page.get_by_test_id("reshoot")).to_contain_text("<b>闭眼</b>")
    expect(page.get_by_test_id("imports").locator("tbody tr")).to_have_count(1)
    assert str(rows[1]["证件号码"]) not in page.content()

    page.get_by_test_id("file").set_input_files(good)  # the same once more
    page.get_by_test_id("send").click()
    expect(page.locator("#form [role=alert]")).to_be_visible()
    expect(page.get_by_test_id("imports").locator("tbody tr")).to_have_count(1)
