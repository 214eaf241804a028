"""Headers of every answer: content security policy, no framing, no caching of anything with state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from flask import Flask, Response
from flask_talisman import Talisman

from kiosk.settings import Settings
from kiosk.web.devices import BridgeLink

_NOTHING = "'none'"
_SELF = "'self'"
_OFF = "()"


class Policy(Mapping[str, str]):
    """The content security policy. The preview's origin is known only once the bridge has said hello."""

    def __init__(self, settings: Settings, bridge: BridgeLink) -> None:
        self._bridge = bridge
        sockets = {_socket_origin(settings.public_url), _socket_origin(settings.web_url)}
        self._fixed = {
            "default-src": _NOTHING,
            "script-src": _SELF,
            "style-src": _SELF,
            "font-src": _SELF,
            "media-src": f"{_SELF} blob:",
            "manifest-src": _SELF,
            "worker-src": _SELF,
            "base-uri": _NOTHING,
            "form-action": _SELF,
            "frame-ancestors": _NOTHING,
            "object-src": _NOTHING,
        }
        self._connect = " ".join([_SELF, *sorted(sockets)])

    def _all(self) -> dict[str, str]:
        preview = self._bridge.preview_origin()
        return {
            **self._fixed,
            "connect-src": f"{self._connect} {preview}".strip(),
            "img-src": f"{_SELF} data: blob: {preview}".strip(),
        }

    def __getitem__(self, key: str) -> str:
        return self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def _socket_origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"


def hosts(settings: Settings) -> list[str]:
    """Names under which this process answers; any other Host header gets 400. Werkzeug knows no IPv6 ones."""
    names = {"127.0.0.1", "localhost"}
    public = urlsplit(settings.public_url).hostname
    for name in (public, settings.server.host):
        if name and name != "0.0.0.0" and ":" not in name:  # noqa: S104 - excluded, not bound
            names.add(name)
    return sorted(names)


def origins(settings: Settings) -> list[str]:
    """Origins from which Socket.IO takes connections: exactly our own."""
    port = settings.server.port
    public = urlsplit(settings.public_url)
    local = [f"{settings.scheme}://{name}:{port}" for name in ("127.0.0.1", "localhost")]
    return sorted({*local, f"{public.scheme}://{public.netloc}"})


def install(app: Flask, settings: Settings, bridge: BridgeLink) -> None:
    """Set the headers of every answer and the names it may be asked under."""
    app.config["TRUSTED_HOSTS"] = hosts(settings)
    secure = settings.scheme == "https" or settings.public_url.startswith("https://")
    Talisman(
        app,
        content_security_policy=Policy(settings, bridge),
        force_https=False,
        frame_options="DENY",
        strict_transport_security=secure,
        strict_transport_security_include_subdomains=False,
        referrer_policy="no-referrer",
        session_cookie_secure=False,  # kiosk.web.sessions decides by the request
        session_cookie_samesite="Strict",
        permissions_policy={name: _OFF for name in ("camera", "microphone", "geolocation", "payment", "usb")},
    )

    @app.after_request
    def keep_nothing(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
