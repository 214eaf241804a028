"""How long the web process takes to answer, in both modes, over real HTTP on loopback; and its memory."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import requests
import socketio

from benchmarks.report import Row, quantile
from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from tests.actions.desk import NINGXIA, Desk, card_of
from tests.web.server_process import Browser, Server, serving

PRESSES, READS, CARDS = 200, 200, 30
VISITS = 200
ACTION_BAR, SNAPSHOT_BAR, CARD_BAR, LIST_BAR = 100, 50, 300, 250
PASSWORD = "a password of the benchmark"


def measure() -> Iterator[Row]:
    """The rows of the table."""
    for mode in ("eventlet", "threading"):
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(Path(folder), mode, KIOSK_OPENING__REQUIRED="false") as server,
        ):
            desk = server.desk()
            try:
                yield from _measure(mode, server, desk)
            finally:
                desk.database.close()


def _measure(mode: str, server: Server, desk: Desk) -> Iterator[Row]:
    today = datetime.now(UTC).date()
    span = timedelta(days=2)
    desk.prepare(students=VISITS + CARDS, capture_from=today - span, capture_until=today + span)
    desk.now = datetime.now(UTC)
    browser = server.kiosk()
    presses = _times(
        PRESSES, lambda i: browser.act("set_language", f"press-{i:08d}", language="en").raise_for_status()
    )
    yield _row(f"a press at the kiosk, {mode}, p95", presses, ACTION_BAR)
    reads = _times(READS, lambda _: browser.snapshot())
    yield _row(f"the kiosk's snapshot, {mode}, p95", reads, SNAPSHOT_BAR)
    cards = [_card(server, browser, number) for number in range(1, CARDS + 1)]
    yield _row(f"card told → name in the page's snapshot, {mode}, p95", cards, CARD_BAR)
    for number in range(CARDS + 1, CARDS + VISITS + 1):
        desk.card(number, "kiosk-2")
        desk.kiosk("confirm", "kiosk-2")
        desk.kiosk("declare", "kiosk-2", answers=NINGXIA)
        desk.kiosk("park", "kiosk-2", cause="left")
    people.add(
        desk.database, desk.settings, key="add-12345678", actor=Actor(SYSTEM, "bench"), login="li",
        display_name="Li", role="operator", password=PASSWORD,
    )  # fmt: skip
    staff = server.staff("li", PASSWORD)
    lists = _times(20, lambda _: staff.get("/staff/api/snapshot").raise_for_status())
    yield _row(f"the staff list with {VISITS + CARDS} visits, {mode}, p95", lists, LIST_BAR)
    assert server.process is not None
    memory = psutil.Process(server.process.pid).memory_info().rss / 1e6
    yield Row(f"memory of the web process after that, {mode}", "", f"{memory:.0f} MB", None)


def _row(what: str, times: list[float], bar: int) -> Row:
    p95 = quantile(times, 0.95)
    return Row(
        what,
        f"≤ {bar} ms",
        f"{p95:.0f} ms",
        p95 <= bar,
        f"{len(times)} times, median {quantile(times, 0.5):.0f} ms",
    )


def _times(count: int, work: Callable[[int], object]) -> list[float]:
    """Milliseconds of each of `count` runs."""
    found = []
    for number in range(count):
        began = time.perf_counter()
        work(number)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _card(server: Server, browser: Browser, student: int) -> float:
    """Milliseconds from the bridge's word to the snapshot that a hint made the page read."""
    hinted = threading.Event()
    client = socketio.Client(http_session=browser.session, reconnection=False)
    client.on("changed", lambda _: hinted.set(), namespace="/pages")
    client.connect(
        server.url, auth={"room": "station"}, namespaces=["/pages"], transports=["websocket"], wait_timeout=30
    )
    try:
        content = {"key": f"card-{student:08d}", "assurance": "chip_verified", "card": card_of(student)}
        sender = threading.Thread(
            target=lambda: requests.post(
                f"{server.url}/bridge/v1/identities", json=content, headers=server.bridge_headers(), timeout=30
            )
        )
        began = time.perf_counter()
        sender.start()
        while True:
            if not hinted.wait(30):
                raise RuntimeError("no page was told of the card")
            hinted.clear()
            if (browser.snapshot()["visit"] or {}).get("masked"):
                break
        took = (time.perf_counter() - began) * 1000
        sender.join()
    finally:
        client.disconnect()
    browser.act("park", f"left-{student:08d}", cause="left").raise_for_status()
    return took
