"""Signed cookies, so that a station's page, a staff member and a student's phone in one browser never mix.

`kiosk_station` goes with addresses under `/kiosk`, `kiosk_phone` with those under `/r`, `kiosk_staff` with all
others. All are HttpOnly, SameSite=Strict, and Secure whenever the request came over TLS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Request, has_request_context, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

from kiosk.web.site import Site

STATION_COOKIE = "kiosk_station"
STAFF_COOKIE = "kiosk_staff"
PHONE_COOKIE = "kiosk_phone"

#: Seconds by which the server locks later than the page: the page says that it was touched every 15 s at most, and
#: the session is written anew every 5 s at most.
LOCK_GRACE_SECONDS = 30.0


def is_locked(here: Site, cookie: Mapping[str, Any]) -> bool:
    """Whether a staff session is locked: by its page, or because nobody touched it for `server.lock_minutes`.

    The server counts for itself, so that a page that fell silent is locked as well. Once the time is over it stays
    locked: only unlocking renews `seen` (`kiosk.web.login`).
    """
    if cookie.get("locked") or cookie.get("sid") in here.locked_sessions:
        return True
    minutes = here.settings.server.lock_minutes
    idle = here.clock().timestamp() - float(cookie.get("seen", 0))
    return minutes > 0 and idle > minutes * 60 + LOCK_GRACE_SECONDS


class TwoCookies(SecureCookieSessionInterface):
    """Chooses the cookie by the address."""

    def get_cookie_name(self, app: Flask) -> str:
        """Name of the cookie of the current request."""
        if not has_request_context():
            return STAFF_COOKIE
        if request.path.startswith("/kiosk/"):
            return STATION_COOKIE
        return PHONE_COOKIE if request.path.startswith("/r/") else STAFF_COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        """Secure with TLS; plain HTTP exists on loopback and behind a TLS proxy only."""
        return has_request_context() and request.is_secure

    def read(self, app: Flask, incoming: Request, cookie: str) -> dict[str, Any]:
        """Content of the named cookie, for sockets, whose address belongs to neither; empty when not genuine."""
        serializer = self.get_signing_serializer(app)
        value = incoming.cookies.get(cookie)
        if serializer is None or not value:
            return {}
        try:
            return dict(serializer.loads(value, max_age=int(app.permanent_session_lifetime.total_seconds())))
        except BadSignature:
            return {}
