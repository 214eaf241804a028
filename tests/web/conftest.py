"""The whole app on a site of its own: pages, staff and bridge speak to it as they do in a browser."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk import secrets_store
from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.settings import Settings
from kiosk.web.app import create_app
from kiosk.web.site import Site
from kiosk.web.sweep import Sweep
from tests.actions.desk import NINGXIA, Desk, card_of, settings_for, shot_facts

PASSWORD = "a long enough password"
JPEG = b"\xff\xd8 a picture \xff\xd9"
PNG = b"\x89PNG an original"


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An SQLite file at the newest revision, made once."""
    file = tmp_path_factory.mktemp("web-records") / "empty.sqlite3"
    migrate.upgrade(f"sqlite:///{file}")
    return file.read_bytes()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as weakly as can be: how strong the real ones are is not tested here."""
    monkeypatch.setattr(people, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Page:
    """One browser with one page open."""

    client: FlaskClient
    folder: str
    csrf: str
    page: str = ""
    keys: Iterator[int] = field(default_factory=lambda: iter(range(10**8, 10**9)))

    def get(self, path: str, **more: Any) -> TestResponse:
        """GET below the folder of this kind of page."""
        return self.client.get(self.folder + path, **more)

    def post(self, path: str, content: object, **headers: str) -> TestResponse:
        """POST JSON with the CSRF token."""
        return self.client.post(self.folder + path, json=content, headers={"X-CSRF-Token": self.csrf, **headers})

    def act(self, name: str, key: str = "", **values: Any) -> TestResponse:
        """A press."""
        content = {"key": key or f"press-{self.folder[1:]}-{next(self.keys)}", **values}
        if self.page:
            content.setdefault("page", self.page)
        return self.post(f"/api/actions/{name}", content)

    def snapshot(self) -> dict[str, Any]:
        """What the page shows."""
        answer = self.get("/api/snapshot", query_string={"page": self.page} if self.page else {})
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})


@dataclass
class Web:
    """The app, and the site it works on."""

    app: Flask
    desk: Desk

    @property
    def site(self) -> Site:
        """What the requests work with."""
        found: Site = self.app.extensions["kiosk_site"]
        return found

    @property
    def sweep(self) -> Sweep:
        """The rounds, made by hand."""
        found: Sweep = self.app.extensions["kiosk_sweep"]
        return found

    def kiosk(self, claim: bool = True) -> Page:
        """A kiosk page, opened with the ticket."""
        client = self.app.test_client()
        ticket = secrets_store.read_or_make(self.desk.settings, secrets_store.KIOSK_TICKET)
        opened = client.get("/kiosk/open", query_string={"ticket": ticket}, follow_redirects=True)
        assert opened.status_code == 200, opened.text
        page = Page(client, "/kiosk", found(r'data-csrf="([^"]+)"', opened), found(r'data-page="([^"]+)"', opened))
        if claim:
            assert page.post("/api/claim", {"page": page.page}).status_code == 200
        return page

    def add_staff(self, role: str, login: str = "") -> str:
        """An account of that role; its log-in."""
        name = login or f"the-{role}"
        people.add(
            self.desk.database, self.desk.settings, key=f"add-{name}-12345", actor=Actor(SYSTEM, "test"),
            login=name, display_name=role.title(), role=role, password=PASSWORD,
        )  # fmt: skip
        return name

    def staff(self, role: str = "operator", login: str = "") -> Page:
        """A tablet on which a member of that role is logged in."""
        name = login or self.add_staff(role)
        client = self.app.test_client()
        answer = log_in(client, name, PASSWORD)
        assert answer.status_code == 302, answer.text
        visits = client.get("/staff/")
        return Page(client, "/staff", found(r'name="csrf-token" content="([^"]+)"', visits))

    def bridge(self, method: str, path: str, content: object = None, **more: Any) -> TestResponse:
        """A request of the bridge with its token."""
        token = secrets_store.read_or_make(self.desk.settings, secrets_store.BRIDGE_TOKEN)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.app.test_client().open(
            f"/bridge/v1/{path}", method=method, json=content, headers=headers, **more
        )

    def wanted(self) -> dict[str, Any]:
        """What the bridge is told."""
        return dict(self.bridge("GET", "station").json or {})

    def card(self, student: int, key: str = "") -> TestResponse:
        """A card on the reader."""
        content = {"key": key or f"card-{student:08d}", "assurance": "chip_verified", "source": "virtual"}
        return self.bridge("POST", "identities", {**content, "card": card_of(student)})

    def shoot(self, visit: str, ordinal: int = 1, verdict: str = "pass", **changes: Any) -> TestResponse:
        """A shot with its two files."""
        deliverable = JPEG + bytes([ordinal])
        facts = {
            **shot_facts(visit, ordinal, self.desk.now, verdict),
            "original_sha256": hashlib.sha256(PNG).hexdigest(),
            "deliverable_sha256": hashlib.sha256(deliverable).hexdigest(),
            **changes,
        }
        return self.bridge(
            "POST", "shots",
            data={
                "facts": json.dumps(facts),
                "original": (io.BytesIO(PNG), "original.png", "image/png"),
                "deliverable": (io.BytesIO(deliverable), "deliverable.jpg", "image/jpeg"),
            },
            content_type="multipart/form-data",
        )  # fmt: skip

    def to_capture(self, page: Page, student: int = 1) -> str:
        """From the card to the camera, by HTTP alone."""
        visit = str(self.card(student).json["result"]["visit"])  # type: ignore[index]
        for name, values in (("confirm", {}), ("declare", {"answers": NINGXIA})):
            answer = page.act(name, **values)
            assert answer.status_code == 200, answer.text
        content = {"key": f"temperature-{visit[:8]}", "visit": visit, "celsius": 36.5}
        assert self.bridge("POST", "temperatures", content).status_code == 200
        assert page.act("begin_capture").status_code == 200
        return visit


def found(pattern: str, answer: TestResponse) -> str:
    """What the pattern catches in the answer's text."""
    match = re.search(pattern, answer.text)
    assert match, answer.text[:2000]
    return match[1]


def log_in(client: FlaskClient, login: str, password: str, **more: Any) -> TestResponse:
    """Fill in the log-in form and send it."""
    form = client.get("/staff/login", **more)
    token = found(r'name="csrf_token" value="([^"]+)"', form)
    content = {"login": login, "password": password, "csrf_token": token}
    return client.post("/staff/login", data=content, **more)


@pytest.fixture
def make_web(empty_records: bytes, tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """A function that makes a site with six students and its app; keywords are sections of the settings."""
    opened: list[Database] = []

    def make(**sections: Any) -> Web:
        folder = tmp_path / f"site-{len(opened)}"
        folder.mkdir()
        (folder / "kiosk.sqlite3").write_bytes(empty_records)
        url = f"sqlite:///{folder / 'kiosk.sqlite3'}"
        server = {"async_mode": "threading", "login_rate": "1000 per minute", **sections.pop("server", {})}
        settings: Settings = settings_for(folder, url, server=server, **sections)
        database = Database(url, 0.1)
        opened.append(database)
        desk = Desk(database, settings)
        desk.prepare()
        app = create_app(settings, database)
        web = Web(app, desk)
        web.site.clock = lambda: desk.now
        for each in (web.site.bridge, web.site.desk, web.site.watch):
            each.clock = lambda: 1000.0  # a slow machine makes no bridge silent, no order lost, no picture old
        web.site.started_at = desk.now
        return web

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def web(make_web: Callable[..., Web]) -> Web:
    """A site with the usual settings."""
    return make_web()
