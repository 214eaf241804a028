"""Two operators press "call next" at once until a thousand were called: who was called twice, who never."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.report import Row, quantile
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import migrate
from kiosk.records.database import Database
from tests.actions.desk import Desk, settings_for

STUDENTS = 1000


def measure() -> Iterable[Row]:
    """One row: double calls and gaps, with the time of a press."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kiosk.sqlite3'}"
        migrate.upgrade(url)
        database = Database(url, 30.0)
        desk = Desk(database, settings_for(Path(folder), url))
        desk.prepare(STUDENTS, screening="off", temperature_required=False)
        for student in range(1, STUDENTS + 1):
            desk.card(student)
            desk.kiosk("confirm")
            desk.kiosk("step_aside")
        called: list[int] = []
        seconds: list[float] = []

        def operate(station: str) -> None:
            while True:
                begun = time.perf_counter()
                try:
                    answer = desk.staff("call_next", station=station)
                except Refusal as refusal:
                    if refusal.code is Code.NOBODY_WAITING:
                        return
                    raise
                seconds.append(time.perf_counter() - begun)
                called.append(int(answer["number"]))
                desk.staff("cancel", visit=answer["visit"])

        operators = [threading.Thread(target=operate, args=(f"kiosk-{seat}",)) for seat in (1, 2)]
        for operator in operators:
            operator.start()
        for operator in operators:
            operator.join()
        database.close()
    double = sum(count - 1 for count in Counter(called).values())
    gaps = len(set(range(1, STUDENTS + 1)) - set(called))
    yield Row(
        "two operators pressing “call next” at once",
        "0 double calls, 0 gaps",
        f"{double} double, {gaps} gaps; a press p50 {quantile(seconds, 0.5) * 1000:.0f} ms, "
        f"p95 {quantile(seconds, 0.95) * 1000:.0f} ms",
        double == 0 and gaps == 0,
        f"{STUDENTS} students in one queue, two threads on SQLite",
    )
