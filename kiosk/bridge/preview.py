"""The bridge's only listener, on loopback: live preview, health, and in a demonstration the simulators' commands.

Host and Origin are compared with exact lists, so that a page from elsewhere that reaches loopback through the
person's own browser gets nothing; the token of this start is asked for besides.
"""

from __future__ import annotations

import hmac
import json
import logging
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kiosk.bridge import protocol
from kiosk.bridge.feed import Feed
from kiosk.settings import Settings

log = logging.getLogger(__name__)

SIMULATE = "/simulate"
ORDERS = "/orders"
LOOPBACK = "127.0.0.1"
#: Pages that may look at the same time; more means that something leaks.
MOST_WATCHERS = 8
BOUNDARY = "kiosk"
#: A small buffer: what lies in it is late when it is shown.
_SEND_BUFFER = 128 * 1024
_SEND_SECONDS = 5.0
_LARGEST_COMMAND = 16 * 1024


class PreviewServer:
    """Serves until it is stopped. `health` gives the JSON of /healthz, `simulate` performs a command's words."""

    def __init__(
        self,
        settings: Settings,
        feed: Feed,
        preview_token: str,
        control_token: str,
        health: Callable[[], dict[str, Any]],
        simulate: Callable[[list[str]], str] | None,
    ) -> None:
        """Listen at once. `simulate` None switches the commands off. Raises `OSError` for a port that is taken."""
        self.feed, self.health, self.simulate = feed, health, simulate
        self.preview_token, self.control_token = preview_token, control_token
        #: Performs an order of the command line (`kiosk.bridge.orders`); None: there is nobody to.
        self.order: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        self._server = _Server((LOOPBACK, settings.bridge.preview_port), _Handler)
        self._server.preview = self
        self.port: int = self._server.server_address[1]
        self.hosts = frozenset({f"{LOOPBACK}:{self.port}", f"localhost:{self.port}"})
        self.origins = origins(settings)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="preview", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; the feed must have been stopped, so that no stream goes on."""
        self._server.shutdown()
        self._server.server_close()


def origins(settings: Settings) -> frozenset[str]:
    """Origins of the pages that may look: the web process's address and its names on loopback."""
    web = urlsplit(settings.web_url)
    port = web.port or {"http": 80, "https": 443}.get(web.scheme, 80)
    names = {web.hostname or LOOPBACK}
    if names & {LOOPBACK, "localhost"}:
        names |= {LOOPBACK, "localhost"}
    found = {f"{web.scheme}://{name}:{port}" for name in names}
    if (web.scheme, port) in (("http", 80), ("https", 443)):
        found |= {f"{web.scheme}://{name}" for name in names}
    return frozenset(found)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    preview: PreviewServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes its page is no error."""
        log.debug("a viewer left", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "bridge"
    sys_version = ""
    timeout = 10
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Addresses carry the token: they are not logged."""

    def do_GET(self) -> None:
        """Preview and health."""
        origin = self._allowed()
        if origin is None:
            return
        address = urlsplit(self.path)
        if address.path == protocol.HEALTH:
            self._json(HTTPStatus.OK, self.server.preview.health(), origin)
        elif address.path == protocol.PREVIEW:
            token = parse_qs(address.query).get("token", [""])[0]
            if hmac.compare_digest(token.encode(), self.server.preview.preview_token.encode()):
                self._stream(origin)
            else:
                self._json(HTTPStatus.FORBIDDEN, {"ok": False}, origin)
        else:
            self._json(HTTPStatus.NOT_FOUND, {"ok": False}, origin)

    def do_POST(self) -> None:
        """Orders and commands to the simulators; from the command line, never from a page."""
        origin = self._allowed()
        if origin is None:
            return
        work = self._work()
        if work is None:
            self._json(HTTPStatus.NOT_FOUND, {"ok": False}, origin)
            return
        given = self.headers.get("Authorization", "").encode()
        if origin or not hmac.compare_digest(given, f"Bearer {self.server.preview.control_token}".encode()):
            self._json(HTTPStatus.FORBIDDEN, {"ok": False}, origin)
            return
        try:
            size = int(self.headers.get("Content-Length", "0"))
            if not 0 < size <= _LARGEST_COMMAND:
                raise ValueError("size")
            answer = work(json.loads(self.rfile.read(size)))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            self._json(HTTPStatus.BAD_REQUEST, {"ok": False, "said": str(error)}, origin)
            return
        self._json(HTTPStatus.OK, {"ok": True, **answer}, origin)

    def _work(self) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
        """What the address does, None where nothing is there now."""
        preview = self.server.preview
        simulate, order = preview.simulate, preview.order
        if self.path == SIMULATE and simulate is not None:
            return lambda content: {"said": simulate([str(word) for word in content["words"]])}
        if self.path == ORDERS and order is not None:
            return lambda content: {"end": order(content)}
        return None

    def _allowed(self) -> str | None:
        """The request's Origin, empty without one; None when it was turned away."""
        origin = self.headers.get("Origin", "")
        if self.headers.get("Host") not in self.server.preview.hosts:
            self._json(HTTPStatus.MISDIRECTED_REQUEST, {"ok": False}, "")
            return None
        if origin and origin not in self.server.preview.origins:
            self._json(HTTPStatus.FORBIDDEN, {"ok": False}, "")
            return None
        return origin

    def _headers(self, origin: str) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Connection", "close")
        self.send_header("Vary", "Origin")
        if origin:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.close_connection = True

    def _json(self, status: HTTPStatus, content: dict[str, Any], origin: str) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self._headers(origin)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, origin: str) -> None:
        feed = self.server.preview.feed
        if feed.watchers >= MOST_WATCHERS:
            self._json(HTTPStatus.SERVICE_UNAVAILABLE, {"ok": False}, origin)
            return
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.settimeout(_SEND_SECONDS)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self._headers(origin)
        self.end_headers()
        feed.watch(1)
        try:
            self._send_parts(feed)
        except (EOFError, OSError):
            return  # the bridge stops, or the page was closed
        finally:
            feed.watch(-1)

    def _send_parts(self, feed: Feed) -> None:
        seen, heard = 0, 0
        while True:
            picture, word = feed.next(seen, heard, 1.0)
            if word is not None:
                heard = word.sequence
                self._part("application/json", word.data, "")
            if picture is not None:
                seen = picture.sequence
                stamps = f"X-Sequence: {picture.sequence}\r\nX-Taken: {picture.taken_ms:.1f}\r\n"
                self._part("image/jpeg", picture.data, stamps)

    def _part(self, kind: str, data: bytes, more: str) -> None:
        head = f"--{BOUNDARY}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{more}\r\n"
        self.wfile.write(head.encode() + data + b"\r\n")
