"""The receipt on a phone: bytes over the wire and first paint over a throttled 3G line, in Chromium.

The page is reached through a relay that counts what passes, so that the service worker's own requests count too.
"""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from benchmarks.report import Row
from kiosk import secrets_store
from kiosk.domain.receipts import token
from kiosk.records.tables import Visit
from tests.web.server_process import serving

BYTES_BAR, PAINT_BAR_MS, ROUNDS = 60_000, 1_000, 5
#: The "3G" of WebPageTest: bits a second down and up, round trip in milliseconds.
DOWN, UP, LATENCY = 1_600_000, 768_000, 300
CHROMIUM = "/usr/bin/chromium"


def measure() -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "threading") as server:
        desk = server.desk()
        try:
            today = datetime.now(UTC).date()
            span = timedelta(days=2)
            desk.prepare(students=1, capture_from=today - span, capture_until=today + span)
            desk.now = datetime.now(UTC)
            desk.photograph(1)
            key = secrets_store.read_or_make(desk.settings, secrets_store.RECEIPT_KEY).encode()
            with desk.database.read() as session:
                nonce = session.scalars(select(Visit.receipt_nonce)).one() or ""
        finally:
            desk.database.close()
        with relay(desk.settings.server.port) as line, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            address = f"http://127.0.0.1:{line.port}/r/{token(key, nonce)}"
            rounds = [_visit(browser, line, address) for _ in range(ROUNDS)]
            browser.close()
    most = max(size for size, _ in rounds)
    paints = [paint for _, paint in rounds]
    yield Row(
        "the receipt on a phone, bytes over the wire", f"≤ {BYTES_BAR // 1000} kB", f"{most / 1000:.1f} kB",
        most <= BYTES_BAR, "empty cache, every answer with its headers, the service worker's too, without TLS",
    )  # fmt: skip
    yield Row(
        "the receipt on a phone, first paint", f"≤ {PAINT_BAR_MS} ms", f"{median(paints):.0f} ms",
        median(paints) <= PAINT_BAR_MS,
        f"Chromium, 3G: {DOWN / 1e6:g} Mbit/s down, {UP / 1000:g} kbit/s up, {LATENCY} ms; {ROUNDS} times, "
        f"slowest {max(paints):.0f} ms",
    )  # fmt: skip


def _visit(browser: Browser, line: Relay, address: str) -> tuple[int, float]:
    """Bytes and milliseconds to the first contentful paint of a phone that was never here."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, locale="zh-CN")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN / 8, "uploadThroughput": UP / 8},
    )
    before = line.sent
    page.goto(address, wait_until="load")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_load_state("networkidle")
    paint = page.evaluate(
        "new Promise((done) => new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint')"
        ".forEach((entry) => done(entry.startTime))).observe({ type: 'paint', buffered: true }))"
    )
    size = line.sent - before
    context.close()
    return size, float(paint)


class Relay:
    """Passes connections on to a local port and counts the bytes that come back."""

    def __init__(self, target: int) -> None:
        self.target, self.sent = target, 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while block := source.recv(65536):
                self.sent += len(block) if counted else 0
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)


@contextmanager
def relay(target: int) -> Iterator[Relay]:
    """A relay while the block runs."""
    line = Relay(target)
    try:
        yield line
    finally:
        line.close()
