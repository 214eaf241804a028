"""A student's photo comes by phone, a studio's zip by tablet; staff decide in the grid, the package counts."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from kiosk import settings as settings_module
from kiosk.domain.masking import mask_name
from kiosk.exchange.package import Order, export
from kiosk.photo.models import FILES
from kiosk.records.registry_tables import Delivery, FileLog
from kiosk.records.vault import Vault
from tests.e2e.tablet import Tablet
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.harness.kiosk import Kiosk
from tests.jobs import outside_photos

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

CAMPAIGN = "open-2027-spring"
#: Of the test of a folder alone: the pictures of the others stand in its grid neither before nor after.
FOLDERS = "adult-2027-spring"
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


def registered(site: Kiosk, *serials: int, campaign: str = CAMPAIGN, **changes: str) -> None:
    database = site.db()
    try:
        people = People(database, Vault(site.settings.data / "vault"), campaign)
        for serial in serials:
            people.student(serial, **changes)
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


def test_a_folder_comes_in_and_staff_say_whose_the_nameless_photo_is(
    site: Kiosk, tablet: Tablet, tmp_path: Path, pictures: dict[str, bytes]
) -> None:
    name = "欧阳采薇"
    registered(site, 604, campaign=FOLDERS)
    registered(site, 605, campaign=FOLDERS, name=name)
    folder = tmp_path / "studio"
    (folder / "一班").mkdir(parents=True)
    (folder / "一班" / f"{roster_row(604)['证件号码']}.jpg").write_bytes(pictures["good"])
    (folder / f"IMG_0042_{name}.jpg").write_bytes(pictures["selfie"])
    (folder / "Thumbs.db").write_bytes(b"litter")
    page = tablet.page
    page.goto(f"{site.url}/staff/collection")
    page.get_by_test_id("which").select_option(FOLDERS)
    form_of_it = page.locator(f'#form [data-testid=campaign] option[value="{FOLDERS}"]')
    expect(form_of_it).to_have_count(1)
    page.get_by_test_id("source").fill("光影照相馆")
    page.get_by_test_id("folder").set_input_files(folder)
    expect(page.locator(".drop-name")).to_contain_text("studio")
    page.get_by_test_id("send").click()
    delivery = page.get_by_test_id("delivery").filter(has_text="光影照相馆")
    expect(delivery).to_have_attribute("data-state", "ready", timeout=SLOW)

    delivery.get_by_test_id("unmatched").click()
    cards = page.get_by_test_id("photo")
    expect(cards).to_have_count(1)
    assert name not in cards.inner_text()  # masked until it is opened
    cards.focus()
    page.keyboard.press("m")
    dialog = page.get_by_test_id("assign-dialog")
    expect(dialog.get_by_test_id("assign-file")).to_contain_text(name)
    expect(dialog.get_by_test_id("student")).to_have_count(1)
    expect(dialog.get_by_test_id("who")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(dialog.get_by_test_id("student")).to_be_checked()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(cards).to_have_count(0)

    page.get_by_test_id("filter-whose").select_option("")
    expect(cards).to_have_count(2)
    mine = cards.filter(has_text=mask_name(name))
    mine.get_by_test_id("look").click()
    page.get_by_test_id("unassign").click()
    expect(page.get_by_test_id("photo-dialog")).to_have_count(0)
    nobody = page.get_by_test_id("photo").filter(has=page.get_by_test_id("assign"))
    expect(nobody).to_have_count(1)
    nobody.get_by_test_id("assign").click()  # once more, found in the roster
    dialog.get_by_test_id("who").fill(str(roster_row(604)["学号"]))
    dialog.get_by_test_id("find").click()
    expect(dialog.get_by_test_id("found")).not_to_be_empty()
    expect(dialog.get_by_test_id("student")).to_be_checked()
    dialog.get_by_test_id("dialog-submit").click()
    expect(dialog).to_have_count(0)
    expect(nobody).to_have_count(0)
    expect(cards).to_have_count(2)
    database = site.db()
    try:
        with database.read() as session:
            log = list(session.scalars(select(FileLog).where(FileLog.kind == "pictures")))
            delivered = session.scalars(select(Delivery).where(Delivery.source == "光影照相馆")).one()
            assert [row.by for row in log if row.reference == delivered.public_id] == [log[-1].by]
    finally:
        database.close()

    page.get_by_test_id("folder").set_input_files(folder)  # the same folder is the same delivery
    page.get_by_test_id("send").click()
    expect(page.locator("#form [role=alert]")).to_be_visible(timeout=SLOW)


#: Zips two files that differ in everything but their bytes each time, with the page's own program.
ZIPPED_TWICE = """async () => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const address = loaded.find((name) => name.includes("/folder.js"));
  const { zip, zipSize } = await import(address);
  const rows = (lastModified) => [["一班/张三.jpg", 70000], ["空.jpg", 0]].map(([path, size]) => ({
    path, file: new File([Uint8Array.from({ length: size }, (_, place) => place % 251)], "any", { lastModified }),
  }));
  const bytes = async (made) => Array.from(new Uint8Array(await (await made).arrayBuffer()));
  const zips = [await bytes(zip(rows(0), () => {})), await bytes(zip(rows(1e12), () => {}))];
  return { size: zipSize(rows(0)), zips };
}"""


def test_the_browsers_zip_is_whole_and_depends_on_its_files_alone(site: Kiosk, tablet: Tablet) -> None:
    page = tablet.page
    page.goto(f"{site.url}/staff/collection")
    expect(page.get_by_test_id("folder")).to_have_count(1)
    told = page.evaluate(ZIPPED_TWICE)
    first, second = (bytes(made) for made in told["zips"])
    assert first == second and len(first) == told["size"]
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["一班/张三.jpg", "空.jpg"]
        assert archive.read("一班/张三.jpg") == bytes(place % 251 for place in range(70_000))


#: Keeps what the form would send, and tells the page that the server is not there.
KEPT = """() => {
  window.kept = [];
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = async function (body) {
    if (!(body instanceof FormData)) return send.call(this, body);
    const file = body.get("file");
    window.kept.push([file.name, Array.from(new Uint8Array(await file.arrayBuffer()))]);
    this.dispatchEvent(new ProgressEvent("error"));
  };
}"""


def dropped(page: Page, path: Path) -> None:
    """Drag a folder or file of the disk onto the form and let go: the browser's own drag, with real entries."""
    form = page.locator(".drop")
    form.hover()  # waits until it stands still
    box = form.bounding_box()
    assert box is not None
    browser = page.context.new_cdp_session(page)
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": step, **at, "data": data})
    browser.detach()


def sent(page: Page, count: int) -> tuple[str, bytes]:
    """Send what is chosen; name and bytes of the file that would go to the server, the `count`th of this page."""
    page.get_by_test_id("send").click()
    page.wait_for_function("count => window.kept.length === count", arg=count, timeout=SLOW)
    name, content = page.evaluate("window.kept.at(-1)")
    expect(page.locator("#form [role=alert]")).to_be_visible()
    return str(name), bytes(content)


def test_a_folder_dropped_by_mouse_is_the_one_that_is_chosen(site: Kiosk, tablet: Tablet, tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    (folder / "一班" / "补拍").mkdir(parents=True)
    photos = [
        "欧阳采薇.jpg",
        "一班/补拍/b.jpg",
        *(f"一班/{number}.jpg" for number in range(130)),
    ]  # read by hundreds
    for name in photos:
        (folder / name).write_bytes(name.encode())
    for name in ("Thumbs.db", "一班/.hidden"):
        (folder / name).write_bytes(b"litter")
    page = tablet.page
    page.goto(f"{site.url}/staff/collection")
    page.get_by_test_id("which").select_option(FOLDERS)  # the page begins with the campaign that photographs today
    page.locator(f'#form [data-testid=campaign] option[value="{FOLDERS}"]').wait_for(state="attached")
    page.locator("#form").get_by_test_id("campaign").select_option(FOLDERS)
    page.evaluate(KEPT)
    shown = page.locator(".drop-name")

    dropped(page, folder)
    expect(shown).to_contain_text("studio")
    expect(shown).to_contain_text(str(len(photos)))
    words = shown.inner_text()
    by_mouse = sent(page, 1)
    with zipfile.ZipFile(io.BytesIO(by_mouse[1])) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            name: name for name in photos
        }

    dropped(page, folder / "欧阳采薇.jpg")  # one file is that file
    expect(shown).to_contain_text("欧阳采薇.jpg")
    assert sent(page, 2) == ("欧阳采薇.jpg", "欧阳采薇.jpg".encode())

    page.get_by_test_id("folder").set_input_files(folder)
    expect(shown).to_have_text(words)
    assert sent(page, 3) == by_mouse


def test_a_folder_that_is_too_much_is_not_sent(site: Kiosk, tablet: Tablet, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.jpg").write_bytes(b"a photo")
    page = tablet.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/deliveries" in request.url else None)

    def less(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "limits": {"files": 1, "bytes": 1 << 30}})

    page.route(re.compile(r"/staff/api/collection(\?.*)?$"), less)
    page.goto(f"{site.url}/staff/collection")
    page.get_by_test_id("folder").set_input_files(folder)
    page.get_by_test_id("send").click()
    expect(page.locator("#form [role=alert]")).to_be_visible()
    expect(page.get_by_test_id("send")).to_be_enabled()
    assert sent == []
    # whoever asks for a folder once more may choose the same one: a browser tells of another value alone
    with page.expect_file_chooser():
        page.locator("#form .drop-or button").click()
    assert page.get_by_test_id("folder").evaluate("picker => picker.files.length") == 0
    expect(page.get_by_test_id("send")).to_be_enabled()
