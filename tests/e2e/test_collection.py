"""A student's photo comes by phone, a studio's zip by tablet; staff decide in the grid, the package counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk import settings as settings_module
from kiosk.exchange.package import Order, export
from kiosk.photo.models import FILES
from kiosk.records.vault import Vault
from tests.e2e.tablet import Tablet
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.harness.kiosk import Kiosk
from tests.jobs import outside_photos

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CAMPAIGN = "open-2027-spring"
PHONE = {"width": 390, "height": 844}
#: The judge works on a machine that does everything else, too.
SLOW = 120_000


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    """Photos from outside, where the models that judge them are."""
    folder = settings_module.load().assets / "models"
    if not all((folder / name).is_file() for name in FILES):
        pytest.skip("face models are missing, run the set-up first")
    return outside_photos.make()


def registered(site: Kiosk, *serials: int) -> None:
    database = site.db()
    try:
        people = People(database, Vault(site.settings.data / "vault"), CAMPAIGN)
        for serial in serials:
            people.student(serial)
    finally:
        database.close()


def exported(site: Kiosk, folder: Path) -> int:
    database = site.db()
    try:
        order, now = Order(CAMPAIGN), datetime.now(UTC)
        return export(database, site.settings, order, folder / "p.zip", "command:test", now=now).exported
    finally:
        database.close()


def send(phone: Page, path: Path, content: bytes, state: str) -> None:
    """Send a photo from the phone and wait for what comes of it."""
    path.write_bytes(content)
    phone.get_by_test_id("file").set_input_files(path)
    expect(phone.locator("#preview")).to_be_visible()
    phone.get_by_test_id("send").click()
    expect(phone.locator(f'[data-testid=state][data-state="{state}"]')).to_be_visible(timeout=SLOW)


def test_photos_from_outside_are_decided_and_counted(
    site: Kiosk,
    tablet: Tablet,
    open_page: Callable[..., Page],
    tmp_path: Path,
    pictures: dict[str, bytes],
) -> None:
    registered(site, 601, 602, 603)
    before = exported(site, tmp_path)
    page = tablet.page
    page.goto(f"{site.url}/staff/collection")
    page.get_by_test_id("which").select_option(CAMPAIGN)
    expect(page.locator("[data-testid^=mode-]")).to_have_count(4)

    page.get_by_test_id("make-link").click()
    page.get_by_test_id("who").fill(str(roster_row(601)["学号"]))
    page.get_by_test_id("find").click()
    expect(page.get_by_test_id("student")).to_be_checked()
    page.get_by_test_id("dialog-submit").click()
    link = page.get_by_test_id("link").input_value()
    page.get_by_test_id("link-made").get_by_test_id("dialog-cancel").click()
    phone = open_page(PHONE)
    phone.goto(site.url + "/u/" + link.rpartition("/")[2])
    assert str(roster_row(601)["姓名"]) not in phone.content()
    send(phone, tmp_path / "wall.jpg", pictures["nobody"], "failed")
    expect(phone.get_by_test_id("reason")).to_be_visible()
    send(phone, tmp_path / "me.jpg", pictures["good"], "waiting")

    files = {
        f"{roster_row(602)['证件号码']}.jpg": pictures["good"],
        f"{roster_row(603)['学号']}.jpg": pictures["selfie"],
    }
    archive = outside_photos.zipped(tmp_path / "studio.zip", files)
    page.get_by_test_id("file").set_input_files(archive)
    page.get_by_test_id("send").click()
    delivery = page.get_by_test_id("delivery")
    expect(delivery).to_have_attribute("data-state", "ready", timeout=SLOW)
    cards = page.get_by_test_id("photo")
    expect(cards).to_have_count(3)
    expect(page.locator('[data-testid=photo][data-verdict="ask"]').first).to_be_visible()
    assert str(roster_row(602)["证件号码"]) not in page.content()

    cards.first.focus()  # by keys alone: choose each, then accept
    for step in range(3):
        page.keyboard.press("Space")
        if step < 2:
            page.keyboard.press("ArrowRight")
    expect(page.locator("[data-testid=photo].chosen")).to_have_count(3)
    page.keyboard.press("a")
    dialog = page.get_by_test_id("decide-dialog")
    dialog.get_by_test_id("reason-1").check()
    dialog.get_by_test_id("dialog-submit").click()
    expect(dialog).to_have_count(0)
    expect(cards).to_have_count(0)
    assert exported(site, tmp_path) == before + 3
    phone.reload()
    expect(phone.locator('[data-testid=state][data-state="accepted"]')).to_be_visible()

    page.get_by_test_id("filter-state").select_option("accepted")
    page.get_by_test_id("filter-mode").select_option("own")
    expect(cards).to_have_count(1)
    cards.first.get_by_test_id("look").click()
    page.get_by_test_id("undo").click()
    expect(cards).to_have_count(0)
    assert exported(site, tmp_path) == before + 2

    page.get_by_test_id("file").set_input_files(archive)  # the same zip once more
    page.get_by_test_id("send").click()
    expect(page.locator("#form [role=alert]")).to_be_visible(timeout=SLOW)
    expect(delivery).to_have_count(1)
