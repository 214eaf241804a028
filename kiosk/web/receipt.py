"""The card that a phone shows after the receipt's code was scanned, and the student's checking (核对) behind it.

A receipt is the kiosk's, or a link to check a photo that came in any way (`kiosk.records.receipts`). The link
alone shows number, state and a masked name. The last four characters of the ID number open picture and data for
`OPEN_MINUTES`. The page also works from the phone's own store without a network (`worker`): then it checks what
stands in the QR code by the signature.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from kiosk.actions.base import PHONE, Actor
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.receipts import Receipt
from kiosk.signing import Signer, encode, key_id
from kiosk.web import copies, last_four, receipt_card, refusals, upload
from kiosk.web.access import allow
from kiosk.web.assets import STATIC
from kiosk.web.kiosk import deliverable
from kiosk.web.site import site

blueprint = Blueprint("receipt", __name__)
#: Looks one address may take; a whole class may share one behind the school's router.
RATE = "120 per minute"
OPEN_MINUTES = 15


@blueprint.get("/r/<token>")
@allow("public", page=True)
def show(token: str) -> ResponseReturnValue:
    """One card; an unknown token and an expired one say so and nothing else."""
    return _page(token)


@blueprint.post("/r/<token>")
@allow("public", page=True, body="form")
def unlock(token: str) -> ResponseReturnValue:
    """Open picture and data for whoever knows the end of the number. Wrong and missing are told alike."""
    here = site()
    with here.database.read() as records:
        found = receipt_card.find(here, records, token)
    if not last_four.fit(found.student.id_number if found.student else ""):
        return _page(token, Code.RECEIPT_LOCKED)
    session.clear()
    session["receipt"], session["until"] = _opened_as(found), here.clock().timestamp() + OPEN_MINUTES * 60
    return redirect(url_for("receipt.show", token=token), 303)


@blueprint.post("/r/<token>/check")
@allow("public", page=True, body="form")
def check(token: str) -> ResponseReturnValue:
    """Keep what the student says of picture and data; `photo` is the one that the page showed."""
    here = site()
    with here.database.read() as records:
        found = receipt_card.find(here, records, token)
    if not _is_open(found):
        return _page(token, Code.RECEIPT_LOCKED)
    if request.form.get("photo") != found.photo.public_id:
        return _page(token, Code.CHECK_OTHER_PHOTO)
    right = request.form.get("answer") == "right"
    arguments = {
        "photo": found.photo.public_id,
        "right": right,
        "fields": [] if right else request.form.getlist("field"),
        "note": "" if right else request.form.get("note", "")[:400],
    }
    try:
        here.decide(
            "check_photo", key=request.form.get("key", ""), actor=Actor(PHONE, "receipt"), arguments=arguments
        )
    except Refusal as refusal:
        return _page(token, refusal.code, refusal.args_)
    return redirect(url_for("receipt.show", token=token), 303)


@blueprint.post("/r/<token>/own")
@allow("public", page=True, body="form")
def own(token: str) -> ResponseReturnValue:
    """A link by which the student sends in their own photo, for a phone that opened the receipt."""
    here = site()
    with here.database.read() as records:
        found = receipt_card.find(here, records, token)
    if not _is_open(found):
        return _page(token, Code.RECEIPT_LOCKED)
    key = request.form.get("key", "")
    link = upload.new_token(here, f"{found.name} {key}")
    arguments = {"photo": found.photo.public_id, "token_sha256": upload.hash_of(link)}
    try:
        here.decide("make_upload_link", key=key, actor=Actor(PHONE, "receipt"), arguments=arguments)
    except Refusal as refusal:
        return _page(token, refusal.code, refusal.args_)
    return redirect(url_for("upload.show", token=link), 303)


@blueprint.post("/r/<token>/copy")
@allow("public", page=True, body="form")
def copy(token: str) -> ResponseReturnValue:
    """Ask for the photo as a file, or fetch it once staff granted that."""
    here = site()
    with here.database.read() as records:
        found = receipt_card.find(here, records, token)
        request_id = receipt_card.granted_copy(here, records, found)
    if not _is_open(found):
        return _page(token, Code.RECEIPT_LOCKED)
    try:
        if request_id is not None:
            return copies.send(request_id)
        here.decide(
            "request_copy",
            key=request.form.get("key", ""),
            actor=Actor(PHONE, "receipt"),
            arguments={"photo": found.photo.public_id},
        )
    except Refusal as refusal:
        return _page(token, refusal.code, refusal.args_)
    return redirect(url_for("receipt.show", token=token), 303)


@blueprint.get("/r/<token>/photo.jpg")
@allow("public")
def photo(token: str) -> ResponseReturnValue:
    """The deliverable, for a phone that opened the receipt."""
    here = site()
    with here.database.read() as records:
        found = receipt_card.find(here, records, token)
    if not _is_open(found):
        raise Refusal(Code.RECEIPT_LOCKED)
    return deliverable(found.photo.deliverable_sha256)


@blueprint.get("/r/offline")
@allow("public", page=True)
def offline() -> ResponseReturnValue:
    """What a phone keeps and shows where it has no network: it checks the signed summary of a QR code."""
    page = render_template("receipt_offline.html", **_seal_facts())
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-cache"})


@blueprint.get("/r/worker.js")
@allow("public")
def worker() -> ResponseReturnValue:
    """The service worker; from this address it may answer for `/r/` and nothing else."""
    content = (STATIC / "js" / "receipt" / "worker.js").read_bytes()
    return Response(content, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


def _opened_as(found: Receipt) -> str:
    """What the phone is allowed to see: this receipt, while it is this student's."""
    return f"{found.name}/{found.student.id if found.student else 0}"


def _is_open(found: Receipt) -> bool:
    until = session.get("until", 0)
    return session.get("receipt") == _opened_as(found) and site().clock().timestamp() < until


def _page(token: str, code: Code | None = None, args: dict[str, Any] | None = None) -> ResponseReturnValue:
    here = site()
    with here.database.read() as records:
        found = receipt_card.find(here, records, token)
        facts = _facts(records, found)
    told = refusals.describe(code.value, args) if code else None
    facts["note"] = request.form.get("note", "")[:400]  # what was refused need not be written again
    page = render_template("receipt.html", token=token, refusal=told, key=secrets.token_hex(16), **facts)
    return page, refusals.status_of(code) if code else 200


def _facts(records: Session, found: Receipt) -> dict[str, Any]:
    opened = receipt_card.opened(records, found, site().clock()) if _is_open(found) else None
    if opened is not None:
        opened["file"] = receipt_card.copy_state(site(), records, found)
    card = receipt_card.card(found)
    csrf = generate_csrf() if card["registered"] else ""
    return {"receipt": card, "opened": opened, "csrf": csrf, **_seal_facts()}


def _seal_facts() -> dict[str, str]:
    public_key = Signer.of(site().settings).public_key
    return {"public_key": encode(public_key), "key_id": key_id(public_key)}


def _student(token: str) -> int | None:
    with site().database.read() as records:
        found = receipt_card.find(site(), records, token)
        return found.student.id if found.student else None


def install(app: Flask, limiter: Limiter) -> None:
    """Serve receipts, not too many at once."""
    app.register_blueprint(blueprint)
    views: dict[str, Any] = app.view_functions
    for name in ("show", "unlock", "check", "copy", "own", "photo"):
        views[f"receipt.{name}"] = limiter.limit(RATE)(views[f"receipt.{name}"])
    views["receipt.unlock"] = last_four.counted(limiter, views["receipt.unlock"], _student)
