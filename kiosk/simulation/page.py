"""The kiosk page of one seat, as a browser has it open: its snapshot, its presses, its sign of life."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from typing import Any

import requests

from kiosk.simulation.door import Door, Refused, Screen
from kiosk.simulation.floor import Floor
from kiosk.simulation.installation import Seat

#: Real seconds after which a page that is open reads again, as the browser's does.
_CALM_SECONDS = 10.0


class Kiosk:
    """The page of one seat."""

    def __init__(self, seat: Seat, floor: Floor) -> None:
        """Open it with the ticket of this start, and take the kiosk."""
        self.seat, self.floor, self.clock = seat, floor, floor.clock
        self.door = Door(seat.settings, floor.clock)
        text = self.door.load(seat.ticket_path)
        found = re.search(r'data-page="([0-9a-f]+)"', text)
        self.page = found.group(1) if found else ""
        self.door.post("/kiosk/api/claim", page=self.page)
        self.screen = Screen(self.door, "station", f"/kiosk/api/snapshot?page={self.page}")
        self.screen.begin()
        self._closed = threading.Event()
        self._reader = threading.Thread(
            target=self._stay, args=(self.door.cookies,), name=f"page-{seat.name}", daemon=True
        )
        self._reader.start()

    @property
    def shown(self) -> dict[str, Any]:
        """What is on the screen."""
        return self.screen.shown

    def sees(self, *screens: str) -> str:
        """Wait until one of the screens is shown; which. Raises `Stuck`."""
        return str(self.screen.until(lambda shown: shown["screen"] in screens, " or ".join(screens))["screen"])

    def press(self, action: str, **arguments: object) -> dict[str, Any]:
        """Press a button of the screen that is shown; the result. Raises `Refused`."""
        visit = self.shown["visit"]
        answer = self.door.post(
            f"/kiosk/api/actions/{action}",
            page=self.page,
            **({"visit": visit["id"]} if visit else {}),
            **arguments,
        )
        self.screen.take(answer["snapshot"])
        result: dict[str, Any] = answer["result"]
        return result

    def _stay(self, cookies: str) -> None:
        """An open page reads now and then whatever its student does; one that does not counts as gone."""
        with requests.Session() as web:
            web.trust_env = False
            while not self._closed.wait(_CALM_SECONDS):
                address = f"{self.door.base}/kiosk/api/snapshot?page={self.page}"
                with suppress(requests.RequestException):  # the web process is away: the next one comes
                    web.get(address, headers={"Cookie": cookies}, timeout=_CALM_SECONDS)

    def think(self, seconds: float) -> None:
        """Time passes in front of the page."""
        self.clock.sleep(seconds)
        self.screen.read()

    def welcome(self) -> None:
        """Whatever the last one left on the screen goes, as its timer does it."""
        self.screen.read()
        if self.shown["screen"] != "welcome":
            try:
                self.press("step_aside" if self.shown["screen"] == "waiting" else "leave")
            except Refused as refused:
                if refused.code != "not_now":
                    raise
        self.sees("welcome")

    def close(self) -> None:
        """The page is closed."""
        self._closed.set()
        self._reader.join()
        self.door.close()
