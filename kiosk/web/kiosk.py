"""The kiosk page: how it is opened, its snapshot, its presses, its picture and its receipt."""

from __future__ import annotations

import secrets
import time

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk import secrets_store
from kiosk.actions.base import KIOSK, Actor
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.records.tables import Shot, Visit
from kiosk.web import access, receipts, snapshots
from kiosk.web.access import allow
from kiosk.web.arguments import action_of, body, key_of, word
from kiosk.web.site import site

blueprint = Blueprint("kiosk", __name__, url_prefix="/kiosk")
#: Seconds within which a further touch is not written again.
AWAKE_EVERY_SECONDS = 4.0
_touched: dict[str, float] = {}


@blueprint.get("/open")
@allow("public", page=True)
def open_kiosk() -> ResponseReturnValue:
    """Trade the ticket of this start for the station's cookie. Only from this machine."""
    given = request.args.get("ticket", "")
    if not access.from_loopback() or not access.token_fits(given, secrets_store.KIOSK_TICKET):
        raise Refusal(Code.NOT_ALLOWED, {"action": "open"})
    session.clear()
    session["station"] = site().station_name
    return redirect(url_for("kiosk.page"))


@blueprint.get("/")
@allow("kiosk", page=True)
def page() -> ResponseReturnValue:
    """The page itself; it holds no data of anybody."""
    settings = site().settings.station
    return render_template(
        "kiosk.html",
        page=secrets.token_hex(16),
        csrf=generate_csrf(),
        station={"name": settings.name, "seat": settings.seat},
    )


@blueprint.get("/api/snapshot")
@allow("kiosk")
def snapshot() -> ResponseReturnValue:
    """The whole truth of the screen for the page that asks."""
    return jsonify(snapshots.kiosk(site(), request.args.get("page", "")))


@blueprint.post("/api/claim")
@allow("kiosk")
def claim() -> ResponseReturnValue:
    """The newest page takes the kiosk; the one before may act no more."""
    name = word(body(), "page", limit=40)
    station = site().station_name
    actor = Actor(KIOSK, station, station=station)
    site().decide("claim", key=secrets.token_hex(16), actor=actor, arguments={"page": name})
    return jsonify({"ok": True, "snapshot": snapshots.kiosk(site(), name)})


@blueprint.post("/api/awake")
@allow("kiosk")
def awake() -> ResponseReturnValue:
    """Somebody touched the screen: the idle clock starts anew."""
    name = word(body(), "page", limit=40)
    now = time.monotonic()
    if now - _touched.get(name, float("-inf")) >= AWAKE_EVERY_SECONDS:
        site().write(lambda records: _touch(records, name))
        site().page_seen()
        _touched.clear()  # one page at a time has the kiosk
        _touched[name] = now
    return jsonify({"ok": True})


def _touch(records: Session, page: str) -> None:
    station = site().station(records)
    if station.page != page:
        raise Refusal(Code.PAGE_SUPERSEDED)
    queries.touch_station(records, station.name, site().clock())


@blueprint.post("/api/actions/<name>")
@allow("kiosk")
def act(name: str) -> ResponseReturnValue:
    """Perform what was pressed."""
    content = body()
    key = key_of(content)
    pressed_on = word(content, "page", limit=40)
    del content["page"]
    action_of(name, KIOSK)
    station = site().station_name
    actor = Actor(KIOSK, station, station=station, page=pressed_on)
    result = site().decide(name, key=key, actor=actor, arguments=content)
    return jsonify({"ok": True, "result": result, "snapshot": snapshots.kiosk(site(), pressed_on)})


@blueprint.get("/api/shots/<shot>.jpg")
@allow("kiosk")
def picture(shot: str) -> ResponseReturnValue:
    """The deliverable on the screen, byte for byte what is kept; of no other visit."""
    with site().database.read() as records:
        station = site().station(records)
        row = records.scalar(select(Shot).where(Shot.public_id == shot, Shot.visit_id == station.front_visit_id))
        digest = row.deliverable_sha256 if row else None
    return deliverable(digest)


def deliverable(digest: str | None) -> Response:
    """A JPEG of the vault. Raises `Refusal(SHOT_UNKNOWN)` where there is none."""
    if digest is None:
        raise Refusal(Code.SHOT_UNKNOWN)
    try:
        content = site().vault.get(digest)
    except FileNotFoundError as error:
        raise Refusal(Code.SHOT_UNKNOWN) from error
    return Response(content, mimetype="image/jpeg", headers={"Content-Disposition": "inline"})


@blueprint.get("/api/receipt.svg")
@allow("kiosk")
def receipt() -> ResponseReturnValue:
    """QR code of the receipt of the visit on the screen."""
    with site().database.read() as records:
        station = site().station(records)
        visit = records.get(Visit, station.front_visit_id) if station.front_visit_id else None
        if visit is None or visit.receipt_nonce is None:
            raise Refusal(Code.RECEIPT_UNKNOWN)
        plain = snapshots.receipt_url(site(), visit.receipt_nonce)
        url = receipts.with_seal(site().settings, records, visit, plain)
    return Response(receipts.qr_svg(url), mimetype="image/svg+xml")


@blueprint.get("/api/place.svg")
@allow("kiosk")
def place() -> ResponseReturnValue:
    """QR code of the phone's page with the place of the waiting visit on the screen."""
    with site().database.read() as records:
        station = site().station(records)
        visit = records.get(Visit, station.front_visit_id) if station.front_visit_id else None
        if visit is None or visit.place_nonce is None:
            raise Refusal(Code.RECEIPT_UNKNOWN)
        url = snapshots.place_url(site(), visit.place_nonce)
    return Response(receipts.qr_svg(url), mimetype="image/svg+xml")
