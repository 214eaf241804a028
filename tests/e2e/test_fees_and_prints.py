"""A class pays, a list goes in, a statement comes out; prints are made, handed out, and sent by a link."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from kiosk.domain.states import VisitState
from kiosk.records.vault import Vault
from tests.e2e.tablet import Tablet
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write
from tests.harness.kiosk import Kiosk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CAMPAIGN = "open-2027-spring"
CLASS = {"branch": "试验分校", "teaching_point": "试验教学点", "class_name": "试验班"}
PHONE = {"width": 390, "height": 844}
#: Milliseconds in which the worker ends a job, on a busy machine.
JOB = 120_000


@pytest.fixture(scope="module")
def people(site: Kiosk) -> range:
    """A class of three; the first two were photographed."""
    database = site.db()
    try:
        found = People(database, Vault(site.settings.data / "vault"), CAMPAIGN)
        for serial in range(601, 604):
            student = found.student(serial, **CLASS)
            if serial < 603:
                out = io.BytesIO()
                Image.new("RGB", (480, 640), (serial % 200, 90, 120)).save(out, "JPEG")
                found.photo(found.visit(VisitState.DONE, student), out.getvalue())
    finally:
        database.close()
    return range(601, 604)


def choose_class(page: Page) -> None:
    """The campaign, then the class by its name; its students stand below."""
    page.get_by_test_id("which").select_option(CAMPAIGN)
    option = page.get_by_test_id("class").locator("option", has_text=CLASS["class_name"])
    expect(option).to_have_count(1)
    page.get_by_test_id("class").select_option(option.get_attribute("value"))
    expect(page.get_by_test_id("found").get_by_test_id("person")).to_have_count(3)


def test_a_class_pays_and_a_statement_names_what_does_not_fit(
    site: Kiosk, tablet: Tablet, people: range, tmp_path: Path
) -> None:
    page = tablet.page
    page.goto(f"{site.url}/staff/money")
    choose_class(page)
    page.get_by_test_id("class-paid").click()
    page.get_by_test_id("dialog-submit").click()
    found = page.get_by_test_id("found")
    expect(found.locator("[data-testid=person][data-state=paid]")).to_have_count(3)
    expect(page.get_by_test_id("class-paid")).to_have_count(0)  # nobody owes anything
    expect(page.get_by_test_id("differences")).to_contain_text("已缴费未拍摄")

    titles = ["学号", "金额", "收据号"]
    rows = [{"学号": roster_row(serial)["学号"], "金额": "15", "收据号": f"N{serial}"} for serial in people]
    bad = write(tmp_path / "bad.xlsx", [*rows, {"学号": "1", "金额": "15"}], titles)
    good = write(tmp_path / "good.xlsx", rows[:1], titles)
    page.get_by_test_id("campaign").select_option(CAMPAIGN)
    page.get_by_test_id("file").set_input_files(bad)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("report").locator("tbody tr")).to_have_count(1, timeout=JOB)
    page.get_by_test_id("file").set_input_files(good)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("differences")).to_contain_text("重复缴费", timeout=JOB)
    expect(page.get_by_test_id("report")).to_have_count(0)
    with page.expect_download(timeout=JOB) as download:
        page.get_by_test_id("statement-xlsx").click()
    assert download.value.suggested_filename == f"{CAMPAIGN}-statement.xlsx"
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    assert str(roster_row(601)["证件号码"]) not in page.content()


def test_prints_are_made_and_handed_out_and_a_file_goes_by_its_link(
    site: Kiosk, tablet: Tablet, people: range, open_page: Callable[..., Page]
) -> None:
    page = tablet.page
    page.goto(f"{site.url}/staff/prints")
    choose_class(page)
    found = page.get_by_test_id("found")
    found.get_by_test_id("collected").first.click()
    expect(found.locator("[data-testid=person][data-gone=collected]")).to_have_count(1)
    expect(page.get_by_test_id("classes").locator("tbody tr", has_text=CLASS["class_name"])).to_contain_text("1")

    page.get_by_test_id("scope").select_option(label=f"{CLASS['teaching_point']} · {CLASS['class_name']} (2)")
    page.get_by_test_id("order-sheets").click()
    expect(page.get_by_test_id("file-sheets")).to_be_visible(timeout=JOB)
    with page.expect_download() as download:
        page.get_by_test_id("file-sheets").click()
    assert Path(download.value.path()).read_bytes()[:5] == b"%PDF-"

    found.get_by_test_id("ask").first.click()
    page.get_by_test_id("grant").click()
    page.get_by_test_id("dialog-submit").click()
    link = page.get_by_test_id("link").input_value()
    expect(page.locator("[data-testid=request][data-state=granted]")).to_have_count(1)
    phone = open_page(PHONE)
    phone.goto(site.url + link[link.index("/c/") :])
    phone.locator("#tail").fill("0000")
    phone.get_by_test_id("fetch").click()
    expect(phone.get_by_test_id("refusal")).to_be_visible()
    tails = [str(roster_row(serial)["证件号码"])[-4:] for serial in people]
    phone.locator("#tail").fill(tails[0])
    with phone.expect_download() as file:
        phone.get_by_test_id("fetch").click()
    assert Path(file.value.path()).read_bytes()[:2] == b"\xff\xd8"
