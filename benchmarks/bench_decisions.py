"""Decisions through HTTP: how long one takes with 10,000 students, how many come through in a second, and what a
million students in the records change.

A student's steps are sent as page and bridge send them, one after the other; what a page is answered holds its
snapshot. A second rate is that of four tablets at once.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from benchmarks.report import Row, quantile
from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.domain.id_numbers import make_synthetic
from kiosk.records.tables import Campaign, Student
from tests.actions.desk import NINGXIA, Desk, card_of, id_number
from tests.web.server_process import Browser, Server, serving

FEW, USUAL, MANY = 1_000, 10_000, 1_000_000
#: Students who walk through the steps; tablets, holds and releases of each, how often that is measured.
WALKED, TABLETS, HOLDS, ROUNDS = 60, 4, 100, 5
P95_BAR, RATE_BAR, RATIO_BAR = 20, 150, 1.3
PASSWORD = "a password of the benchmark"
_BATCH = 20_000
Times = dict[str, list[float]]


def measure() -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder, _site(Path(folder), USUAL) as server:
        times = _walked([(server, USUAL)])[0]
        rates = _held(server)
    every = [value for each in times.values() for value in each]
    p95 = quantile(every, 0.95)
    slowest = max(times, key=lambda name: quantile(times[name], 0.95))
    yield Row(
        f"a decision through HTTP, {USUAL:,} students, p95", f"≤ {P95_BAR} ms", f"{p95:.0f} ms",
        p95 <= P95_BAR,
        f"{len(every)} decisions of {len(times)} kinds, median {median(every):.0f} ms, slowest kind {slowest}"
        f" {quantile(times[slowest], 0.95):.0f} ms; eventlet, SQLite on disk",
    )  # fmt: skip
    steps = 1000 * len(every) / sum(every)
    yield Row(
        "decisions a second through HTTP, a student's steps", f"≥ {RATE_BAR}", f"{steps:.0f}",
        steps >= RATE_BAR, "kiosk page and bridge, one request after the other",
    )  # fmt: skip
    rate = median(rates)
    yield Row(
        "decisions a second through HTTP, tablets", f"≥ {RATE_BAR}", f"{rate:.0f}", rate >= RATE_BAR,
        f"{TABLETS} tablets at once, {2 * HOLDS} presses each; each answer shows the list's changes; median of"
        f" {ROUNDS} rounds, {min(rates):.0f} to {max(rates):.0f}",
    )  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other,
        _site(Path(one), FEW) as small, _site(Path(other), MANY) as large,
    ):  # fmt: skip
        both = _walked([(small, FEW), (large, MANY)])
    medians = [{name: median(each) for name, each in times.items()} for times in both]
    few, many = (sum(each.values()) for each in medians)
    worst = max(medians[0], key=lambda name: medians[1][name] / medians[0][name])
    yield Row(
        f"the same with {MANY:,} students against {FEW:,}", f"≤ {RATIO_BAR} ×", f"{many / few:.2f} ×",
        many / few <= RATIO_BAR,
        f"sum of the medians of {len(medians[0])} kinds, {few:.0f} against {many:.0f} ms, in turns; most {worst}"
        f" {medians[1][worst] / medians[0][worst]:.2f} ×",
    )  # fmt: skip


@contextmanager
def _site(folder: Path, students: int) -> Iterator[Server]:
    """A server of so many students."""
    with serving(folder, "eventlet", KIOSK_OPENING__REQUIRED="false", KIOSK_VISIT__AUTO_CALL="false") as server:
        desk = server.desk()
        try:
            _prepare(desk, students)
        finally:
            desk.database.close()
        yield server


def _prepare(desk: Desk, students: int) -> None:
    today, span = datetime.now(UTC).date(), timedelta(days=2)
    desk.prepare(0, capture_from=today - span, capture_until=today + span)
    with desk.database.write() as session:
        campaign = session.scalars(select(Campaign.id).where(Campaign.code == "autumn")).one()
        for start in range(1, students + 1, _BATCH):
            numbers = range(start, min(start + _BATCH, students + 1))
            session.execute(insert(Student), [_student(number, campaign) for number in numbers])
    people.add(
        desk.database, desk.settings, key="add-12345678", actor=Actor(SYSTEM, "bench"), login="li",
        display_name="Li", role="operator", password=PASSWORD,
    )  # fmt: skip


def _student(number: int, campaign: int) -> dict[str, Any]:
    """A roster row; the cards of the tests say only so many different birthdays of the past."""
    far = make_synthetic(date(1950, 1, 1) + timedelta(days=number // 1000), number % 1000, region=202)
    return {
        "campaign_id": campaign, "school_code": "51161", "student_number": f"2026{number:09d}",
        "name": f"学生{number}", "sex": "男" if number % 2 else "女",
        "id_number": id_number(number) if number <= USUAL else far,
        "class_name": f"班{number % 997}", "branch": f"分校{number % 20}",
    }  # fmt: skip


class _Wire:
    """A connection that stays open and costs its own process next to nothing: what is measured is the server."""

    def __init__(self, server: Server, headers: dict[str, str], browser: Browser | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = {"Content-Type": "application/json", **headers}
        if browser is not None:
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.session.cookies)
            self._headers |= {"Cookie": cookies, "X-CSRF-Token": browser.csrf}

    def post(self, path: str, content: dict[str, Any]) -> bytes:
        """The answer's body. Raises `RuntimeError` for a refusal."""
        self._connection.request("POST", path, json.dumps(content).encode(), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {body.decode()}")
        return body


class _Walk:
    """A kiosk and its bridge; `times`: milliseconds of each kind of decision."""

    def __init__(self, server: Server, students: int) -> None:
        browser = server.kiosk()
        self._page, self._spread = browser.page, min(students, USUAL) // WALKED
        self._kiosk, self._bridge = _Wire(server, {}, browser), _Wire(server, server.bridge_headers())
        self.times: Times = {}

    def student(self, step: int) -> None:
        """One from the first of the roster, from the card to the queue."""
        key = f"{step:08d}"
        card = {"key": f"card-{key}", "assurance": "chip_verified", "card": card_of(1 + step * self._spread)}
        visit = self._timed("identify", self._bridge, "/bridge/v1/identities", card)["result"]["visit"]
        self._press("confirm", key)
        self._press("declare", key, answers=NINGXIA)
        reading = {"key": f"warm-{key}", "visit": visit, "celsius": 36.5}
        self._timed("take_temperature", self._bridge, "/bridge/v1/temperatures", reading)
        self._press("step_aside", key)

    def _press(self, name: str, key: str, **more: Any) -> None:
        content = {"page": self._page, "key": f"{name}-{key}", **more}
        self._timed(name, self._kiosk, f"/kiosk/api/actions/{name}", content)

    def _timed(self, name: str, wire: _Wire, path: str, content: dict[str, Any]) -> dict[str, Any]:
        began = time.perf_counter()
        body = wire.post(path, content)
        self.times.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        found: dict[str, Any] = json.loads(body)
        return found


def _walked(sites: Sequence[tuple[Server, int]]) -> list[Times]:
    """The times of each site; students come in turns, so that a slow moment of the machine is everybody's."""
    walks = [_Walk(server, students) for server, students in sites]
    for step in range(WALKED):
        for walk in walks:
            walk.student(step)
    return [walk.times for walk in walks]


def _held(server: Server) -> list[float]:
    """Decisions a second of each round in which several tablets hold and release visits at once."""
    tablets = [server.staff("li", PASSWORD) for _ in range(TABLETS)]
    shown = tablets[0].get("/staff/api/snapshot").json()
    waiting = [row["id"] for row in shown["visits"] if "hold" in row["actions"]]

    def press(tablet: Browser, visit: str, name: str) -> None:
        wire, cursor = _Wire(server, {}, tablet), shown["cursor"]
        for number in range(HOLDS):
            for action in ("hold", "release_hold"):
                content = {"key": f"{name}-{action}-{number:06d}", "visit": visit}
                answer = json.loads(wire.post(f"/staff/api/actions/{action}?since={cursor}", content))
                cursor = answer["snapshot"]["cursor"]

    rates = []
    for turn in range(ROUNDS):
        threads = [
            threading.Thread(target=press, args=(tablet, waiting[place], f"t{turn}-{place}"))
            for place, tablet in enumerate(tablets)
        ]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rates.append(TABLETS * 2 * HOLDS / (time.perf_counter() - began))
    return rates
