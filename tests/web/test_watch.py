"""The operator's look at the seat: whose picture, for whom, and how soon it is gone."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kiosk.web.watch import FRESH_SECONDS, LOOK_SECONDS, Watch
from tests.web.conftest import Page, Web

JPEG = b"\xff\xd8\xff a small picture \xff\xd9"
WORD = {
    "sequence": 4,
    "state": "adjust",
    "held": 0.2,
    "check": {"code": "yaw"},
    "face": [0, 0, 1, 1],
    "code": None,
}


@pytest.fixture
def seated(web: Web) -> str:
    """A visit that is being photographed."""
    return web.to_capture(web.kiosk())


def look(page: Page) -> dict[str, Any]:
    """What the page of the seats is told."""
    return dict(page.get("/api/seat/kiosk-1/picture").json or {})


def send(web: Web, visit: str, jpeg: bytes = JPEG) -> int:
    """The bridge sends a picture of that visit."""
    content = {"visit": visit, "taken_ms": 1234.5, "jpeg_b64": base64.b64encode(jpeg).decode(), "word": WORD}
    return web.bridge("POST", "watch", content).status_code


def test_asking_makes_the_bridge_send_and_the_picture_comes_with_the_coachs_word(web: Web, seated: str) -> None:
    operator = web.staff("operator")
    assert web.wanted()["watch"] is None, "nobody looks"
    assert look(operator) == {"state": "live", "visit": seated, "taken_ms": None, "picture": None, "word": None}
    assert web.wanted()["watch"] == seated
    assert send(web, seated) == 200
    seen = look(operator)
    assert base64.b64decode(seen["picture"].partition(",")[2]) == JPEG
    assert seen["word"] == {"state": "adjust", "held": 0.2, "check": {"code": "yaw"}, "passed": None, "code": None}


def test_what_nobody_asked_for_and_what_is_of_somebody_else_is_not_shown(web: Web, seated: str) -> None:
    send(web, seated)
    operator = web.staff("operator")
    assert look(operator)["picture"] is None
    send(web, "f" * 32)
    assert look(operator)["picture"] is None


def test_a_picture_that_is_no_picture_is_refused(web: Web, seated: str) -> None:
    look(web.staff("operator"))
    assert send(web, seated, b"<svg>") == 400


@pytest.mark.parametrize("role", ["usher", "medic", "headquarters"])
def test_only_operator_and_administrator_look(web: Web, role: str) -> None:
    assert web.staff(role).get("/api/seat/kiosk-1/picture").status_code == 403


def test_a_locked_page_sees_nothing(web: Web, seated: str) -> None:
    operator = web.staff("operator")
    operator.post("/api/lock", {"cause": "button"})
    assert operator.get("/api/seat/kiosk-1/picture").status_code == 423
    assert web.wanted()["watch"] is None


def test_before_the_seat_and_after_it_there_is_no_picture(web: Web) -> None:
    operator = web.staff("operator")
    web.wanted()
    assert look(operator)["state"] == "free"
    kiosk = web.kiosk()
    kiosk.act("begin", language="en")
    web.card(1)
    assert look(operator)["state"] == "private"
    assert web.wanted()["watch"] is None


def test_without_its_bridge_and_at_another_server_there_is_none(web: Web) -> None:
    operator = web.staff("operator")
    assert look(operator)["state"] == "away"
    assert operator.get("/api/seat/kiosk-2/picture").json["state"] == "elsewhere"  # type: ignore[index]


def test_looking_does_not_keep_the_page_open(web: Web, seated: str) -> None:
    operator = web.staff("operator")
    web.desk.later(minutes=2)
    assert look(operator)["state"] == "live"
    web.desk.later(minutes=2)
    assert operator.get("/api/seat/kiosk-1/picture").status_code == 423


def test_a_picture_is_forgotten_when_it_is_old_and_when_nobody_looks() -> None:
    now = 100.0
    watch = Watch(clock=lambda: now)
    assert watch.ask() and not watch.ask()
    watch.show("v1", 1.0, JPEG, None)
    assert watch.of("v1") is not None and watch.of("v2") is None
    now += FRESH_SECONDS + 0.1
    assert watch.of("v1") is None
    watch.forget_old()
    assert watch.newest is None
    watch.show("v1", 2.0, JPEG, "not a word")
    assert watch.newest is not None and watch.newest.word is None
    assert watch.wanted("v2") == "v2" and watch.newest is None, "another person sits there"
    now += LOOK_SECONDS
    assert watch.wanted("v2") is None
    watch.show("v2", 3.0, JPEG, None)
    assert watch.newest is None
    assert watch.ask()
