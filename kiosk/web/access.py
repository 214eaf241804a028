"""Who may call which address. Everything is refused unless its view says for whom it is.

A view is marked with `@allow("public")`, `@allow("kiosk")`, `@allow("staff", role, …)` or `@allow("bridge")`; a
view without a mark answers 403 to everybody, and a test walks the address map for one.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from kiosk import secrets_store
from kiosk.actions.base import ROLES
from kiosk.domain.refusals import Code, Refusal
from kiosk.settings import Settings
from kiosk.web import sessions
from kiosk.web.site import site

#: A body with a file: of the usual size, a photo, or a delivery of many.
Upload = Literal[False, True, "photo", "delivery"]
Kind = Literal["public", "kiosk", "staff", "bridge", "loopback"]
#: Bytes a JSON body may have.
JSON_LIMIT = 64 * 1024
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """For whom a view is. `limit` is the largest body in bytes, `page` says that people load it in a browser."""

    kind: Kind
    roles: frozenset[str]
    limit: int
    page: bool
    body: Literal["json", "form", "multipart"]
    upload: Upload
    locked: bool = False  # staff: answers while the session is locked, too

    def limit_bytes(self, settings: Settings) -> int:
        """Largest body in bytes; that of an upload is a setting."""
        sizes = {
            True: settings.server.upload_mb,
            "photo": settings.collection.own_photo_mb,
            "delivery": settings.collection.delivery_mb,
        }
        return sizes[self.upload] << 20 if self.upload else self.limit


def allow(
    kind: Kind,
    *roles: str,
    limit: int = JSON_LIMIT,
    page: bool = False,
    body: Literal["json", "form", "multipart"] = "json",
    upload: Upload = False,
    locked: bool = False,
) -> Callable[[_View], _View]:
    """Mark a view. No roles named means every role."""

    def mark(view: _View) -> _View:
        view.access = Rule(kind, frozenset(roles or ROLES), limit, page, body, upload, locked)  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(endpoint: str | None) -> Rule | None:
    """The rule of an endpoint, None where it has no mark."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "access", None)


def from_loopback() -> bool:
    """Whether the request comes from this machine, directly or through a proxy that says so."""
    direct = request.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR", request.remote_addr)
    return _is_loopback(direct) and _is_loopback(request.remote_addr)


def _is_loopback(address: str | None) -> bool:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def token_fits(given: str, name: str = secrets_store.BRIDGE_TOKEN) -> bool:
    """Whether `given` is the secret of that name, compared in constant time."""
    wanted = secrets_store.read_or_make(site().settings, name)
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Guard every request of the app."""

    def guard() -> ResponseReturnValue | None:
        if request.endpoint is None:  # nothing there: the 404, 405 or bad host of the routing follows
            return None
        rule = rule_of(request.endpoint)
        if rule is None:
            raise Refusal(Code.NOT_ALLOWED, {"action": request.endpoint})
        request.max_content_length = rule.limit_bytes(site().settings)
        g.rule = rule
        answer = _check(rule)
        if answer is not None:
            return answer
        if request.method in _UNSAFE:
            _check_body(rule)
            if rule.kind != "bridge":
                _check_origin()
                csrf.protect()
        return None

    app.before_request(guard)


def _check(rule: Rule) -> ResponseReturnValue | None:
    if rule.kind == "kiosk":
        if session.get("station") != site().station_name:
            raise Refusal(Code.LOGIN_REQUIRED)
    elif rule.kind == "staff":
        if not current_user.is_authenticated:
            if rule.page and request.method == "GET":
                return redirect(url_for("login.login", next=request.path))
            raise Refusal(Code.LOGIN_REQUIRED)
        if not rule.locked and sessions.is_locked(site(), session):
            if rule.page and request.method == "GET":
                return redirect(url_for("lock.page", next=request.path))
            raise Refusal(Code.SESSION_LOCKED)
        if current_user.role not in rule.roles:
            raise Refusal(Code.NOT_ALLOWED, {"action": request.endpoint})
    elif rule.kind == "bridge":
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not token_fits(token):
            raise Refusal(Code.LOGIN_REQUIRED)
        if not from_loopback():
            raise Refusal(Code.NOT_ALLOWED, {"action": "bridge"})
    elif rule.kind == "loopback" and not from_loopback():
        raise Refusal(Code.NOT_ALLOWED, {"action": request.endpoint})
    return None


def _check_body(rule: Rule) -> None:
    wanted = {
        "json": "application/json",
        "form": "application/x-www-form-urlencoded",
        "multipart": "multipart/form-data",
    }[rule.body]
    limit = rule.limit_bytes(site().settings)
    if request.content_length is not None and request.content_length > limit:
        raise Refusal(Code.FILE_TOO_LARGE, {"limit_mb": round(limit / 1024 / 1024, 1)})
    if request.mimetype != wanted:
        raise Refusal(Code.BAD_REQUEST, {"what": "content-type"})


def _check_origin() -> None:
    """Browsers say where a request comes from; forms under `no-referrer` say `null`, the token covers those."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(Code.CSRF)
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and origin != request.host_url.rstrip("/"):
        raise Refusal(Code.CSRF)
