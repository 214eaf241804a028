"""`make screenshots`: every page as a picture, taken from a real kiosk in demo, into docs/screenshots.

`python -m tests.e2e.screenshots checks` makes the small pictures of docs/photo-quality.md alone.

The face is the astronaut's (NASA, public domain): the portraits for tests may not be shown in documents.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from kiosk.settings import ROOT, load
from tests.e2e import check_pictures, office_pictures
from tests.e2e.office_pictures import Office
from tests.e2e.tablet import TABLET, Tablet, hire
from tests.e2e.walk import KIOSK_LANDSCAPE, KIOSK_PORTRAIT, Student, receipt_address
from tests.harness.kiosk import Kiosk

FOLDER = ROOT / "docs" / "screenshots"
PHONE = {"width": 390, "height": 844}
#: The demo's tab is not part of the product's pages.
WITHOUT_DEMO = """addEventListener("DOMContentLoaded", () => new MutationObserver(() =>
  document.getElementById("demo")?.remove()).observe(document.body, { childList: true, subtree: true }))"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def astronaut() -> Path:
    """The public-domain face: installed by the set-up, or lying with the portraits. Raises `SystemExit`."""
    settings = load()
    for path in (
        settings.assets / "demo" / "astronaut.png",
        settings.portraits / "extra" / "skimage_astronaut.png",
    ):
        if path.is_file():
            return path
    raise SystemExit("no astronaut: run `KIOSK_PORTRAITS=none python3 run_kiosk.py --demo --prepare` once")


class Album:
    """Takes the pictures of one language."""

    def __init__(self, kiosk: Kiosk, browser: Browser, language: str) -> None:
        self.kiosk, self.browser, self.language = kiosk, browser, language
        self.receipt, self.number, self.photo = "", "", b""

    def open(self, viewport: dict[str, int], scale: float = 1.0) -> Page:
        """A page of its own."""
        page = self.browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            device_scale_factor=scale,
            locale=self.language.replace("_", "-"),
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        ).new_page()
        page.add_init_script(WITHOUT_DEMO)
        return page

    def keep(self, page: Page, name: str, scale: float = 0.5) -> None:
        """One picture, smaller and with few colours, so that the repository stays light."""
        page.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => {})))")
        with Image.open(io.BytesIO(page.screenshot())) as shot:
            size = (round(shot.width * scale), round(shot.height * scale))
            small = shot.convert("RGB").resize(size, Image.Resampling.LANCZOS).quantize(256)
        small.save(FOLDER / f"{name}-{self.language}.png", optimize=True)
        print(f"{name}-{self.language}", flush=True)

    def journey(self, offset: int) -> None:
        """The student's way; afterwards `receipt`, `number` and `photo` are known."""
        student = Student(self.kiosk, self.open(KIOSK_PORTRAIT)).open()
        page = student.page
        self._language(student)
        self.keep(page, "kiosk-welcome")
        student.begin(self.language)
        self.keep(page, "kiosk-identify")
        student.identify(student.card_of("not_on_roster"), "notice")
        self.keep(page, "kiosk-notice")
        student.press("leave")
        self._somebody_hot(student, offset + 4)
        student.begin(self.language)
        student.identify(student.card_of("ordinary", offset))
        self.keep(page, "kiosk-confirm")
        student.press("confirm")
        student.sees("declare")
        self.keep(page, "kiosk-declare")
        student.simulate("thermometer", "nobody")
        student.declare()
        student.sees("temperature")
        self.keep(page, "kiosk-temperature")
        student.simulate("thermometer", "behave")
        student.sees("called")
        self.keep(page, "kiosk-called")
        student.simulate("scene", "too_far", "1.0")
        student.press("begin_capture")
        student.sees("capture")
        page.locator("[data-testid='hint'][data-check='distance']").wait_for()
        page.locator("[data-testid='preview'][data-live='1']").wait_for()
        page.wait_for_timeout(1500)
        self.keep(page, "kiosk-capture")
        student.simulate("scene", "good")
        student.sees("review")
        self.keep(page, "kiosk-review")
        self.photo = student.shot_bytes()
        student.press("accept")
        student.sees("receipt")
        page.wait_for_timeout(500)
        self.keep(page, "kiosk-receipt")
        self.receipt = receipt_address(page.screenshot())
        self.number = str(student.cards()[student.card_of("ordinary", offset)]["number"])
        student.press("finish")
        student.sees("welcome")
        wide = Student(self.kiosk, self.open(KIOSK_LANDSCAPE)).open()
        self._language(wide)
        self.keep(wide.page, "kiosk-landscape")
        wide.page.context.close()
        page.context.close()

    def _somebody_hot(self, student: Student, nth: int) -> None:
        """Somebody for the observation room, so that the staff page has something to show."""
        student.begin(self.language)
        student.identify(student.card_of("ordinary", nth))
        student.press("confirm")
        student.simulate("thermometer", "set", "38.2")
        student.declare()
        student.sees("observation")
        student.simulate("thermometer", "set", "36.5")
        student.press("leave")
        student.sees("welcome")

    def _language(self, student: Student) -> None:
        if self.language != "zh_CN":
            student.press("set_language", self.language)
            student.page.locator("html[lang='en']").wait_for()

    def others(self, office: Office) -> None:
        """Phone, board and tablet."""
        board = self.open({"width": 1920, "height": 1080})
        board.goto(f"{self.kiosk.url}/board")
        board.wait_for_timeout(1500)
        self.keep(board, "board")
        tablet = Tablet(self.kiosk, self.open(TABLET)).log_in(f"boss-{self.language.lower()}")
        page = tablet.page
        page.wait_for_timeout(800)
        page.locator("[data-filter='ended']").click()
        page.locator("[data-visit][data-state='done'] [data-testid='open']").first.click()
        page.locator("[data-filter='all']").click()
        page.wait_for_timeout(800)
        self.keep(page, "staff-visits", 0.8)
        self._phone(office, office.link(page))
        for name in office_pictures.PAGES:
            office.open(page, name)
            self.keep(page, f"staff-{name}", 0.8)
        page.locator("#evening").evaluate("(part) => part.scrollIntoView()")
        self.keep(page, "staff-evening", 0.8)
        page.goto(f"{self.kiosk.url}/staff/seat")
        page.get_by_test_id("live-picture").first.wait_for()
        page.wait_for_timeout(800)
        self.keep(page, "staff-seat", 0.8)
        page.get_by_test_id("lock-now").click()
        page.get_by_test_id("lock").wait_for()
        self.keep(page, "staff-locked", 0.5)

    def _phone(self, office: Office, link: str) -> None:
        """What a student has in the hand: the receipt, the place in the queue, the page for the own photo."""
        phone = self.open(PHONE, 2)
        phone.goto(self.receipt)
        phone.locator("#seal [data-when='good']").wait_for()
        self.keep(phone, "receipt")
        phone.locator("#tail").fill(self.number[-4:])
        phone.get_by_test_id("unlock").click()
        phone.get_by_test_id("opened").wait_for()
        self.keep(phone, "receipt-open")
        phone.goto(office.place())
        phone.wait_for_timeout(1500)
        self.keep(phone, "place")
        phone.goto(link)
        phone.wait_for_timeout(800)
        self.keep(phone, "upload")
        phone.context.close()


def sits(kiosk: Kiosk, album: Album) -> Student:
    """Somebody who sits at the camera, too far from it, while the other pictures are taken."""
    student = Student(kiosk, album.open(KIOSK_PORTRAIT)).open()
    student.simulate("scene", "too_far", "1.0")
    student.to_seat(student.card_of("ordinary", 42), album.language)
    student.press("begin_capture")
    student.sees("capture")
    return student


def main() -> int:
    """Take them all, or with `checks` those of the checks alone."""
    check_pictures.make(astronaut())
    if sys.argv[1:] == ["checks"]:
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise SystemExit("no Chromium on PATH")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # somebody sits at the camera all along
        patient = {"visit.idle_warn_seconds": 1200, "visit.idle_park_seconds": 1800}
        kiosk = Kiosk(Path(folder), {"devices.camera.portrait": str(astronaut()), **patient})
        kiosk.start()
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            albums = [Album(kiosk, browser, language) for language in ("zh_CN", "en")]
            for offset, album in enumerate(albums):
                hire(kiosk, f"boss-{album.language.lower()}", "administrator", album.language)
                album.journey(40 + offset)
            student, office = sits(kiosk, albums[0]), Office(kiosk)
            office.furnish(student, albums[0].photo)
            tablet = Tablet(kiosk, albums[0].open(TABLET)).log_in("boss-en")
            office.answer(tablet.page)
            tablet.page.context.close()
            for album in albums:
                album.others(office)
        finally:
            browser.close()
            kiosk.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
