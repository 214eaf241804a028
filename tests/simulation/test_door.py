"""A door: the same press again while nobody answers, a locked tablet opened, refusals by their code."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kiosk.settings import Server, Settings
from kiosk.simulation.clock import DayOver, SiteClock
from kiosk.simulation.door import Door, Refused

Answer = tuple[int, dict[str, Any]]


class Double:
    """A web process that answers what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer: Callable[[str, int], Answer] = lambda path, times: (200, {"ok": True})
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                double.asked.append((self.path, content))
                times = sum(path == self.path for path, _ in double.asked)
                status, said = double.answer(self.path, times)
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def web() -> Iterator[Double]:
    double = Double()
    yield double
    double.stop()


@pytest.fixture
def door(web: Double) -> Iterator[Door]:
    found = Door(Settings(server=Server(port=web.server.server_address[1])), SiteClock(60, 0.0))
    yield found
    found.close()


def refusal(code: str) -> dict[str, Any]:
    return {"ok": False, "refusal": {"code": code}}


def test_a_press_that_nobody_took_is_made_again_with_its_key(web: Double, door: Door) -> None:
    web.answer = lambda path, times: (503, refusal("database_busy")) if times < 3 else (200, {"result": times})
    assert door.post("/press", what=1)["result"] == 3
    keys = {content["key"] for _path, content in web.asked}
    assert len(web.asked) == 3 and len(keys) == 1


def test_a_refusal_is_told_by_its_code_and_not_tried_again(web: Double, door: Door) -> None:
    web.answer = lambda path, times: (409, refusal("not_now"))
    with pytest.raises(Refused) as told:
        door.post("/press")
    assert told.value.code == "not_now" and len(web.asked) == 1


def test_a_locked_tablet_is_opened_and_the_press_made_again(web: Double, door: Door) -> None:
    door.secret = "made-up-word"
    web.answer = lambda path, times: (
        (403, refusal("session_locked")) if (path, times) == ("/press", 1) else (200, {})
    )
    door.post("/press")
    assert [path for path, _ in web.asked] == ["/press", "/staff/api/unlock", "/press"]
    assert web.asked[1][1] == {"secret": "made-up-word"}


def test_a_refusal_names_no_secret_of_an_address(web: Double, door: Door) -> None:
    web.answer = lambda path, times: (404, refusal("not_found"))
    with pytest.raises(Refused) as told:
        door.post("/setup/very-secret")
    assert "very-secret" not in str(told.value)


def test_the_end_of_the_day_ends_the_retries(web: Double, door: Door) -> None:
    def busy(path: str, times: int) -> Answer:
        door.clock.end()
        return 503, refusal("database_busy")

    web.answer = busy
    with pytest.raises(DayOver):
        door.post("/press")
