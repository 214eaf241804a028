"""The staff pages without a server, for the visual matrix alone: real templates and scripts, fixed answers.

Everything a page asks for is answered at the network layer from files and from the fixed facts here, under the
content security policy of the web process. Nothing personal is real: region code 99 does not exist.
"""

from __future__ import annotations

import json
import mimetypes
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from playwright.sync_api import BrowserContext, Route

from kiosk import i18n
from kiosk.settings import ROOT, load
from tests.e2e import office_facts
from tests.e2e.staff_facts import answers, picture, snapshot

ORIGIN = "http://staff.test"
#: The policy of `kiosk/web/headers.py`, without the preview.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
PAGES = {
    "visits": "/staff/",
    "roster": "/staff/roster",
    "packages": "/staff/packages",
    "campaigns": "/staff/campaigns",
    "people": "/staff/people",
    "devices": "/staff/devices",
    "audit": "/staff/audit",
    "account": "/staff/account",
    "usher": "/staff/usher",
    "room": "/staff/room",
    "seat": "/staff/seat",
    "day": "/staff/day",
    "opening": "/staff/opening",
    "schedule": "/staff/schedule",
    "progress": "/staff/progress",
    "locked": "/staff/locked",
    "login": "/staff/login",
    "setup": "/setup/once",
}
_SOCKET = "export const io = () => ({ on() {}, connected: true });"


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(ROOT / "kiosk" / "templates"), autoescape=select_autoescape())


@cache
def _texts(language: str, areas: tuple[str, ...]) -> str:
    return json.dumps(i18n.subset(language, *(f"{area}." for area in areas)))


def render(page: str, language: str, **values: Any) -> str:
    """A page as the web process renders it."""

    def t(key: str, **words: object) -> str:
        return i18n.text(language, key, **words)

    member = {**snapshot()["me"], "language": language}
    values = {
        "language": language,
        "html_lang": "en" if language == "en" else "zh-CN",
        "csrf": "token",
        "t": t,
        "me": None if page in ("login", "setup") else member,
        "static": lambda path: f"/static/{path}",
        "vendor": lambda name: f"/vendor/{name}",
        "texts_url": lambda *areas: f"/i18n/{language}.json?areas={','.join(areas)}",
        "refusal": None,
        "password_min": 10,
        "demo": False,
        "lock": None if page in ("login", "setup") else {"minutes": 3, "session": "s", "turn": 0, "pin": True},
        "next": "/staff/",
    } | values
    return _templates().get_template(f"staff/{page}.html").render(values)


class Stage:
    """Answers a browser context. `answers` may be changed while a page runs; `sent` holds what was posted."""

    def __init__(self, context: BrowserContext, language: str) -> None:
        self.language = language
        self.answers = answers() | office_facts.answers()
        self.values: dict[str, Any] = {}
        self.offline = False
        self.sent: list[tuple[str, Any]] = []
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        path = address.path
        if self.offline and path.startswith("/staff/api/"):
            route.abort("connectionrefused")
            return
        if route.request.method == "POST" and path.startswith("/staff/api/") and "roster" not in path:
            self.sent.append((path, route.request.post_data_json))
        pages = {place: name for name, place in PAGES.items()}
        if path in pages:
            html = render(pages[path], self.language, **self.values)
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
            route.fulfill(body=html, headers=headers)
        elif path.startswith("/static/"):
            file = ROOT / "kiosk" / path.lstrip("/")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        elif path.startswith("/vendor/"):
            installed = load().assets / "browser" / path.removeprefix("/vendor/")
            body = installed.read_bytes() if installed.name.startswith("echarts") else _SOCKET
            route.fulfill(body=body, content_type="text/javascript")
        elif path.startswith("/i18n/"):
            areas = tuple(address.query.removeprefix("areas=").split(","))
            route.fulfill(body=_texts(self.language, areas), content_type="application/json")
        elif path.startswith("/staff/api/shots/"):
            route.fulfill(body=picture(), content_type="image/jpeg")
        elif path in self.answers:
            status, content = self._content(self.answers[path])
            route.fulfill(status=status, body=json.dumps(content), content_type="application/json")
        else:
            route.fulfill(status=404, body=json.dumps({"ok": False, "refusal": {"code": "not_found"}}))

    @staticmethod
    def _content(answer: Any) -> tuple[int, Any]:
        if isinstance(answer, dict) and answer.get("ok") is False:
            return 409, answer
        return 200, answer
