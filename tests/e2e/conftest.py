"""One kiosk for a module's browser tests, each test with pages and students of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

import kiosk.actions.catalogue  # noqa: F401 - registers the actions
from kiosk.actions.base import ADMINISTRATOR, STAFF, Actor, perform
from kiosk.domain.states import VisitState as S
from kiosk.records.tables import Station, Visit
from tests.e2e.tablet import TABLET, Tablet, hire
from tests.e2e.walk import KIOSK_PORTRAIT, PATIENCE, Student
from tests.harness.kiosk import Kiosk


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk in demo with an administrator `boss`, a medic `medic` and an operator `operator`."""
    folder: Path = tmp_path_factory.mktemp("site")
    kiosk = Kiosk(folder)
    kiosk.start()
    try:
        for login, role in (("boss", "administrator"), ("medic", "medic"), ("operator", "operator")):
            hire(kiosk, login, role)
        yield kiosk
    finally:
        kiosk.stop()
        print(kiosk.logs())


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A function that opens a page in a browser context of its own; closes all at the end.

    What a page's script throws fails the test.
    """
    contexts = []
    errors: list[str] = []

    def make(viewport: dict[str, int], **options: object) -> Page:
        context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, errors


def clear(kiosk: Kiosk) -> None:
    """Nobody in front of the kiosk, whatever the test before left: staff cancel who is, a notice goes."""
    database = kiosk.db()
    boss = Actor(STAFF, "boss", ADMINISTRATOR, kiosk.settings.station.name)
    try:
        with database.read() as session:
            gone = [S.DONE, S.REFUSED, S.ESCALATED, S.CANCELLED, S.ACCEPTED]
            left = session.scalars(select(Visit.public_id).where(Visit.state.not_in(gone))).all()
        for visit in left:
            key = secrets.token_hex(8)
            perform(database, kiosk.settings, "cancel", key=key, actor=boss, reason="test", visit=visit)
        with database.write() as session:
            session.execute(
                update(Station).values(
                    notice=None, mode="welcome", language="zh_CN", front_visit_id=None, seat_visit_id=None
                )
            )
    finally:
        database.close()


@pytest.fixture
def student(site: Kiosk, open_page: Callable[..., Page]) -> Student:
    """A student in front of the kiosk's welcome screen, camera and thermometer as on a good day."""
    clear(site)
    someone = Student(site, open_page(KIOSK_PORTRAIT, has_touch=True))
    someone.take_card()
    someone.simulate("scene", "good")
    someone.simulate("thermometer", "set", "36.5")
    return someone.open()


@pytest.fixture
def tablet(site: Kiosk, open_page: Callable[..., Page]) -> Tablet:
    """The administrator's tablet."""
    return Tablet(site, open_page(TABLET, has_touch=True)).log_in("boss")
