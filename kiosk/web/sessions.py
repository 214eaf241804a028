"""Signed cookies, so that a station's page, a staff member and a student's phone in one browser never mix.

`kiosk_station` goes with addresses under `/kiosk`, `kiosk_phone` with those under `/r`, `kiosk_staff` with all
others. All are HttpOnly, SameSite=Strict, and Secure whenever the request came over TLS.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, has_request_context, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

STATION_COOKIE = "kiosk_station"
STAFF_COOKIE = "kiosk_staff"
PHONE_COOKIE = "kiosk_phone"


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
