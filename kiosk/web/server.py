"""Runs the web process. The only module that knows eventlet: everything else is written for either mode."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import ssl
import sys
import warnings
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from flask import Flask

    from kiosk.settings import Settings

log = logging.getLogger(__name__)

#: Seconds after which a connection that says nothing is closed.
SILENT_SECONDS = 75
_BACKLOG = 128
#: Objects made between two looks for garbage; about what two answers make.
_GC_THRESHOLD = 20_000


class Refused(Exception):
    """The settings ask for something unsafe; the message says what to change."""


def make_green() -> None:
    """Replace blocking calls by cooperative ones. Call it before anything else is imported."""
    # Its own resolver takes a third of its import and is for many look-ups; here there are next to none.
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    with warnings.catch_warnings():
        # It says at import that it is in retirement; docs/architecture.md says why it is used all the same.
        warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
        import eventlet

        eventlet.monkey_patch()


def check_safe(settings: Settings) -> None:
    """Raise `Refused` where pages and passwords would travel in the clear or TLS is half configured."""
    server = settings.server
    if bool(server.tls_certificate) != bool(server.tls_key):
        raise Refused("server.tls_certificate and server.tls_key go together: set both or neither.")
    if server.tls_certificate or server.allow_plain_http or _is_loopback(server.host):
        return
    raise Refused(
        f"server.host is {server.host}, which other machines reach, but there is no TLS. "
        "Set server.tls_certificate and server.tls_key, or server.allow_plain_http = true behind a TLS proxy."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises `OSError` where the port is taken."""
    family, kind, proto, _name, address = socket.getaddrinfo(
        settings.server.host, settings.server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, proto)
    if sys.platform != "win32":  # there it would let two servers share the port
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
        found.listen(_BACKLOG)
    except OSError:
        found.close()
        raise
    return found


def _tls(settings: Settings, context: ssl.SSLContext) -> ssl.SSLContext:
    certificate, key = settings.server.tls_certificate, settings.server.tls_key
    assert certificate and key  # noqa: S101 - check_safe saw to it
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.path(Path(certificate)), settings.path(Path(key)))
    return context


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _serve_eventlet(app: Flask, settings: Settings, listening: socket.socket) -> None:
    import eventlet
    import eventlet.green.ssl
    import eventlet.wsgi

    if settings.server.tls_certificate:
        context = _tls(settings, eventlet.green.ssl.GreenSSLContext(ssl.PROTOCOL_TLS_SERVER))
        # The handshake waits for the first read, in the client's own green thread: one slow client stops nobody.
        listening = context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)
    eventlet.wsgi.server(
        listening,
        app,
        log=logging.getLogger("kiosk.web.requests"),
        log_output=False,
        debug=False,
        socket_timeout=SILENT_SECONDS,
    )


def _serve_threads(app: Flask, settings: Settings, listening: socket.socket) -> None:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        """Writes no line per request: addresses of receipts carry their token."""

        timeout = SILENT_SECONDS

        def run_wsgi(self) -> None:
            """One request a connection; what follows a closed WebSocket is no request."""
            super().run_wsgi()
            self.close_connection = True

        def version_string(self) -> str:
            """Tell nobody which versions run here."""
            return "kiosk"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing."""

    context = None
    if settings.server.tls_certificate:
        context = _tls(settings, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    server = make_server(
        settings.server.host,
        listening.getsockname()[1],
        app,
        threaded=True,
        request_handler=Handler,
        ssl_context=context,
        fd=listening.fileno(),
    )
    server.serve_forever()


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises `Refused` or `OSError` before the first request."""
    check_safe(settings)
    listening = listen(settings)  # first of all: a taken port is known at once
    from kiosk.web.app import create_app, start_sweep

    app = create_app(settings)
    signal.signal(signal.SIGTERM, _stop)
    start_sweep(app)
    gc.collect()
    gc.freeze()  # what was made at the start stays: looking through it again and again would slow every answer
    # One answer makes thousands of short-lived objects: by default they are looked through ten times on the way.
    gc.set_threshold(_GC_THRESHOLD, *gc.get_threshold()[1:])
    log.info("listening on %s port %d (%s)", *listening.getsockname()[:2], settings.server.async_mode)
    serve = _serve_eventlet if settings.server.async_mode == "eventlet" else _serve_threads
    try:
        serve(app, settings, listening)
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        log.info("stopped")
        app.extensions["kiosk_site"].database.close()
        listening.close()
