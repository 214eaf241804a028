"""Hints by Socket.IO against real servers in both modes: who hears them, and that they carry nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio

from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.bridge.link import HintSocket
from tests.harness.waiting import until
from tests.web.conftest import PASSWORD
from tests.web.server_process import PATIENCE, Server, serving


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server a mode for all tests of this file; each looks at its own connections only."""
    folder: Path = tmp_path_factory.mktemp(f"sockets-{request.param}")
    with serving(folder, request.param) as running:
        desk = running.desk()
        desk.prepare()
        people.add(
            desk.database, desk.settings, key="add-12345678", actor=Actor(SYSTEM, "test"), login="li",
            display_name="Li", role="medic", password=PASSWORD,
        )  # fmt: skip
        desk.database.close()
        yield running


class Ear:
    """A connection that remembers everything it hears."""

    def __init__(
        self, server: Server, namespace: str, auth: object, session: requests.Session | None = None
    ) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.namespace = namespace
        self.http = session or requests.Session()
        self.client = socketio.Client(
            http_session=self.http, reconnection=False, websocket_extra_options={"class_": HintSocket}
        )
        self.client.on("*", lambda event, *values: self.heard.append((event, values)), namespace=namespace)
        self.server, self.auth = server, auth

    def __enter__(self) -> Ear:
        self.client.connect(
            self.server.url, auth=self.auth, namespaces=[self.namespace], wait_timeout=PATIENCE,
            transports=["websocket"],
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.http.close()


def refused(ear: Ear) -> bool:
    """Whether the connection is turned away."""
    try:
        with ear:
            return False
    except socketio.exceptions.ConnectionError:
        return True
    finally:
        ear.client.disconnect()


def test_everybody_hears_that_something_changed_and_nothing_else(server: Server) -> None:
    kiosk, staff = server.kiosk(), server.staff("li", PASSWORD)
    token = server.bridge_headers()["Authorization"].removeprefix("Bearer ")
    with (
        Ear(server, "/pages", {"room": "station"}, kiosk.session) as station,
        Ear(server, "/pages", {"room": "staff"}, staff.session) as tablet,
        Ear(server, "/pages", {"room": "board"}) as board,
        Ear(server, "/bridge", {"token": token}) as bridge,
    ):
        answer = kiosk.act("call_staff", "press-hints-1")
        version = answer.json()["snapshot"]["version"]
        ears = (station, tablet, board, bridge)
        for ear in ears:
            until(lambda ear=ear: any(v[0]["version"] >= version for _, v in ear.heard), PATIENCE, "a hint")  # type: ignore[misc]
        for ear in ears:
            for event, values in ear.heard:
                assert event == ("wanted" if ear is bridge else "changed")
                assert [set(value) for value in values] == [{"version"}]


def test_polling_hears_it_too(server: Server) -> None:
    kiosk = server.kiosk()
    ear = Ear(server, "/pages", {"room": "board"})
    ear.client.connect(
        server.url, auth=ear.auth, namespaces=["/pages"], wait_timeout=PATIENCE, transports=["polling"]
    )
    try:
        version = kiosk.act("call_staff", "press-hints-2").json()["snapshot"]["version"]
        until(lambda: any(v[0]["version"] >= version for _, v in ear.heard), PATIENCE, "a hint")
    finally:
        ear.__exit__()


@pytest.mark.parametrize("room", ["staff", "station", "other", None, ["staff"]])
def test_a_stranger_is_let_into_the_board_alone(server: Server, room: object) -> None:
    assert refused(Ear(server, "/pages", {"room": room}))
    assert not refused(Ear(server, "/pages", {"room": "board"}))


def test_a_cookie_of_one_kind_opens_no_room_of_the_other(server: Server) -> None:
    kiosk, staff = server.kiosk(), server.staff("li", PASSWORD)
    assert refused(Ear(server, "/pages", {"room": "staff"}, kiosk.session))
    assert refused(Ear(server, "/pages", {"room": "station"}, staff.session))


@pytest.mark.parametrize("auth", [None, {}, {"token": ""}, {"token": "wrong"}, {"token": 5}, "token"])
def test_the_bridges_namespace_needs_its_token(server: Server, auth: object) -> None:
    assert refused(Ear(server, "/bridge", auth))


def test_no_other_namespace_exists(server: Server) -> None:
    assert refused(Ear(server, "/", {"room": "board"}))
    assert refused(Ear(server, "/staff", {"room": "board"}))


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_another_site_may_not_connect(server: Server, origin: str) -> None:
    address = f"{server.url}/socket.io/?EIO=4&transport=polling"
    answer = requests.get(address, headers={"Origin": origin}, timeout=PATIENCE)
    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert requests.get(address, headers={"Origin": server.url}, timeout=PATIENCE).status_code == 200
