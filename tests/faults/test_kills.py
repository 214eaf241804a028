"""Processes are killed at every step of a visit: the same student goes on at the same step, nothing is lost."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

import kiosk.actions.catalogue  # noqa: F401 - registers the actions
from kiosk.actions.base import ADMINISTRATOR, KIOSK, STAFF, Actor, perform
from kiosk.records import audit
from kiosk.records.tables import Shot, Visit
from kiosk.records.vault import Vault
from tests.e2e.walk import KIOSK_PORTRAIT, Student
from tests.harness.kiosk import Kiosk

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.timeout(600)]


def walk(student: Student, position: int, disturb: Callable[[], None]) -> None:
    """The whole journey, disturbed on every screen; after it the same screen comes back by itself.

    A bridge that starts anew has a thermometer that measures and a camera that sees somebody: there the visit may
    have gone one step on meanwhile, never back and never to somebody else.
    """

    def disturbed(screen: str, *further: str) -> None:
        student.sees(screen, *further)
        disturb()
        student.sees(screen, *further)

    student.begin()
    disturbed("identify")
    student.identify(position)
    disturbed("confirm")
    student.press("confirm")
    disturbed("declare")
    student.simulate("thermometer", "unplug")
    student.declare()
    disturbed("temperature", "called")
    student.simulate("thermometer", "plug")
    disturbed("called")
    student.simulate("scene", "empty", "1.0")
    student.press("begin_capture")
    disturbed("capture", "review")
    student.simulate("scene", "good")
    student.sees("review")
    seen = student.shot_bytes()
    disturbed("review")
    assert student.shot_bytes() == seen
    student.press("accept")
    disturbed("receipt")
    student.press("finish")
    student.sees("welcome")


def assert_nothing_lost_or_doubled(site: Kiosk, number: str) -> None:
    """One visit, done, one shot, both of its files whole, the audit's chain unbroken."""
    database = site.db()
    vault = Vault(site.settings.data / "vault")
    try:
        with database.read() as session:
            (visit,) = session.scalars(select(Visit).where(Visit.student.has(id_number=number))).all()
            assert visit.state == "done"
            (shot,) = session.scalars(select(Shot).where(Shot.visit_id == visit.id)).all()
            assert visit.accepted_shot_id == shot.id
            assert vault.get(shot.original_sha256) and vault.get(shot.deliverable_sha256 or "")
            assert audit.verify(session)[1] is None
    finally:
        database.close()


def test_web_bridge_and_worker_killed_at_every_step(student: Student, site: Kiosk) -> None:
    position = student.card_of("ordinary", 20)

    def disturb() -> None:
        for name in ("web", "bridge", "worker"):
            site.kill(name)
        site.wait_healthy()

    walk(student, position, disturb)
    assert_nothing_lost_or_doubled(site, student.cards()[position]["number"])


def test_power_cut_at_every_step(student: Student, site: Kiosk) -> None:
    position = student.card_of("ordinary", 21)

    def disturb() -> None:
        site.kill_launcher()
        site.start()
        student.page.goto(site.ticket_url)

    walk(student, position, disturb)
    assert_nothing_lost_or_doubled(site, student.cards()[position]["number"])


#: Long enough that no screen goes by itself while processes start anew.
PATIENT = {
    "visit.auto_call": False,
    "visit.waiting_screen_seconds": 600,
    "visit.notice_screen_seconds": 600,
    "visit.idle_warn_seconds": 500,
    "visit.idle_park_seconds": 600,
}


def test_the_screens_that_only_wait_survive_a_reload_and_a_kill(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    """Data reported, waiting for the number, parked: the same student's screen comes back, and the way goes on."""
    site = Kiosk(tmp_path, PATIENT)
    site.start()
    try:
        student = Student(site, open_page(KIOSK_PORTRAIT)).open()
        here = site.settings.station.name
        boss, page = Actor(STAFF, "boss", ADMINISTRATOR, here), Actor(KIOSK, here, station=here)

        def decided(name: str, actor: Actor, reason: str | None = None, **values: Any) -> None:
            database = site.db()
            try:
                perform(
                    database, site.settings, name, key=secrets.token_hex(8), actor=actor, reason=reason, **values
                )
            finally:
                database.close()

        def shown() -> tuple[str, int | None, str]:
            """Public id, number and state of the newest visit."""
            database = site.db()
            try:
                with database.read() as session:
                    visit = session.scalars(select(Visit).order_by(Visit.id.desc())).first()
                    assert visit is not None
                    return visit.public_id, visit.number, visit.state
            finally:
                database.close()

        def disturbed(screen: str) -> str:
            student.sees(screen)
            before = shown()
            student.page.reload()
            student.sees(screen)
            for name in ("web", "bridge"):
                site.kill(name)
            site.wait_healthy()
            student.sees(screen)
            student.page.reload()
            student.sees(screen)
            assert shown() == before
            return before[0]

        student.begin()
        student.identify(student.card_of("ordinary", 22))
        student.press("wrong")
        student.page.locator("[data-action='field'][data-value='name']").click()
        student.press("report_wrong_data")
        visit = disturbed("data_reported")
        decided("resolve_report", boss, "checked", visit=visit, resolution="continue")
        student.sees("confirm")
        student.press("confirm")
        student.declare()
        assert disturbed("waiting") == visit
        decided("call_next", boss, station=here)
        student.sees("called")
        student.press("begin_capture")
        student.simulate("scene", "empty", "1")
        student.sees("capture", "review")
        decided("park", page, cause="idle", visit=visit)
        assert disturbed("parked") == visit
        student.press("leave")
        student.sees("welcome")
        assert shown()[2] == "parked"
    finally:
        site.stop()
        print(site.logs())
