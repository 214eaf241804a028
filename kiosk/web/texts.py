"""Which language an answer speaks, the texts for templates and scripts, and how dates look."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, g, has_request_context, request, url_for
from flask_babel import Babel
from flask_login import current_user

from kiosk import i18n
from kiosk.domain.refusals import Code, Refusal
from kiosk.web.access import allow
from kiosk.web.site import site

blueprint = Blueprint("texts", __name__)
#: The universities this is made for keep one clock.
TIME_ZONE = "Asia/Shanghai"
_HTML = {"zh_CN": "zh-CN", "en": "en"}


def language() -> str:
    """Language of the current answer: what a view chose, the kiosk's, the staff member's, or the browser's."""
    if not has_request_context():
        return i18n.LANGUAGES[0]
    chosen = g.get("language")
    if chosen is None:
        chosen = g.language = _choose()
    return str(chosen)


def _choose() -> str:
    asked = request.args.get("language", "")
    if asked in i18n.LANGUAGES:
        return asked
    if request.path.startswith("/kiosk/"):
        with site().database.read() as session:
            return site().station(session).language
    if getattr(current_user, "is_authenticated", False) and current_user.language in i18n.LANGUAGES:
        return str(current_user.language)
    for value in request.accept_languages.values():
        if value.lower().startswith("zh"):
            return "zh_CN"
        if value.lower().startswith("en"):
            return "en"
    return i18n.LANGUAGES[0]


def say(chosen: str, key: str, **values: Any) -> str:
    """The sentence of `key` in `chosen`; empty where there is none, whole even where a value is missing."""
    sentence = i18n.catalog(chosen).get(key, "")
    return sentence.format_map(_Values(values)) if sentence else ""


class _Values(dict[str, Any]):
    """Values of a sentence; a missing one shows a dash, so that an error message never fails itself."""

    def __missing__(self, key: str) -> str:
        return "–"


def t(key: str, **values: Any) -> str:
    """The text of `key` in the page's language, for templates; a missing one shows its key."""
    return say(language(), key, **values) or key


@cache
def _texts(chosen: str, areas: tuple[str, ...]) -> tuple[bytes, str]:
    content = json.dumps(i18n.subset(chosen, *(f"{area}." for area in areas)), ensure_ascii=False).encode()
    return content, hashlib.sha256(content).hexdigest()[:16]


def texts_url(*areas: str) -> str:
    """Address of the texts of `areas` in the page's language, with their version."""
    chosen = language()
    _content, version = _texts(chosen, tuple(sorted(areas)))
    return url_for("texts.texts", chosen=chosen, areas=",".join(sorted(areas)), v=version)


@blueprint.get("/i18n/<chosen>.json")
@allow("public")
def texts(chosen: str) -> Response:
    """Texts by key. With the right `v` they never change; without it they are revalidated."""
    if chosen not in i18n.LANGUAGES:
        raise Refusal(Code.NOT_FOUND)
    areas = tuple(sorted(area for area in request.args.get("areas", "").split(",") if area))
    if not areas or len(areas) > 20:
        raise Refusal(Code.BAD_REQUEST, {"what": "areas"})
    known = {key.split(".", 1)[0] for key in i18n.catalog(chosen)}
    content, version = _texts(chosen, tuple(area for area in areas if area in known))
    response = Response(content, mimetype="application/json")
    response.set_etag(version)
    fixed = request.args.get("v") == version
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    response.make_conditional(request)
    return response


def install(app: Flask) -> None:
    """Teach the app its languages."""
    app.config["BABEL_DEFAULT_TIMEZONE"] = TIME_ZONE
    app.config["BABEL_DEFAULT_LOCALE"] = i18n.LANGUAGES[0]
    Babel(app, locale_selector=language)
    app.jinja_env.globals.update(t=t, texts_url=texts_url)
    app.register_blueprint(blueprint)

    @app.context_processor
    def names() -> dict[str, Any]:
        chosen = language()
        return {"language": chosen, "html_lang": _HTML[chosen], "demo": site().settings.demo}
