"""A phone scans the receipt, checks it without a network, and the student's word reaches the staff's list."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from kiosk.records.tables import Campaign
from kiosk.records.tables import Student as Row
from tests.actions.desk import Desk
from tests.e2e.tablet import Tablet
from tests.e2e.walk import PATIENCE, Student, receipt_address
from tests.harness.kiosk import Kiosk
from tests.harness.waiting import until
from tests.records.photos import came

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("receipts")


def seal(page: Page, state: str) -> None:
    """Wait until the page says that of the signature."""
    expect(page.locator(f"#seal [data-when='{state}']")).to_be_visible()


def bent(address: str) -> str:
    """What stands behind the # with one character changed."""
    text = address.partition("#")[2]
    return text[:40] + ("B" if text[40] == "A" else "A") + text[41:]


def test_from_the_receipts_code_to_the_staffs_list(
    student: Student, tablet: Tablet, open_page: Callable[..., Page], site: Kiosk, screenshots: Path
) -> None:
    position = student.card_of("ordinary")
    number = str(student.cards()[position]["number"])
    student.to_seat(position)
    student.shoot()
    student.press("accept")
    student.sees("receipt")
    picture = screenshots / "receipt.png"
    student.page.locator("img[src*='receipt.svg']").wait_for()
    student.page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    picture.write_bytes(student.page.screenshot())
    address = receipt_address(picture.read_bytes())
    student.press("finish")

    phone = open_page(PHONE, has_touch=True, is_mobile=True, locale="en-US")
    phone.goto(address)
    seal(phone, "good")
    assert number not in phone.content()

    # without a network the phone's own copy checks the same code, and finds out a bent one
    until(
        lambda: phone.evaluate("navigator.serviceWorker.ready.then((r) => !!r.active)"), 30, "the phone keeps it"
    )
    until(lambda: phone.evaluate("caches.match('/r/offline').then((found) => !!found)"), 30, "the page is kept")
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.locator("body[data-offline]")).to_have_count(1)
    seal(phone, "good")
    phone.evaluate("(hash) => { location.hash = hash }", bent(address))
    seal(phone, "bad")
    phone.context.set_offline(False)
    expect(phone.locator("body[data-offline]")).to_have_count(0)

    # the last four characters open picture and data; what is wrong reaches the tablet
    phone.goto(address)
    phone.locator("#tail").fill("0000")
    phone.get_by_test_id("unlock").click()
    expect(phone.get_by_test_id("refusal")).to_have_attribute("data-code", "receipt_locked")
    phone.locator("#tail").fill(number[-4:])
    phone.get_by_test_id("unlock").click()
    expect(phone.get_by_test_id("opened")).to_be_visible()
    assert (
        phone.locator(".ticket-photo").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 480
    )
    assert number not in phone.content()
    phone.get_by_test_id("wrong").click()
    expect(phone.get_by_test_id("report")).to_be_visible()
    assert phone.get_by_test_id("report").evaluate(
        "(button) => button.getBoundingClientRect().right < button.parentElement.getBoundingClientRect().right"
    ), "the button stands in its box"
    phone.get_by_label("Name", exact=True).check()
    phone.locator("textarea").fill("a stroke is missing")
    phone.get_by_test_id("report").click()
    expect(phone.get_by_test_id("checked")).to_have_attribute("data-state", "reported")

    tablet.page.goto(f"{site.url}/staff/checks")
    row = tablet.page.get_by_test_id("check")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("a stroke is missing")
    row.get_by_test_id("resolve-corrected").click()
    tablet.page.get_by_test_id("reason-1").check()
    tablet.page.get_by_test_id("dialog-submit").click()
    expect(row).to_have_count(0)
    phone.reload()
    expect(phone.get_by_test_id("checked")).to_have_attribute("data-state", "settled")
    phone.get_by_test_id("right").click()
    expect(phone.get_by_test_id("checked")).to_have_attribute("data-state", "confirmed")

    # the command says the same of the screenshot and of the text
    for receipt in (str(picture), address):
        assert "SHA-256" in site.command("receipt", "verify", receipt)
    program = "from kiosk.cli import main; main()"
    refused = subprocess.run(
        [sys.executable, "-c", program, "receipt", "verify", bent(address)],
        env=site.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1


@pytest.fixture
def elsewhere(site: Kiosk) -> Iterator[tuple[Desk, Row]]:
    """The records, and a student alone in a class whose photo came from a studio."""
    desk = Desk(site.db(), site.settings, now=datetime.now(UTC))
    with desk.database.write() as session:
        query = select(Row).join(Campaign).where(Campaign.active, Campaign.identity_mode == "id-card")
        someone = session.scalars(query.order_by(Row.id.desc())).first()
        assert someone is not None
        someone.class_name = "照相馆班"
        _ = someone.campaign  # read while the records are open
    came(desk, someone.id, "studio", picture("red"))
    yield desk, someone
    desk.database.close()


def picture(colour: str) -> bytes:
    """A JPEG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (480, 640), colour).save(out, "JPEG")
    return out.getvalue()


def card_address(page: Page, pressed: Locator, folder: Path) -> str:
    """Press, fetch the PDF that the worker draws, and read the code of its only card."""
    folder.mkdir()
    with page.expect_download(timeout=2 * PATIENCE) as download:
        pressed.click()
    download.value.save_as(folder / "cards.pdf")
    subprocess.run(["pdftoppm", "-r", "150", "-png", folder / "cards.pdf", folder / "card"], check=True)
    (card,) = folder.glob("card-*.png")
    return receipt_address(card.read_bytes())


def test_a_card_brings_a_student_who_was_at_no_kiosk_to_the_same_check(
    elsewhere: tuple[Desk, Row], tablet: Tablet, open_page: Callable[..., Page], site: Kiosk, tmp_path: Path
) -> None:
    desk, someone = elsewhere
    tablet.page.goto(f"{site.url}/staff/checks")
    tablet.page.locator(f"[data-campaign='{someone.campaign.code}']").get_by_test_id("cards").click()
    choice = tablet.page.get_by_test_id("cards-class")
    choice.select_option(choice.locator("option", has_text="照相馆班").get_attribute("value"))
    address = card_address(tablet.page, tablet.page.get_by_test_id("dialog-submit"), tmp_path / "class")
    tablet.page.goto(f"{site.url}/staff/checks")
    tablet.page.locator(f"[data-campaign='{someone.campaign.code}']").get_by_test_id("unchecked").click()
    tablet.page.get_by_test_id("unchecked-find").fill(someone.student_number)
    line = tablet.page.get_by_test_id("unchecked-dialog").locator("tr[data-student]")
    expect(line).to_have_count(1)
    expect(line).to_have_attribute("data-student", str(someone.id))
    assert card_address(tablet.page, line.get_by_test_id("card-one"), tmp_path / "one") == address

    def opened(locale: str, number: str) -> Page:
        """A phone with the page behind the code; in the place of the queue's number stands `number`."""
        phone = open_page(PHONE, has_touch=True, is_mobile=True, locale=locale)
        phone.goto(address)
        seal(phone, "good")
        expect(phone.locator("#seal [data-fact='number']")).to_have_text(number)
        phone.locator("#tail").fill(someone.id_number[-4:])
        phone.get_by_test_id("unlock").click()
        expect(phone.get_by_test_id("opened")).to_be_visible()
        shown = phone.locator(".ticket-photo")
        assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 480
        assert someone.id_number not in phone.content()
        return phone

    chinese = opened("zh-CN", "无（不是在自助机拍摄）")
    chinese.get_by_test_id("wrong").click()
    chinese.locator("input[name='field'][value='photo']").check()
    chinese.get_by_test_id("report").click()
    expect(chinese.get_by_test_id("checked")).to_have_attribute("data-state", "reported")
    tablet.page.goto(f"{site.url}/staff/checks")
    expect(tablet.page.get_by_test_id("check").filter(has_text="照相馆班")).to_have_count(1)

    english = opened("en-US", "none (not taken at a kiosk)")
    english.get_by_test_id("right").click()
    expect(english.get_by_test_id("checked")).to_have_attribute("data-state", "confirmed")
    came(desk, someone.id, "company", picture("blue"))
    english.reload()
    expect(english.get_by_test_id("checked")).to_have_attribute("data-state", "again")
