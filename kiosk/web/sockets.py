"""Hints over Socket.IO: something changed, read again. No event carries anything but a version number."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO, join_room
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import get_host

from kiosk.bridge import protocol
from kiosk.web import access, headers
from kiosk.web.login import member_of
from kiosk.web.sessions import STAFF_COOKIE, STATION_COOKIE, TwoCookies, is_locked
from kiosk.web.site import Site

#: Namespace of every browser page.
PAGES = "/pages"
#: Event: re-read your snapshot.
CHANGED = "changed"
STAFF_ROOM, BOARD_ROOM, BRIDGE_ROOM = "staff", "board", "bridge"


def station_room(name: str) -> str:
    """Room of the pages of one kiosk."""
    return f"station:{name}"


def install(app: Flask, site: Site, cookies: TwoCookies) -> SocketIO:
    """Attach the sockets to the app and let the site announce through them."""
    sockets = SocketIO(
        app,
        async_mode=site.settings.server.async_mode,
        cors_allowed_origins=headers.origins(site.settings),
        manage_session=False,
        namespaces=[PAGES, protocol.NAMESPACE],
        max_http_buffer_size=16 * 1024,
        ping_interval=10,
        ping_timeout=10,
        cookie=None,
    )

    def check_host() -> None:
        """Socket.IO answers before Flask does, so the name it was asked under is checked here again."""
        try:
            get_host("http", request.environ.get("HTTP_HOST"), None, app.config["TRUSTED_HOSTS"])
        except SecurityError as error:
            raise ConnectionRefusedError("host") from error

    def enter(auth: Any) -> None:
        check_host()
        wanted = auth.get("room") if isinstance(auth, dict) else None
        if wanted == BOARD_ROOM:
            join_room(BOARD_ROOM)
        elif wanted == "station":
            if cookies.read(app, request, STATION_COOKIE).get("station") != site.station_name:
                raise ConnectionRefusedError("login_required")
            join_room(station_room(site.station_name))
        elif wanted == STAFF_ROOM:
            cookie = cookies.read(app, request, STAFF_COOKIE)
            if member_of(site, cookie) is None or is_locked(site, cookie):
                raise ConnectionRefusedError("login_required")
            join_room(STAFF_ROOM)
        else:
            raise ConnectionRefusedError("room")

    def enter_bridge(auth: Any) -> None:
        check_host()
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str) or not access.token_fits(token) or not access.from_loopback():
            raise ConnectionRefusedError("login_required")
        site.bridge.touch()
        join_room(BRIDGE_ROOM)

    def announce(version: int) -> None:
        news = {"version": version}
        for room in (station_room(site.station_name), STAFF_ROOM, BOARD_ROOM):
            sockets.emit(CHANGED, news, namespace=PAGES, to=room)
        sockets.emit(protocol.HINT, news, namespace=protocol.NAMESPACE, to=BRIDGE_ROOM)

    sockets.on_event("connect", enter, namespace=PAGES)
    sockets.on_event("connect", enter_bridge, namespace=protocol.NAMESPACE)
    site.announce = announce
    return sockets
