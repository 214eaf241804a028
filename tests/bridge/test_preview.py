"""The preview listener as a browser meets it: who may look, what comes, and that late frames are dropped."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.bridge import control
from kiosk.bridge import preview as module
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.feed import Feed
from kiosk.bridge.preview import PreviewServer, origins
from kiosk.settings import Bridge, Server, Settings
from tests.bridge.bench import demo_settings, until

WEB_PORT = 18130
ORIGIN = f"http://127.0.0.1:{WEB_PORT}"


class Window:
    """A preview server with a slot to put frames into."""

    def __init__(self, folder: Path, simulate: Any) -> None:
        self.settings = demo_settings(folder, WEB_PORT)
        self.frames = FrameSlot()
        self.feed = Feed(self.frames, 320)
        self.server = PreviewServer(
            self.settings, self.feed, "preview-token", "control-token", lambda: {"ok": True}, simulate
        )
        self.feed.start()
        self.server.start()
        self.open: list[http.client.HTTPConnection] = []

    def ask(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes | None = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        self.open.append(connection)
        connection.request(method, path, body, headers or {})
        return connection.getresponse()

    def frame(self, shade: int = 100, size: tuple[int, int] = (480, 640)) -> None:
        self.frames.put(np.full((*size, 3), shade, np.uint8), time.monotonic())

    def stop(self) -> None:
        self.feed.stop()
        self.server.stop()
        for connection in self.open:
            connection.close()


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    found = Window(tmp_path, " ".join)
    yield found
    found.stop()


def part(stream: http.client.HTTPResponse) -> tuple[dict[str, str], bytes]:
    """The next part of a stream."""
    assert stream.readline() == b"--kiosk\r\n"
    headers = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(": ")
        headers[name] = value
    body = stream.read(int(headers["Content-Length"]))
    assert stream.readline() == b"\r\n"
    return headers, body


def test_frames_come_scaled_with_their_number_and_time(window: Window) -> None:
    stream = window.ask("/preview?token=preview-token", {"Origin": ORIGIN})
    assert stream.status == 200
    assert stream.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=kiosk"
    assert stream.headers["Access-Control-Allow-Origin"] == ORIGIN
    before = time.time() * 1000
    window.frame()
    headers, body = part(stream)
    picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (240, 320, 3)
    assert headers["X-Sequence"] == "1"
    assert abs(float(headers["X-Taken"]) - before) < 60_000


def test_coaching_parts_are_json_with_a_rising_sequence(window: Window) -> None:
    stream = window.ask("/preview?token=preview-token")
    until(lambda: window.feed.watched)
    for state in ("adjust", "hold"):
        window.feed.say({"state": state})
        headers, body = part(stream)
        assert headers["Content-Type"] == "application/json"
        assert json.loads(body)["state"] == state
    assert json.loads(body)["sequence"] == 2


def test_late_frames_are_dropped_and_never_queued(window: Window) -> None:
    stream = window.ask("/preview?token=preview-token")
    until(lambda: window.feed.watched)
    for shade in range(50):
        window.frame(shade)
    until(lambda: window.feed.next(49, 0, 1)[0])
    seen = [int(part(stream)[0]["X-Sequence"])]
    while seen[-1] < 50:
        seen.append(int(part(stream)[0]["X-Sequence"]))
    assert seen == sorted(set(seen))
    assert len(seen) <= 50


def test_nothing_is_encoded_while_nobody_looks(window: Window) -> None:
    window.frame()
    assert window.feed.next(0, 0, 0.1) == (None, None)
    stream = window.ask("/preview?token=preview-token")
    part(stream)
    window.open.pop().close()
    stream.close()

    def left() -> bool:
        window.frame()
        return not window.feed.watched

    until(left)


def test_the_word_for_the_last_student_is_not_repeated_to_the_next(window: Window) -> None:
    window.feed.say({"state": "hold"})
    window.feed.silence()
    stream = window.ask("/preview?token=preview-token")
    window.frame()
    assert part(stream)[0]["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong", "?token=control-token", "?token=é"])
def test_without_the_token_of_this_start_there_is_no_picture(window: Window, token: str) -> None:
    from urllib.parse import quote

    assert window.ask("/preview" + quote(token, safe="?=")).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "localhost:1"},
        {"Host": ""},
    ],
)
def test_another_host_is_turned_away(window: Window, headers: dict[str, str]) -> None:
    for path in ("/preview?token=preview-token", "/healthz"):
        assert window.ask(path, headers).status == 421


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "https://127.0.0.1:18130", "http://127.0.0.1:18131", ORIGIN + ".evil"],
)
def test_another_origin_is_turned_away(window: Window, origin: str) -> None:
    for path in ("/preview?token=preview-token", "/healthz"):
        answer = window.ask(path, {"Origin": origin})
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_localhost_is_a_name_of_loopback_too(window: Window) -> None:
    headers = {"Host": f"localhost:{window.server.port}", "Origin": f"http://localhost:{WEB_PORT}"}
    answer = window.ask("/healthz", headers)
    assert (answer.status, json.loads(answer.read())) == (200, {"ok": True})


@pytest.mark.parametrize(
    ("server", "web_url", "expected"),
    [
        (Server(port=8080), "", {"http://127.0.0.1:8080", "http://localhost:8080"}),
        (
            Server(port=80),
            "",
            {"http://127.0.0.1:80", "http://localhost:80", "http://127.0.0.1", "http://localhost"},
        ),
        (Server(), "https://kiosk.example", {"https://kiosk.example:443", "https://kiosk.example"}),
    ],
)
def test_allowed_origins_are_those_of_the_configured_web_process(
    server: Server, web_url: str, expected: set[str]
) -> None:
    assert origins(Settings(server=server, bridge=Bridge(web_url=web_url))) == expected


def test_more_viewers_than_one_kiosk_has_are_refused(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WATCHERS", 1)
    window.ask("/preview?token=preview-token")
    until(lambda: window.feed.watched)
    assert window.ask("/preview?token=preview-token").status == 503


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/simulate"), ("POST", "/preview")])
def test_there_is_nothing_else(window: Window, method: str, path: str) -> None:
    assert window.ask(path, method=method).status == 404


def command(window: Window, body: bytes, **headers: str) -> http.client.HTTPResponse:
    given = {"Authorization": "Bearer control-token", **headers}
    return window.ask("/simulate", given, "POST", body)


def test_a_command_needs_the_stations_token_and_no_page_may_give_one(window: Window) -> None:
    words = json.dumps({"words": ["card", "lay", "3"]}).encode()
    assert json.loads(command(window, words).read()) == {"ok": True, "said": "card lay 3"}
    assert command(window, words, Authorization="Bearer wrong").status == 403
    assert command(window, words, Authorization="").status == 403
    assert command(window, words, Origin=ORIGIN).status == 403


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"words": 3}', b"x" * 20_000])
def test_a_command_of_another_shape_is_refused(window: Window, body: bytes) -> None:
    assert command(window, body).status == 400


def test_an_order_of_the_command_line_needs_the_token_and_no_page_may_give_one(window: Window) -> None:
    window.server.order = lambda content: {"id": content["id"], "ok": True}
    body = json.dumps({"id": "cli", "name": "report"}).encode()
    right = {"Authorization": "Bearer control-token"}
    assert json.loads(window.ask("/orders", right, "POST", body).read()) == {
        "ok": True, "end": {"id": "cli", "ok": True},
    }  # fmt: skip
    assert window.ask("/orders", {"Authorization": "Bearer preview-token"}, "POST", body).status == 403
    assert window.ask("/orders", {}, "POST", body).status == 403
    assert window.ask("/orders", {**right, "Origin": ORIGIN}, "POST", body).status == 403
    assert window.ask("/orders", {**right, "Host": "evil.example"}, "POST", body).status == 421
    assert window.ask("/orders", right, "POST", b"{}").status == 400
    assert window.ask("/orders", right).status == 404
    window.server.order = None
    assert window.ask("/orders", right, "POST", body).status == 404


def test_outside_a_demonstration_there_are_no_commands(tmp_path: Path) -> None:
    window = Window(tmp_path, None)
    assert command(window, b'{"words": ["card", "lay"]}').status == 404
    window.stop()


def test_the_command_line_finds_the_bridge_by_the_port_it_left(window: Window) -> None:
    with pytest.raises(control.BridgeAway):
        control.health(window.settings)
    (window.settings.data / "bridge").mkdir()
    control.note_port(window.settings, window.server.port)
    assert control.health(window.settings) == {"ok": True}
    with pytest.raises(ValueError, match="403"):
        control.simulate(window.settings, ["card", "lay"])
