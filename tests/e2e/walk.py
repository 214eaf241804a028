"""A student in front of a real kiosk page: lays cards, presses buttons, waits for screens."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from kiosk.bridge import control
from tests.harness.kiosk import Kiosk

#: Milliseconds a screen may take on a busy machine before the test counts as failed.
PATIENCE = 30_000
KIOSK_PORTRAIT = {"width": 1080, "height": 1920}
KIOSK_LANDSCAPE = {"width": 1920, "height": 1080}


def receipt_address(screenshot: bytes) -> str:
    """What a phone reads from a picture of the receipt's screen."""
    with Image.open(io.BytesIO(screenshot)) as screen:
        (found,) = zxingcpp.read_barcodes(screen.convert("RGB"))
    return found.text


@dataclass
class Student:
    """The browser page of one kiosk, used as a person uses it."""

    kiosk: Kiosk
    page: Page

    def open(self) -> Student:
        """Open the kiosk page with the ticket of this start."""
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(self.kiosk.ticket_url)
        self.sees("welcome")
        return self

    def sees(self, *screens: str) -> str:
        """Wait until one of `screens` is shown and no decision is under way; returns which."""
        wanted = ", ".join(f"body[data-screen='{screen}']:not([data-busy='1'])" for screen in screens)
        self.page.locator(wanted).wait_for(state="attached", timeout=PATIENCE)
        return self.page.locator("body").get_attribute("data-screen") or ""

    @property
    def screen(self) -> str:
        """Name of the screen that is shown now."""
        return self.page.locator("body").get_attribute("data-screen") or ""

    def button(self, action: str, value: str | None = None) -> Locator:
        """The button of an action, with `value` the one of that value."""
        chosen = f"[data-action='{action}']" + (f"[data-value='{value}']" if value else "")
        return self.page.locator(chosen).locator("visible=true").first

    def press(self, action: str, value: str | None = None) -> None:
        """Press the button of an action."""
        self.button(action, value).click()

    def simulate(self, *words: str) -> str:
        """Let a simulated device do something: `("card", "lay", "3")`."""
        return control.simulate(self.kiosk.settings, list(words))

    def cards(self) -> list[dict[str, Any]]:
        """The demo's cards in the order in which `card lay N` counts them."""
        loaded: list[dict[str, Any]] = json.loads(
            (self.kiosk.settings.data / "demo" / "cards.json").read_text("utf-8")
        )
        return loaded

    def card_of(self, story: str, nth: int = 0) -> int:
        """Position of the nth card of a story, as `card lay` wants it."""
        return [at for at, card in enumerate(self.cards()) if card["story"] == story][nth]

    def lay(self, position: int) -> None:
        """Lay the demo's card of that position on the reader."""
        self.simulate("card", "lay", str(position))

    def take_card(self) -> None:
        """Take the card off the reader."""
        self.simulate("card", "remove")

    def begin(self, language: str = "zh_CN") -> None:
        """Choose the language and press start."""
        self.sees("welcome")
        tag = language.replace("zh_CN", "zh-CN")
        if self.page.locator("html").get_attribute("lang") != tag:
            self.press("set_language", language)
            expect(self.page.locator("html")).to_have_attribute("lang", tag)
        self.press("begin")
        self.sees("identify")

    def identify(self, position: int, *screens: str) -> str:
        """Lay a card, wait for the screen that follows, take the card back."""
        self.lay(position)
        seen = self.sees(*(screens or ("confirm",)))
        self.take_card()
        return seen

    def declare(self, **answers: str) -> None:
        """Answer every question (`green`, then `no`, unless `answers` says otherwise) and sign."""
        self.sees("declare")
        while self.page.locator("[data-action='declare']").count() == 0:
            first = self.page.locator("[data-action='answer']").first
            question = first.get_attribute("data-question") or ""
            answer = answers.get(question) or ("green" if question == "health_code" else "no")
            self.page.locator(f"[data-action='answer'][data-question='{question}'][data-value='{answer}']").click()
            expect(self.page.locator(f"[data-action='answer'][data-question='{question}']")).to_have_count(0)
        self.press("declare")

    def to_seat(self, position: int, language: str = "zh_CN") -> None:
        """From welcome to the called screen with a normal temperature."""
        self.begin(language)
        self.identify(position)
        self.press("confirm")
        self.declare()
        self.sees("waiting", "called")
        self.sees("called")

    def shoot(self) -> None:
        """Begin the capture and wait until the shutter fired by itself and the picture is shown."""
        self.press("begin_capture")
        self.sees("review")  # the capture between may be over before a busy machine looks

    def retake(self) -> None:
        """Ask for another shot and wait until its picture is shown."""
        self.press("retake")
        self.sees("review")  # a page that has not answered the press yet is busy

    def finish(self) -> None:
        """Accept, look at the receipt, leave."""
        self.press("accept")
        self.sees("receipt")
        self.press("finish")
        self.sees("welcome")

    def shot_bytes(self) -> bytes:
        """The bytes of the picture that the review shows."""
        source = self.page.locator("[data-testid='shot']").get_attribute("src") or ""
        return self.page.request.get(self.kiosk.url + source).body()

    def picture(self, path: Path) -> None:
        """A screenshot, for a person to look at."""
        self.page.screenshot(path=path)
