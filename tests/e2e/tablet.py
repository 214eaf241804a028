"""A staff member with a tablet: logs in, finds the visit, presses, gives reasons."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.e2e.walk import PATIENCE
from tests.harness.kiosk import Kiosk

TABLET = {"width": 1180, "height": 820}
PASSWORD = "sehr-lang-und-gut-42"


def hire(kiosk: Kiosk, login: str, role: str, language: str = "zh_CN") -> None:
    """Make an account with `PASSWORD`."""
    kiosk.command(
        "staff", "add", login, "--role", role, "--language", language, "--password-stdin", typed=PASSWORD + "\n"
    )


def set_pin(tablet: Tablet, pin: str) -> None:
    """Give the member who is logged in a PIN, on the page of the account."""
    page = tablet.page
    page.goto(tablet.kiosk.url + "/staff/account")
    page.get_by_test_id("pin").fill(pin)
    page.get_by_test_id("pin-again").fill(pin)
    page.get_by_test_id("pin-password").fill(PASSWORD)
    page.get_by_test_id("set-pin").click()
    page.get_by_test_id("remove-pin").wait_for()


@dataclass
class Tablet:
    """The browser page of one staff member."""

    kiosk: Kiosk
    page: Page

    def log_in(self, login: str) -> Tablet:
        """Log in and see the list of visits."""
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(self.kiosk.url + "/staff/login")
        self.page.fill("input[name='login']", login)
        self.page.fill("input[name='password']", PASSWORD)
        self.page.click("[data-testid='submit']")
        self.page.locator("[data-testid='visits']:not([aria-busy])").wait_for()
        return self

    def visit(self, state: str) -> Locator:
        """The row of the visit in `state`; there must be one."""
        row = self.page.locator(f"[data-visit][data-state='{state}']").first
        row.wait_for()
        return row

    def act(self, state: str, action: str) -> Locator:
        """Press `action` on the visit in `state`, in its row or in its menu; returns the dialog, if it has one."""
        row = self.visit(state)
        direct = row.locator(f"[data-action='{action}']")
        if direct.count() == 0 or not direct.first.is_visible():
            row.locator("[data-testid='more']").click()
            self.page.locator(f"[data-testid='menu'] [data-action='{action}']").click()
        else:
            direct.first.click()
        return self.page.locator(f"dialog[data-testid='dialog-{action}']")

    def give_reason(self, dialog: Locator, note: str = "") -> None:
        """Choose the first reason, add a note, submit."""
        dialog.wait_for()
        dialog.locator("[data-testid='reason-1']").click()
        if note:
            dialog.locator("[data-testid='reason-note']").fill(note)
        self.submit(dialog)

    def submit(self, dialog: Locator) -> None:
        """Submit a dialog and see it close."""
        dialog.locator("button[data-testid='dialog-submit']").click()
        dialog.wait_for(state="hidden")
