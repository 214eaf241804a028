"""The line to the web process: dials out, tells it facts until they are acknowledged, and asks what is wanted.

Level-triggered: hints and reconnections only make the bridge read `STATION` sooner; it reads it every two seconds
in any case, so that a lost hint costs two seconds and nothing else.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import requests
import socketio
import websocket

from kiosk.bridge import protocol, wanted
from kiosk.bridge.spool import Spool
from kiosk.bridge.wanted import WantedSlot
from kiosk.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
#: A card read this long ago is no longer news: its holder may have left.
FRESH_SECONDS = 10.0
_SMALL_TIMEOUT = (2.0, 10.0)
_SHOT_TIMEOUT = (2.0, 30.0)
#: Answers after which the same request may succeed later.
_LATER = frozenset({401, 403, 408, 425, 429, 500, 502, 503, 504})
#: Answers 500 to one shot after which it is not sent any more: the web process will never take it.
MOST_BROKEN = 5


class Outcome(StrEnum):
    """How the sending of a shot ended."""

    KEPT = "kept"  # it is in the records
    REFUSED = "refused"  # decided: the visit is over, or has had this shot
    PUT_ASIDE = "put_aside"  # it can't be sent; staff find it in the spool's folder


class HintSocket(websocket.WebSocket):
    """A WebSocket that closes when it fails: the Socket.IO client forgets it then, and it would stay open."""

    def recv(self) -> str | bytes:
        """The next message. Raises what the library raises."""
        try:
            message: str | bytes = super().recv()
        except Exception:
            self.shutdown()
            raise
        return message


@dataclass
class Fact:
    """Something to be told once. The key is minted here and goes with every retry."""

    path: str
    content: dict[str, Any]
    told_by: float  # monotonic time after which it is dropped
    still_true: Callable[[], bool] = field(default=lambda: True)


class Link:
    """Three threads: what is wanted, small facts, shots; and Socket.IO's own for the hints."""

    def __init__(
        self,
        settings: Settings,
        token: str,
        slot: WantedSlot,
        spool: Spool,
        hello: Callable[[], dict[str, Any]],
        devices: Callable[[], dict[str, Any]],
        settled: Callable[[str, Outcome], None] = lambda shot, outcome: None,
        for_staff: Callable[[dict[str, Any]], None] = lambda content: None,
    ) -> None:
        """`for_staff` gets every answer of `STATION`, for the orders and the look that stand in it."""
        self._settings, self._token, self._slot, self._spool = settings, token, slot, spool
        self._hello, self._devices, self._settled = hello, devices, settled
        self._for_staff = for_staff
        self._stop = threading.Event()
        self._look = threading.Event()
        self._hung_up = threading.Event()
        self._tell = threading.Condition()
        self._facts: deque[Fact] = deque()
        self._shots = threading.Event()
        self._broken: Counter[str] = Counter()  # answers 500 by shot
        self._introduced = False
        self._reported: int | None = None
        self._connected = False
        self._client = self._make_client()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (
                ("link-hints", self._dial),
                ("link-wanted", self._watch),
                ("link-facts", self._send_facts),
                ("link-shots", self._send_shots),
            )
        ]

    @property
    def connected(self) -> bool:
        """Whether the last request was answered."""
        return self._connected

    def start(self) -> None:
        """Begin; returns at once and keeps trying for ever."""
        for thread in self._threads:
            thread.start()
        self._shots.set()

    def stop(self) -> None:
        """End; what was not acknowledged stays in the spool."""
        self._stop.set()
        self._look.set()
        self._hung_up.set()
        self._shots.set()
        with self._tell:
            self._tell.notify_all()
        # a polite good-bye waits up to three seconds for the other side's
        farewell = threading.Thread(target=self._farewell, name="link-farewell", daemon=True)
        farewell.start()
        for thread in (farewell, *self._threads):
            thread.join(0.5)

    def tell(self, path: str, content: dict[str, Any], still_true: Callable[[], bool] = lambda: True) -> None:
        """Tell a small fact, again until it is answered, stale or no longer true. Returns at once."""
        fact = Fact(path, {"key": secrets.token_hex(16), **content}, time.monotonic() + FRESH_SECONDS, still_true)
        with self._tell:
            self._facts.append(fact)
            self._tell.notify_all()

    def say_once(self, path: str, content: dict[str, Any]) -> bool:
        """Post something that is worthless a second later: one try, in the caller's thread. Whether it arrived."""
        with self._session() as session:
            try:
                return session.post(self._url(path), json=content, timeout=_SMALL_TIMEOUT).ok
            except requests.RequestException as error:
                log.debug("%s not said: %s", path, _describe(error))
                return False

    def introduce_again(self) -> None:
        """Something in the introduction has changed."""
        self._introduced = False
        self._look.set()

    def devices_changed(self) -> None:
        """The board has something new."""
        self._look.set()

    def shot_waits(self) -> None:
        """The spool has something new."""
        self._shots.set()

    # -- hints

    def _make_client(self) -> Any:
        client = socketio.Client(
            reconnection=False, handle_sigint=False, http_session=self._session(),
            websocket_extra_options={"class_": HintSocket},
        )  # fmt: skip

        def look(*_: Any) -> None:
            self._look.set()

        def again(*_: Any) -> None:
            self._introduced = False  # another web process may have taken the place of the last one
            self._look.set()

        def gone(*_: Any) -> None:
            self._hung_up.set()
            self._look.set()

        client.on("connect", again, namespace=protocol.NAMESPACE)
        client.on(protocol.HINT, look, namespace=protocol.NAMESPACE)
        client.on("disconnect", gone, namespace=protocol.NAMESPACE)
        return client

    def _farewell(self) -> None:
        try:
            self._client.disconnect()
        except Exception as error:  # noqa: BLE001 - who leaves does not mind how the door closes
            log.debug("farewell: %s", type(error).__name__)

    def _dial(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._hung_up.clear()
            try:
                self._client.connect(
                    self._settings.web_url,
                    auth={"token": self._token},
                    headers=self._headers(),
                    namespaces=[protocol.NAMESPACE],
                    wait_timeout=5,
                )
                pause = FIRST_PAUSE
                self._hung_up.wait()
            except socketio.exceptions.ConnectionError as error:
                log.debug("no hints: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever the library does, hints are tried again
                log.info("hints failed: %s", type(error).__name__)
            self._stop.wait(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    # -- what is wanted

    def _watch(self) -> None:
        session = self._session()
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._look.clear()
            try:
                if not self._introduced:
                    self._introduced = True
                    self._post(session, protocol.HELLO, self._hello())
                    self._reported = None
                self._report_devices(session)
                answer = session.get(self._url(protocol.STATION), timeout=_SMALL_TIMEOUT)
                answer.raise_for_status()
                content = answer.json()
                self._slot.set(wanted.from_json(content))
                self._note(True)
                self._for_staff(content)
                pause = FIRST_PAUSE
                self._look.wait(POLL_SECONDS)
            except (requests.RequestException, KeyError, TypeError, ValueError) as error:
                self._introduced = False
                self._note(False, error)
                self._stop.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    def _report_devices(self, session: requests.Session) -> None:
        snapshot = self._devices()
        if snapshot["sequence"] != self._reported:
            self._post(session, protocol.DEVICES, snapshot)
            self._reported = snapshot["sequence"]

    def _note(self, connected: bool, error: Exception | None = None) -> None:
        if connected and not self._connected:
            log.info("the web process answers")
        elif self._connected and not connected:
            log.warning("the web process does not answer: %s", _describe(error))
        self._connected = connected

    # -- small facts

    def _send_facts(self) -> None:
        session = self._session()
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            with self._tell:
                self._tell.wait_for(lambda: bool(self._facts) or self._stop.is_set())
                if self._stop.is_set():
                    return
                fact = self._facts[0]
            done = True
            if time.monotonic() > fact.told_by or not fact.still_true():
                log.warning("not told, no longer news: %s", fact.path)
            else:
                done = self._send_fact(session, fact)
            if done:
                pause = FIRST_PAUSE
                with self._tell:
                    self._facts.popleft()
            else:
                self._stop.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    def _send_fact(self, session: requests.Session, fact: Fact) -> bool:
        try:
            answer = session.post(self._url(fact.path), json=fact.content, timeout=_SMALL_TIMEOUT)
        except requests.RequestException as error:
            log.info("%s not told yet: %s", fact.path, _describe(error))
            return False
        if not answer.ok:
            log.info("%s refused: %s", fact.path, _refusal(answer))
            if answer.status_code in _LATER:
                return False
        self._look.set()
        return True

    # -- shots

    def _send_shots(self) -> None:
        session = self._session()
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._shots.wait()
            self._shots.clear()
            waiting = self._spool.waiting()
            while waiting and not self._stop.is_set():
                shot = waiting.pop(0)
                if self._send_shot(session, shot):
                    pause = FIRST_PAUSE
                else:
                    waiting.append(shot)  # one that the web process chokes on does not hold up the others
                    self._stop.wait(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
                if not waiting:
                    waiting = self._spool.waiting()

    def _send_shot(self, session: requests.Session, shot: str) -> bool:
        """Whether the shot has left the spool. A disk that refuses never ends the thread."""
        try:
            return self._try_shot(session, shot)
        except OSError as error:
            log.error("the spool does not let go of shot %s: %s", shot, type(error).__name__)
            return False

    def _try_shot(self, session: requests.Session, shot: str) -> bool:
        try:
            facts, original, deliverable = self._spool.read(shot)
        except (OSError, ValueError) as error:
            log.error("shot %s can't be read: %s", shot, type(error).__name__)
            self._spool.put_aside(shot)
            self._settled(shot, Outcome.PUT_ASIDE)
            return True
        files: dict[str, tuple[str | None, str | bytes, str]] = {
            "facts": (None, json.dumps(facts), "application/json"),
            "original": ("original.png", original, "image/png"),
        }
        if deliverable is not None:
            files["deliverable"] = ("deliverable.jpg", deliverable, "image/jpeg")
        try:
            answer = session.post(self._url(protocol.SHOTS), files=files, timeout=_SHOT_TIMEOUT)
        except requests.RequestException as error:
            log.info("shot %s not sent yet: %s", shot, _describe(error))
            return False
        if not answer.ok:
            log.warning("shot %s refused: %s", shot, _refusal(answer))
            self._broken[shot] += answer.status_code == 500
            if answer.status_code in _LATER and self._broken[shot] < MOST_BROKEN:
                return False
        del self._broken[shot]
        if answer.ok or answer.status_code == 409:
            outcome = Outcome.KEPT if answer.ok else Outcome.REFUSED
            self._spool.drop(shot)
        else:
            outcome = Outcome.PUT_ASIDE
            log.error("shot %s is put aside: look into the folder spool/aside", shot)
            self._spool.put_aside(shot)
        self._look.set()
        self._settled(shot, outcome)
        return True

    # -- requests

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = (
            False  # a proxy of the environment has no business between two processes of one machine
        )
        session.headers.update(self._headers())
        certificate = self._settings.server.tls_certificate
        if certificate is not None:
            session.verify = str(certificate)
        return session

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _url(self, path: str) -> str:
        return self._settings.web_url.rstrip("/") + path

    def _post(self, session: requests.Session, path: str, content: dict[str, Any]) -> None:
        session.post(self._url(path), json=content, timeout=_SMALL_TIMEOUT).raise_for_status()


def _describe(error: Exception | None) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"status {error.response.status_code}"
    return type(error).__name__


def _refusal(response: requests.Response) -> str:
    try:
        return f"{response.status_code} {response.json()['refusal']['code']}"
    except (ValueError, KeyError, TypeError):
        return str(response.status_code)
