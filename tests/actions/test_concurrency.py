"""Many at once: two never get the same number, a key decides once, nothing is counted twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.actions.base import Outcome
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit, migrate, queries
from kiosk.records.database import Database
from kiosk.records.tables import Decision, Visit
from tests.actions.desk import MORNING, Desk, settings_for

THREADS = 8
WAITING = 5


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """A site with a kiosk a thread."""
    if request.param == "sqlite":
        found: Desk = request.getfixturevalue("bare_desk")
    else:
        url = request.getfixturevalue("postgres_url")
        migrate.upgrade(url)
        database = Database(url, busy_seconds=30)
        request.addfinalizer(database.close)
        found = Desk(database, settings_for(tmp_path, url))
    found.database.engine.pool.dispose()
    found.prepare(students=THREADS, screening="off", temperature_required=False)
    with found.database.write() as session:
        for number in range(1, THREADS + 1):
            queries.ensure_station(session, f"kiosk-{number}", str(number), "", MORNING)
    return found


def at_once(decisions: list[Callable[[], Outcome]]) -> list[Outcome | Code]:
    """Run every decision in a thread of its own, all starting together."""
    barrier = threading.Barrier(len(decisions))

    def run(decision: Callable[[], Outcome]) -> Outcome | Code:
        barrier.wait()
        try:
            return decision()
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(decisions)) as pool:
        return list(pool.map(run, decisions))


def queue_up(site: Desk, students: int) -> None:
    for student in range(1, students + 1):
        site.card(student)
        site.kiosk("confirm")
        site.kiosk("step_aside")


def test_no_two_operators_ever_call_the_same_student(site: Desk) -> None:
    queue_up(site, WAITING)
    answers = at_once(
        [lambda n=n: site.staff("call_next", station=f"kiosk-{n}") for n in range(1, THREADS + 1)]  # type: ignore[misc]
    )
    called = [answer["visit"] for answer in answers if isinstance(answer, dict)]
    assert len(called) == len(set(called)) == WAITING
    assert answers.count(Code.NOBODY_WAITING) == THREADS - WAITING
    with site.database.read() as session:
        seats = [station.seat_visit_id for station in queries.stations(session) if station.seat_visit_id]
        assert len(seats) == len(set(seats)) == WAITING
        assert audit.verify(session)[1] is None


def test_one_seat_is_given_once(site: Desk) -> None:
    queue_up(site, WAITING)
    answers = at_once([lambda: site.staff("call_next", station="kiosk-1") for _ in range(THREADS)])
    outcomes = Counter("called" if isinstance(answer, dict) else answer.value for answer in answers)
    assert outcomes == {"called": 1, "seat_taken": THREADS - 1}


def test_one_key_decides_once_however_often_it_comes_at_once(site: Desk) -> None:
    queue_up(site, WAITING)
    before = site.count(Decision)
    answers = at_once(
        [lambda: site.staff("call_next", key="one-press", station="kiosk-1") for _ in range(THREADS)]
    )
    assert all(answer == answers[0] for answer in answers) and isinstance(answers[0], dict)
    assert site.count(Decision) == before + 1


def test_one_card_at_every_kiosk_opens_one_visit(site: Desk) -> None:
    answers = at_once(
        [lambda n=n: site.card(1, f"kiosk-{n}") for n in range(1, THREADS + 1)]  # type: ignore[misc]
    )
    assert site.count(Visit) == 1
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert answers.count(Code.VISIT_OPEN_ELSEWHERE) == THREADS - 1


def test_numbers_are_given_once_each(site: Desk) -> None:
    for number in range(1, THREADS + 1):
        site.card(number, f"kiosk-{number}")
    answers = at_once(
        [lambda n=n: site.kiosk("confirm", f"kiosk-{n}") for n in range(1, THREADS + 1)]  # type: ignore[misc]
    )
    assert sorted(answer["number"] for answer in answers if isinstance(answer, dict)) == list(
        range(1, THREADS + 1)
    )
    site.now += timedelta(seconds=1)
    with site.database.read() as session:
        assert audit.verify(session)[1] is None
