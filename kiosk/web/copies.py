"""Photo files for students: the link that staff gave out, and the same from the receipt on the phone.

A link is made from the receipt key and the decision's own key, so that a repeated press gives the same one; the
records keep its hash. It asks for the last four characters of the ID number, as the receipt does.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import Blueprint, Flask, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_limiter import Limiter
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions import copies
from kiosk.actions.base import PHONE, Actor
from kiosk.domain.masking import mask_name
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.registry_tables import CopyRequest
from kiosk.records.tables import Campaign, Student
from kiosk.web import last_four, refusals, texts
from kiosk.web.access import allow
from kiosk.web.site import Site, site

blueprint = Blueprint("copies", __name__)
RATE = "60 per minute"


def token_for(here: Site, key: str, public_id: str) -> str:
    """The token of the link that the press `key` gives out for a request."""
    return hmac.new(here.receipt_key, f"copy:{public_id}:{key}".encode(), hashlib.sha256).hexdigest()


def digest(token: str) -> str:
    """What the records keep of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def address(here: Site, token: str) -> str:
    """The link as students get it."""
    return f"{here.settings.public_url.rstrip('/')}/c/{token}"


def send(public_id: str) -> ResponseReturnValue:
    """The file of a request, counted and logged. Raises `Refusal` as `download_copy` does, not_found."""
    here = site()
    outcome = here.decide(
        "download_copy", key=secrets.token_hex(16), actor=Actor(PHONE, "copy"), arguments={"request": public_id}
    )
    try:
        content = here.vault.get(str(outcome["photo"]))
    except OSError as error:
        raise Refusal(Code.NOT_FOUND) from error
    headers = {"Content-Disposition": 'attachment; filename="photo.jpg"', "Cache-Control": "no-store"}
    return Response(content, mimetype="image/jpeg", headers=headers)


@blueprint.get("/c/<token>")
@allow("public", page=True)
def show(token: str) -> ResponseReturnValue:
    """Asks for the last four characters; an unknown link and an expired one say so and nothing else."""
    return _page(token)


@blueprint.post("/c/<token>")
@allow("public", page=True, body="form")
def fetch(token: str) -> ResponseReturnValue:
    """The file, for whoever knows the end of the number."""
    with site().database.read() as session:
        found = _found(session, token)
        number, public_id = session.get_one(Student, found.student_id).id_number, found.public_id
    if not last_four.fit(number):
        return _page(token, Code.COPY_LINK_INVALID)
    return send(public_id)


def _found(session: Session, token: str) -> CopyRequest:
    found = session.scalar(select(CopyRequest).where(CopyRequest.token_sha256 == digest(token)))
    if found is None:
        raise Refusal(Code.COPY_LINK_INVALID)
    if not copies.is_good(found, site().clock(), site().settings.visit.copy_downloads):
        raise Refusal(Code.COPY_LINK_EXPIRED)
    return found


def _student(token: str) -> int:
    with site().database.read() as session:
        return _found(session, token).student_id


def _page(token: str, code: Code | None = None) -> ResponseReturnValue:
    with site().database.read() as session:
        found = _found(session, token)
        student, of = session.get_one(Student, found.student_id), session.get_one(Campaign, found.campaign_id)
        facts: dict[str, Any] = {
            "name": mask_name(student.name),
            "campaign": of.title_en if texts.language() == "en" else of.title_zh,
            "until": format_date(found.expires_at, "long"),
            "left": site().settings.visit.copy_downloads - found.downloads,
        }
    told = refusals.describe(code.value) if code else None
    page = render_template("copy.html", token=token, copy=facts, refusal=told, csrf=generate_csrf())
    return page, refusals.status_of(code) if code else 200


def install(app: Flask, limiter: Limiter) -> None:
    """Serve links, not too many tries at one."""
    app.register_blueprint(blueprint)
    views: dict[str, Any] = app.view_functions
    for name in ("show", "fetch"):
        views[f"copies.{name}"] = limiter.limit(RATE)(views[f"copies.{name}"])
    views["copies.fetch"] = last_four.counted(limiter, views["copies.fetch"], _student)
