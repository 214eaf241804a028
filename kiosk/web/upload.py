"""The phone page on which a student sends in their own photo, under a link that ends.

The link is the proof: it was handed to the student by staff or made on their opened receipt, only its hash is
kept, and the page shows a masked name. The worker judges the photo; the page says what came of it and what to do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_limiter import Limiter
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.base import PHONE, Actor
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.masking import mask_name
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, queue, receipts
from kiosk.records.registry_tables import CollectedPhoto, UploadLink
from kiosk.records.tables import Job, Student
from kiosk.web import refusals, texts
from kiosk.web.access import allow
from kiosk.web.kiosk import deliverable
from kiosk.web.site import Site, site
from kiosk.web.staff_files import keep_upload

blueprint = Blueprint("upload", __name__)
#: Looks one address may take; the page asks once a second while a photo is judged.
RATE = "240 per minute"
SEND_RATE = "20 per minute"


@dataclass(frozen=True)
class Found:
    """A link that may be used."""

    link: UploadLink
    student: Student


def new_token(here: Site, press: str) -> str:
    """The token of the link that `press` makes; the same press sent again gives the same; nobody guesses it."""
    digest = hmac.new(here.receipt_key, b"upload link " + press.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def hash_of(token: str) -> str:
    """What the records know of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@blueprint.get("/u/<token>")
@allow("public", page=True)
def show(token: str) -> ResponseReturnValue:
    """What is asked for, what came of the last photo, and the form."""
    return _page(token)


@blueprint.post("/u/<token>")
@allow("public", page=True, body="multipart", upload="photo")
def send(token: str) -> ResponseReturnValue:
    """Keep the photo for the worker; a refused one leaves nothing behind."""
    here = site()
    with here.database.read() as session:
        find(session, token)
    part = request.files.get("file")
    if part is None or not part.filename:
        return _page(token, Refusal(Code.PICTURE_EMPTY))
    name = secrets.token_hex(16)
    target = here.settings.data / queue.UPLOADS / name
    key = request.form.get("key", "")
    try:
        keep_upload(part, target)
        arguments = {"upload": name, "link": hash_of(token)}
        told = here.decide("send_own_photo", key=key, actor=Actor(PHONE, "upload"), arguments=arguments)
    except Refusal as refusal:
        target.unlink(missing_ok=True)
        if refusal.code is Code.KEY_REUSED:  # the form was sent twice: the first one counts
            return redirect(url_for("upload.show", token=token), 303)
        return _page(token, refusal)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    queue.kick(here.settings, str(told["job"]))
    return redirect(url_for("upload.show", token=token), 303)


@blueprint.get("/u/<token>/state")
@allow("public")
def state(token: str) -> ResponseReturnValue:
    """`{"state"}` of the last photo, for the page that waits."""
    with site().database.read() as session:
        found = find(session, token)
        return jsonify({"state": _standing(session, found)["state"]})


@blueprint.get("/u/<token>/photo.jpg")
@allow("public")
def photo(token: str) -> ResponseReturnValue:
    """The picture that was made of the last photo."""
    with site().database.read() as session:
        last = _last(session, find(session, token).student.id)
    return deliverable(last.deliverable_sha256 if last else None)


def find(session: Session, token: str) -> Found:
    """The link of a token. Raises `Refusal` upload_link_unknown, upload_link_expired."""
    link = session.scalar(select(UploadLink).where(UploadLink.token_sha256 == hash_of(token)))
    student = session.get(Student, link.student_id) if link else None
    if link is None or student is None or student.removed_at is not None:
        raise Refusal(Code.UPLOAD_LINK_UNKNOWN)
    if site().clock() >= link.expires_at:
        raise Refusal(Code.UPLOAD_LINK_EXPIRED)
    return Found(link, student)


def _last(session: Session, student_id: int) -> CollectedPhoto | None:
    """The newest photo that came in this way."""
    return session.scalar(
        select(CollectedPhoto)
        .where(CollectedPhoto.student_id == student_id, CollectedPhoto.mode == Mode.OWN.value)
        .order_by(CollectedPhoto.id.desc())
        .limit(1)
    )


def _standing(session: Session, found: Found) -> dict[str, Any]:
    """`state`: empty, judging, unreadable, failed, waiting, accepted, replaced, rejected; with its facts."""
    job = session.scalar(select(Job).where(Job.public_id == found.link.job)) if found.link.job else None
    if job is not None and job.state in ("queued", "running"):
        return {"state": "judging"}
    if job is not None and job.state == "failed":
        args = (job.result or {}).get("args") or {}
        return {"state": "unreadable", "told": refusals.describe(job.error or Code.INTERNAL.value, args)}
    last = _last(session, found.student.id)
    if last is None:
        return {"state": "empty"}
    picture = last.deliverable_sha256 is not None
    if last.state == Standing.REJECTED:
        if last.decided_by and last.decided_by.startswith("system:"):
            return {"state": "failed", "picture": picture, "reasons": _reasons(last)}
        return {"state": "rejected", "picture": picture, "why": last.reason or ""}
    states = {Standing.CANDIDATE: "waiting", Standing.ACCEPTED: "accepted", Standing.REPLACED: "replaced"}
    return {"state": states[Standing(last.state)], "picture": picture}


def _check_link(here: Site, session: Session, student_id: int) -> str | None:
    """Where the student checks picture and data, once a photo of theirs counts."""
    photo = collected.of_student(session, student_id)
    if photo is None or photo.deliverable_sha256 is None:
        return None
    visit = collected.visit_of(session, photo)
    number = visit.number if visit else None
    links = receipts.Links.of(here.settings, here.clock())
    return links.sealed(photo.public_id, photo.deliverable_sha256, number)


def _reasons(last: CollectedPhoto) -> list[dict[str, str]]:
    """What to mend, the most important first: name of the check and the hint for the person."""
    failed = [check for check in last.judgement.get("checks", ()) if check.get("passed") is False]
    language = texts.language()
    return [
        {
            "code": str(check["code"]),
            "name": texts.say(language, f"photo.check.{check['code']}"),
            "hint": texts.say(language, str(check["hint"])),
        }
        for check in failed
    ]


def _page(token: str, refused: Refusal | None = None) -> ResponseReturnValue:
    here = site()
    with here.database.read() as session:
        found = find(session, token)
        campaign = found.student.campaign
        told = refusals.describe(refused.code.value, refused.args_) if refused else None
        left = max(0, here.settings.collection.link_uploads - found.link.uploads)
        page = render_template(
            "upload.html", token=token, refusal=told, key=secrets.token_hex(16), csrf=generate_csrf(),
            campaign=campaign.title_en if texts.language() == "en" else campaign.title_zh,
            name=mask_name(found.student.name), left=left, limit_mb=here.settings.collection.own_photo_mb,
            expires=format_date(found.link.expires_at, "long"), photo=_standing(session, found),
            allowed=Mode.OWN.value in campaign.modes, check=_check_link(here, session, found.student.id),
        )  # fmt: skip
    return page, refusals.status_of(refused.code) if refused else 200


def install(app: Flask, limiter: Limiter) -> None:
    """Serve the page, not too often at once."""
    app.register_blueprint(blueprint)
    views: dict[str, Any] = app.view_functions
    for name in ("show", "state", "photo"):
        views[f"upload.{name}"] = limiter.limit(RATE)(views[f"upload.{name}"])
    views["upload.send"] = limiter.limit(SEND_RATE)(views["upload.send"])
