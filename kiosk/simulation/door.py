"""The doors of the installation as a browser uses them: HTTP with cookies and CSRF token, Socket.IO for hints."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
import socketio

from kiosk.settings import Settings
from kiosk.simulation.clock import DayOver, SiteClock

log = logging.getLogger(__name__)

#: Real seconds for which a call is tried again while the web process is away or its records are busy.
OUTAGE_SECONDS = 60.0
_TIMEOUT = 30.0
_RETRY_SECONDS = 0.2
#: Real seconds a screen may take on a busy machine before the day counts as stuck.
PATIENCE = 240.0
#: A page that waits reads again after so many real seconds without a hint.
_ALONE_SECONDS = 2.0
#: Answers after which the same call, with the same key, may succeed; all phones here have one address, as a class
#: behind its school's router.
_LATER = frozenset({429, 500, 502, 503, 504})
NAMESPACE, CHANGED = "/pages", "changed"


class Refused(Exception):
    """The installation refuses; `code` is the refusal's."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code} at {where}")
        self.code = code


class Stuck(Exception):
    """Something that must happen did not happen; the text says what."""


class Door:
    """One browser: its cookies, its token. One thread at a time uses it."""

    def __init__(self, settings: Settings, clock: SiteClock) -> None:
        self.base = f"http://127.0.0.1:{settings.server.port}"
        self.clock = clock
        self.csrf = ""
        self.secret = ""  # opens a tablet that locked itself
        self.web = requests.Session()
        self.web.trust_env = False  # loopback is never behind a proxy
        self._client: Any = None

    def load(self, path: str) -> str:
        """Open a page and remember its token; the page's text."""
        return self._opened(self.answer("GET", path).text)

    def form(self, path: str, **fields: str) -> str:
        """Send a form, as without script; the page it leads to. Raises `Refused` where it is shown again."""
        content = {**fields, "csrf_token": self.csrf}
        return self._opened(self.answer("POST", path, data=content, headers={"Origin": self.base}).text)

    def _opened(self, page: str) -> str:
        found = re.search(r'(?:data-csrf|name="csrf-token" content|name="csrf_token" value)="([^"]+)"', page)
        self.csrf = found.group(1) if found else self.csrf
        return page

    def get(self, path: str) -> dict[str, Any]:
        """Read JSON. Raises `Refused`."""
        found: dict[str, Any] = self.answer("GET", path).json()
        return found

    def content(self, path: str) -> bytes:
        """Read a file. Raises `Refused`."""
        return self.answer("GET", path).content

    def post(self, path: str, **content: object) -> dict[str, Any]:
        """Press something: JSON with a key minted now, the same for every retry. Raises `Refused`."""
        found: dict[str, Any] = self.answer(
            "POST", path, json={"key": secrets.token_hex(16), **content}, headers={"X-CSRF-Token": self.csrf}
        ).json()
        return found

    def upload(self, path: str, name: str, data: bytes, **fields: str) -> dict[str, Any]:
        """Send a file. Raises `Refused`."""
        found: dict[str, Any] = self.answer(
            "POST", path, data=fields, files={"file": (name, data)}, headers={"X-CSRF-Token": self.csrf}
        ).json()
        return found

    def answer(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer to a call, again after a locked tablet was opened. Raises `Refused`, `Stuck`, `DayOver`."""
        answer = self._patiently(method, path, **options)
        if not answer.ok and _code_of(answer) == "session_locked" and self.secret:
            self._patiently(
                "POST", "/staff/api/unlock", json={"secret": self.secret}, headers={"X-CSRF-Token": self.csrf}
            )
            answer = self._patiently(method, path, **options)
        if not answer.ok:
            raise Refused(_code_of(answer), f"{method} {_plain(path)}")
        return answer

    def _patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer to a call, tried again while nobody answers. Raises `Stuck`, `DayOver`."""
        deadline = time.monotonic() + OUTAGE_SECONDS
        with self.clock.machine():
            while True:
                try:
                    answer = self.web.request(method, self.base + path, timeout=_TIMEOUT, **options)
                    if answer.status_code not in _LATER:
                        return answer
                    trouble = f"status {answer.status_code}"
                except requests.RequestException as error:
                    trouble = type(error).__name__
                if self.clock.ended:
                    raise DayOver
                if time.monotonic() > deadline:
                    raise Stuck(f"{method} {_plain(path)}: {trouble} for {OUTAGE_SECONDS:.0f} s")
                time.sleep(_RETRY_SECONDS)

    def listen(self, room: str, hear: Callable[[], None]) -> None:
        """Connect by Socket.IO; `hear` is called at every hint and after every reconnection, in another thread."""
        client = socketio.Client(handle_sigint=False, reconnection_delay=0.5, reconnection_delay_max=2)
        for event in (CHANGED, "connect"):
            client.on(event, lambda *_: hear(), namespace=NAMESPACE)
        self._client = client
        deadline = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                client.connect(
                    self.base, headers={"Cookie": self.cookies}, auth={"room": room}, namespaces=[NAMESPACE],
                    wait_timeout=10,
                )  # fmt: skip
                return
            except socketio.exceptions.ConnectionError as error:
                if time.monotonic() > deadline:
                    raise Stuck(f"no hints for the room {room}") from error
                time.sleep(_RETRY_SECONDS)

    @property
    def cookies(self) -> str:
        """As a header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.web.cookies)

    def close(self) -> None:
        """Leave."""
        if self._client is not None:
            self._client.shutdown()
        self.web.close()


class Screen:
    """A page whose truth is a snapshot: hints make it read again, the later version wins."""

    def __init__(self, door: Door, room: str, path: str) -> None:
        self.door, self._room, self._path = door, room, path
        self.hints = 0
        self.shown: dict[str, Any] = {}
        self._stale = threading.Event()

    def begin(self) -> None:
        """Read for the first time and listen."""
        self.read()
        self.door.listen(self._room, self._hear)

    def _hear(self) -> None:
        self.hints += 1
        self._stale.set()

    def read(self) -> dict[str, Any]:
        """Read the snapshot now."""
        self._stale.clear()
        self.take(self.door.get(self._path))
        return self.shown

    def take(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot unless a later one is shown."""
        if (snapshot["version"], snapshot["now"]) >= (self.shown.get("version", -1), self.shown.get("now", "")):
            self.shown = snapshot

    def until(
        self, what: Callable[[dict[str, Any]], object], because: str, seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """The snapshot once `what` holds of it; the person waits for the machine. Raises `Stuck`, `DayOver`."""
        deadline = time.monotonic() + seconds
        with self.door.clock.machine():
            while not what(self.shown):
                if self.door.clock.ended:
                    raise DayOver
                if time.monotonic() > deadline:
                    raise Stuck(f"{because}: not within {seconds:.0f} s, the screen is {self.shown.get('screen')}")
                self._stale.wait(_ALONE_SECONDS)
                self.read()
        return self.shown


def _code_of(answer: requests.Response) -> str:
    try:
        return str(answer.json()["refusal"]["code"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"


def _plain(path: str) -> str:
    """An address without what is secret in it."""
    return re.sub(r"(/setup/|ticket=|/r/|/q/).*", r"\1…", path)
