"""Every refusal and every error in one form: JSON for scripts, a page for people, in the right language."""

from __future__ import annotations

import errno
import logging
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from kiosk.domain.refusals import CATEGORIES, Category, Code, Refusal
from kiosk.web import texts

log = logging.getLogger(__name__)

#: HTTP status of a refusal; what is missing here is a refused decision, 409.
STATUS: dict[Code, int] = {
    Code.BAD_REQUEST: 400,
    Code.CHECK_WHAT: 400,
    Code.LOGIN_REQUIRED: 401,
    Code.LOGIN_FAILED: 401,
    Code.NOT_ALLOWED: 403,
    Code.CSRF: 403,
    Code.NOT_FOUND: 404,
    Code.RECEIPT_UNKNOWN: 404,
    Code.RECEIPT_EXPIRED: 404,
    Code.SETUP_LINK_INVALID: 404,
    Code.SHOT_UNKNOWN: 404,
    Code.VISIT_UNKNOWN: 404,
    Code.STUDENT_UNKNOWN: 404,
    Code.SLOT_UNKNOWN: 404,
    Code.FILE_TOO_LARGE: 413,
    Code.PICTURE_TOO_LARGE: 413,
    Code.TOO_MANY_ATTEMPTS: 429,
    Code.INTERNAL: 500,
    Code.SESSION_LOCKED: 423,
    Code.PIN_WRONG: 403,
    Code.DATABASE_BUSY: 503,
    Code.DISK_FULL: 503,
}
_KNOWN = {code.value: code for code in Code}
#: Refusal for an error of HTTP itself.
_HTTP: dict[int, Code] = {
    401: Code.LOGIN_REQUIRED,
    403: Code.NOT_ALLOWED,
    404: Code.NOT_FOUND,
    413: Code.FILE_TOO_LARGE,
    429: Code.TOO_MANY_ATTEMPTS,
}


def describe(code: str, args: dict[str, Any] | None = None, language: str | None = None) -> dict[str, Any]:
    """A refusal as pages get it: `{"code", "category", "args", "title", "student", "staff", "next"}`."""
    values = args or {}
    chosen = language or texts.language()
    words = {**values, **_words(chosen, values)}
    if code == Code.UNIT_INVALID:
        words["problem"] = texts.say(chosen, f"plan.unit_problem.{values.get('problem')}") or "–"
    if code == Code.CAMPAIGN_INVALID:
        field = str(values.get("field", "")).partition(".")[0]
        words["field"] = texts.say(chosen, f"plan.field.{field}") or "–"
        words["problem"] = texts.say(chosen, f"plan.problem.{values.get('problem')}") or "–"
    if code == Code.NOT_IN_TIME_SLOT:
        words |= _slot(chosen, values)
    category = CATEGORIES.get(_KNOWN[code], Category.STAFF) if code in _KNOWN else Category.SYSTEM
    sentences = {
        part: texts.say(chosen, f"refusal.{code}.{part}", **words)
        for part in ("title", "student", "staff", "next")
    }
    if code == Code.FILE_NO_HEADER:
        sentences["staff"] = " ".join([sentences["staff"], *_columns(chosen, values)])
    return {"code": code, "category": category.value, "args": values, **sentences}


def _words(language: str, values: dict[str, Any]) -> dict[str, str]:
    """Values that are lists of keys, as a person reads them: the flags of a card, what a campaign takes."""
    areas = {"flags": "devices.flag", "takes": "identity.way"}
    between = texts.say(language, "identity.and")
    return {
        name: between.join(texts.say(language, f"{area}.{word}") for word in values[name]) or "–"
        for name, area in areas.items()
        if isinstance(values.get(name), list)
    }


def _slot(language: str, values: dict[str, Any]) -> dict[str, str]:
    """A slot's times, `2026-11-23 09:30` in the audit, as a student reads them; the day is said once."""
    told: dict[str, str] = {}
    day = None
    for name in ("from", "until"):
        try:
            moment = datetime.fromisoformat(str(values.get(name)))
        except ValueError:  # a slot that is open on this side
            continue
        time = f"{moment:%H:%M}"
        told[name] = time if day == moment.date() else texts.say(
            language, "notice.moment", month=moment.month, day=moment.day, time=time,
            date=f"{moment:%Y-%m-%d}".replace("-", "\N{NON-BREAKING HYPHEN}"),
            weekday=texts.say(language, f"notice.weekday.{moment.isoweekday()}"),
        )  # fmt: skip
        day = moment.date()
    return told


def _columns(language: str, values: dict[str, Any]) -> list[str]:
    """Which columns a workbook lacks or has twice."""
    named = [part for part in ("missing", "twice") if values.get(part)]
    return [texts.say(language, f"roster.cli.{part}_columns", columns=values[part]) for part in named]


def status_of(code: Code) -> int:
    """HTTP status for `code`."""
    return STATUS.get(code, 409)


def answer(refusal: Refusal, status: int | None = None) -> tuple[Response | str, int]:
    """The response to a refused request."""
    number = status or status_of(refusal.code)
    facts = describe(refusal.code.value, refusal.args_)
    if _wants_page():
        return render_template("error.html", refusal=facts, status=number), number
    return jsonify({"ok": False, "refusal": facts}), number


def _wants_page() -> bool:
    rule = g.get("rule")
    if rule is not None:
        return bool(rule.page)
    if "/api/" in request.path:
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def install(app: Flask) -> None:
    """Turn every exception of a view into one form of answer."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> tuple[Response | str, int]:
        return answer(refusal)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> tuple[Response | str, int]:
        return answer(Refusal(Code.CSRF))

    @app.errorhandler(OperationalError)
    def busy(error: OperationalError) -> tuple[Response | str, int]:
        log.warning("the database did not answer: %s", type(error.orig).__name__)
        return answer(Refusal(Code.DATABASE_BUSY))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
        number = error.code or 500
        if number < 400:
            return error
        code = _HTTP.get(number, Code.BAD_REQUEST if number < 500 else Code.INTERNAL)
        return answer(Refusal(code), number)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[Response | str, int]:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return answer(Refusal(Code.DISK_FULL))
        log.error("a request failed", exc_info=error)
        return answer(Refusal(Code.INTERNAL))
