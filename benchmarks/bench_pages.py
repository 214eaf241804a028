"""How soon pages see what happened: a decision told to fifty pages, and the staff page of a day of 2,000 visits.

The staff page runs in Chromium without a screen (software drawing), against the real web process.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import socketio
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import insert, select

from benchmarks.report import Row, quantile
from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.domain.queue import day_of
from kiosk.records.tables import Campaign, SiteSession, Student, Visit
from tests.actions.desk import Desk
from tests.web.server_process import Server, serving

PAGES, DECISIONS = 50, 20
VISITS, WAITING, PAINTS, UPDATES = 2_000, 300, 5, 20
EVENT_BAR, PAINT_BAR, UPDATE_BAR = 100, 1000, 100
PASSWORD = "a password of the benchmark"
_LIMIT = 60
_ROW = "[data-group=waiting] [data-visit]"
#: Notes when the frame is over in which rows were drawn for the first time.
_PAINTED = """
new MutationObserver((_, watch) => {
  if (!document.querySelector("[data-visit]")) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
}).observe(document, {childList: true, subtree: true});
"""
#: Notes when the frame is over in which the mark of a held visit came or went.
_WATCH = """(visit) => {
  const held = () => document.querySelector(`[data-visit="${visit}"] .row-flags .warn`) !== null;
  const before = held();
  window.drawn = 0;
  new MutationObserver((_, watch) => {
    if (held() === before) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); }));
  }).observe(document.getElementById("list"), {childList: true, subtree: true});
  window.began = performance.now();
}"""


def measure() -> Iterator[Row]:
    """The rows of the table."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(
            Path(folder), "eventlet", KIOSK_OPENING__REQUIRED="false", KIOSK_VISIT__AUTO_CALL="false"
        ) as server,
    ):
        desk = server.desk()
        try:
            _prepare(desk)
            yield _events(server)
            yield from _staff_page(server)
        finally:
            desk.database.close()


def _prepare(desk: Desk) -> None:
    """A day of many visits: most are done, some wait."""
    now = datetime.now(UTC)
    span = timedelta(days=2)
    desk.now = now
    desk.prepare(VISITS, capture_from=now.date() - span, capture_until=now.date() + span)
    with desk.database.write() as session:
        campaign = session.scalars(select(Campaign.id)).one()
        day = SiteSession(campaign_id=campaign, day=day_of(now), site=desk.settings.site.code, opened_at=now)
        session.add(day)
        session.flush()
        students = session.scalars(select(Student.id).order_by(Student.id)).all()
        rows = []
        for number, student in enumerate(students, start=1):
            waits = number > VISITS - WAITING
            since = now - timedelta(seconds=10 * (VISITS - number))
            rows.append(
                {"public_id": secrets.token_hex(16), "campaign_id": campaign, "session_id": day.id,
                 "student_id": student, "assurance": "chip_verified", "state": "queued" if waits else "done",
                 "state_since": since, "created_at": since, "ended_at": None if waits else since,
                 "number": number, "version": 1}
            )  # fmt: skip
        session.execute(insert(Visit), rows)
    people.add(
        desk.database, desk.settings, key="add-12345678", actor=Actor(SYSTEM, "bench"), login="li",
        display_name="Li", role="operator", password=PASSWORD,
    )  # fmt: skip


def _events(server: Server) -> Row:
    """From the press at the kiosk to the last of the pages that are told."""
    kiosk = server.kiosk()
    came = [threading.Event() for _ in range(PAGES)]
    at = [0.0] * PAGES

    def hearing(place: int) -> Callable[[object], None]:
        def hear(_: object) -> None:
            at[place] = time.perf_counter()
            came[place].set()

        return hear

    clients = []
    took: list[float] = []
    try:
        for place in range(PAGES):
            client = socketio.Client(reconnection=False)
            client.on("changed", hearing(place), namespace="/pages")
            client.connect(
                server.url, auth={"room": "board"}, namespaces=["/pages"], transports=["websocket"],
                wait_timeout=_LIMIT,
            )  # fmt: skip
            clients.append(client)
        for number in range(DECISIONS):
            for each in came:
                each.clear()
            began = time.perf_counter()
            kiosk.act("set_language", f"press-{number:08d}", language=("en", "zh_CN")[number % 2])
            for each in came:
                if not each.wait(_LIMIT):
                    raise RuntimeError("a page was not told")
            took += [(heard - began) * 1000 for heard in at]
    finally:
        for client in clients:
            client.disconnect()
    p95 = quantile(took, 0.95)
    return Row(
        f"a decision told to {PAGES} connected pages", f"p95 ≤ {EVENT_BAR} ms", f"p95 {p95:.0f} ms",
        p95 <= EVENT_BAR,
        f"{DECISIONS} decisions, from the press to the event, p50 {quantile(took, 0.5):.0f} ms; all pages are"
        " threads of one process",
    )  # fmt: skip


def _staff_page(server: Server) -> Iterator[Row]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        try:
            page = _signed_in(server, browser)
            paints = [_paint(server, page) for _ in range(PAINTS)]
            updates = _updates(server, page)
        finally:
            browser.close()
    worst, p95 = max(paints), quantile(updates, 0.95)
    data = f"{VISITS} visits, {WAITING} of them waiting"
    yield Row(
        f"staff page with {VISITS:,} visits, first paint of the list", f"≤ {PAINT_BAR} ms", f"{worst:.0f} ms",
        worst <= PAINT_BAR, f"{data}; worst of {PAINTS}, from the address to the rows on the screen",
    )  # fmt: skip
    yield Row(
        f"staff page with {VISITS:,} visits, update", f"p95 ≤ {UPDATE_BAR} ms", f"p95 {p95:.0f} ms",
        p95 <= UPDATE_BAR,
        f"{data}; {UPDATES} times, from another tablet's press to the frame, p50 {quantile(updates, 0.5):.0f} ms",
    )  # fmt: skip


def _signed_in(server: Server, browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1180, "height": 820})
    page.goto(f"{server.url}/staff/login")
    page.fill("[name=login]", "li")
    page.fill("[name=password]", PASSWORD)
    page.click("[data-testid=submit]")
    page.wait_for_selector("[data-visit]", timeout=_LIMIT * 1000)
    return page


def _paint(server: Server, page: Page) -> float:
    """Milliseconds from the start of the navigation to the frame that has rows."""
    page.add_init_script(_PAINTED)
    page.goto(f"{server.url}/staff/")
    page.wait_for_function("() => window.painted", timeout=_LIMIT * 1000)
    found: float = page.evaluate("() => window.painted")
    return found


def _updates(server: Server, page: Page) -> list[float]:
    """Milliseconds from another tablet's press, a visit held or released, to the frame that shows it."""
    tablet = server.staff("li", PASSWORD)
    cursor = tablet.get("/staff/api/snapshot").json()["cursor"]
    visit = page.get_attribute(_ROW, "data-visit")
    found = []
    for number in range(UPDATES):
        name = ("hold", "release_hold")[number % 2]
        page.evaluate(_WATCH, visit)
        content = {"key": f"press-{name}-{number:06d}", "visit": visit}
        answer = tablet.post(f"/staff/api/actions/{name}?since={cursor}", content)
        answer.raise_for_status()
        cursor = answer.json()["snapshot"]["cursor"]
        page.wait_for_function("() => window.drawn", timeout=_LIMIT * 1000)
        found.append(float(page.evaluate("() => window.drawn - window.began")))
    return found
