"""Processes are killed at every step of a visit: the same student goes on at the same step, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from kiosk.records import audit
from kiosk.records.tables import Shot, Visit
from kiosk.records.vault import Vault
from tests.e2e.walk import Student
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
