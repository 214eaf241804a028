"""The board in a browser: every call is said once, whatever happens to the page; a night leaves no trace."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from tests.web.conftest import Web

pytestmark = pytest.mark.timeout(180)

ORIGIN = "http://board.test"
SOCKET = "export const io = () => ({ on(name, run) { (window.hints ??= {})[name] = run; } });"
#: What is said and chimed is counted; updates come when the test says so.
EARS = """
window.said = [];
window.chimes = 0;
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const speak = (speech) => window.said.push([speech.text, speech.lang]);
Object.defineProperty(window, 'speechSynthesis', { value: { speak } });
window.AudioContext = class {
  state = 'running'; currentTime = 0; destination = {};
  createOscillator() { window.chimes += 1; return { frequency: {}, connect: (x) => x, start() {}, stop() {} }; }
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (x) => x }; }
  close() {}
};
"""


def snapshot(
    version: int,
    called: list[tuple[int, str, str]],
    now: str = "2026-11-23T01:00:30Z",
    arrived: frozenset[int] = frozenset(),
) -> dict[str, Any]:
    return {
        "version": version, "now": now, "session_open": True, "waiting": version % 50,
        "called": [
            {"number": number, "seat": seat, "since": since, "name": None, "arrived": number in arrived}
            for number, seat, since in called
        ],
        "next": [{"number": version + ahead, "seat": None, "name": None} for ahead in range(6)],
    }  # fmt: skip


class Board:
    """The page over the real templates and scripts, with a snapshot that the test sets."""

    def __init__(self, web: Web, context: BrowserContext) -> None:
        self.web, self.shown, self.up = web, snapshot(1, []), True
        context.add_init_script(EARS)
        context.route("**/*", self.answer)
        self.page: Page = context.new_page()

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if not self.up:
            route.abort()
        elif path == "/board/api/snapshot":
            route.fulfill(json=self.shown)
        elif "socket.io" in path:
            route.fulfill(body=SOCKET, content_type="text/javascript")
        else:
            got = self.web.app.test_client().get(route.request.url.removeprefix(ORIGIN))
            route.fulfill(status=got.status_code, body=got.data, content_type=got.content_type)
            got.close()

    def open(self) -> Board:
        self.page.goto(f"{ORIGIN}/board?language=zh_CN")
        self.page.wait_for_function("window.hints && window.hints.changed")
        return self

    def show(self, shown: dict[str, Any]) -> None:
        self.shown = shown
        self.page.evaluate("window.hints.changed()")
        self.page.wait_for_timeout(50)

    def said(self, count: int) -> list[str]:
        self.page.wait_for_function(f"window.said.length >= {count}", timeout=20_000)
        return [text for text, _language in self.page.evaluate("window.said")]


@pytest.fixture
def board(make_web: Callable[..., Web], context: BrowserContext) -> Board:
    web = make_web()
    web.app.config["SERVER_NAME"] = None
    return Board(web, context)


FIRST = (7, "1", "2026-11-23T01:00:10Z")


def test_a_call_is_said_once_over_lost_connections_and_a_reload(board: Board) -> None:
    board.open()
    board.page.click("#sound")
    board.show(snapshot(2, [FIRST]))
    assert board.said(1) == ["请 7 号，到 1 号机"]
    assert board.page.evaluate("window.said[0][1]") == "zh-CN"
    for version in (2, 3, 4):
        board.show(snapshot(version, [FIRST]))
    board.up = False
    board.page.evaluate("window.hints.changed()")
    board.up = True
    board.show(snapshot(5, [FIRST]))
    assert board.page.evaluate("window.said.length") == 1
    board.open()  # reloaded: the sound is on again, and the call was heard
    assert board.page.get_attribute("#sound", "aria-pressed") == "true"
    board.show(snapshot(6, [FIRST, (8, "2", "2026-11-23T01:00:20Z")]))
    assert board.said(1) == ["请 8 号，到 2 号机"]


def test_who_has_arrived_is_not_called_again_at_any_step(board: Board) -> None:
    board.open()
    board.page.click("#sound")
    board.show(snapshot(2, [FIRST]))
    board.said(1)
    for version, since in enumerate(("2026-11-23T01:00:14Z", "2026-11-23T01:00:21Z"), start=3):
        board.show(snapshot(version, [(7, "1", since)], arrived=frozenset({7})))
    board.show(
        snapshot(5, [(7, "1", "2026-11-23T01:00:21Z"), (8, "2", "2026-11-23T01:00:25Z")], arrived=frozenset({7}))
    )
    assert board.said(2) == ["请 7 号，到 1 号机", "请 8 号，到 2 号机"]


def test_a_recall_is_said_again_and_an_old_call_never(board: Board) -> None:
    board.open()
    board.page.click("#sound")
    board.show(snapshot(2, [FIRST, (3, "2", "2026-11-23T00:40:00Z")]))
    assert board.said(1) == ["请 7 号，到 1 号机"]
    board.show(snapshot(3, [(7, "1", "2026-11-23T01:00:25Z")]))
    assert board.said(2) == ["请 7 号，到 1 号机"] * 2


def test_a_night_of_updates_leaves_the_page_as_small_as_it_was(board: Board) -> None:
    board.open()
    size = "document.getElementsByTagName('*').length"
    board.show(snapshot(2, [FIRST]))
    before = board.page.evaluate(size)
    for version in itertools.islice(itertools.count(3), 5):
        board.show(snapshot(version, [FIRST]))
    board.page.evaluate(
        """async () => {
          const real = window.fetch;
          let version = 100;
          window.fetch = async () => {
            version += 1;
            const since = new Date(Date.UTC(2026, 10, 23, 1) + version * 1000).toISOString();
            const told = { version, now: since, session_open: true, waiting: version % 50,
              called: [{ number: version, seat: '1', since, name: null, arrived: false }],
              next: Array.from({ length: 6 }, (_, ahead) => ({ number: version + ahead, seat: null })) };
            return { ok: true, json: async () => told };
          };
          for (let round = 0; round < 5000; round += 1) await window.hints.changed();
          window.fetch = real;
        }"""
    )
    assert board.page.evaluate(size) == before
    assert board.page.evaluate("Object.values(localStorage).join('').length") < 200
