"""What the bridge tells and asks; shapes in `kiosk.bridge.protocol`. A fact is answered once it is on disk."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from kiosk.actions.base import BRIDGE, Actor
from kiosk.bridge import protocol
from kiosk.domain.refusals import Code, Refusal
from kiosk.web import card_photos, snapshots
from kiosk.web.access import allow
from kiosk.web.arguments import body, key_of, word
from kiosk.web.devices import clean_end, picture_of
from kiosk.web.site import site

blueprint = Blueprint("bridge", __name__)
#: Bytes of a shot: a PNG of the largest still and its JPEG.
SHOT_LIMIT = 48 * 1024 * 1024
_FACTS_LIMIT = 256 * 1024
#: Bytes of the end of an order: a report of log lines, or a small picture.
RESULT_LIMIT = 256 * 1024


def _decide(name: str, key: str, arguments: dict[str, Any]) -> dict[str, Any]:
    station = site().station_name
    return site().decide(name, key=key, actor=Actor(BRIDGE, station, station=station), arguments=arguments)


@blueprint.before_request
def heard() -> None:
    """Whatever it says, the bridge is there."""
    site().bridge.touch()


@blueprint.post(protocol.HELLO)
@allow("bridge")
def hello() -> ResponseReturnValue:
    """A bridge introduces itself."""
    content = body()
    port = content.get("preview_port")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
        raise Refusal(Code.BAD_REQUEST, {"what": "preview_port"})
    site().bridge.hello(
        word(content, "boot"),
        port,
        word(content, "preview_token", optional=True),
        word(content, "engine", optional=True),
    )
    site().tell()
    station = site().settings.station
    return jsonify({"station": station.name, "seat": station.seat})


@blueprint.get(protocol.STATION)
@allow("bridge")
def station() -> ResponseReturnValue:
    """What the devices shall do now, out of the records alone."""
    return jsonify(snapshots.wanted(site()))


@blueprint.post(protocol.IDENTITIES)
@allow("bridge")
def identities() -> ResponseReturnValue:
    """A card was read or a code was seen."""
    content = body()
    key = key_of(content)
    photo = card_photos.take(content)
    result = _decide("identify", key, content)
    if photo is not None:
        site().card_photos.keep(str(result["visit"]), photo)
    return jsonify({"ok": True, "result": result})


@blueprint.post(protocol.TEMPERATURES)
@allow("bridge")
def temperatures() -> ResponseReturnValue:
    """A temperature was measured."""
    content = body()
    key = key_of(content)
    return jsonify({"ok": True, "result": _decide("take_temperature", key, content)})


@blueprint.post(protocol.SHOTS)
@allow("bridge", limit=SHOT_LIMIT, body="multipart")
def shots() -> ResponseReturnValue:
    """A shot was taken: its files are in the vault and its row in the records before this answers."""
    facts = _facts()
    original = _file("original", facts.get("original_sha256"))
    if original is None:
        raise Refusal(Code.BAD_REQUEST, {"what": "original"})
    deliverable = _file("deliverable", facts.get("deliverable_sha256"))
    arguments = {**facts, "original_sha256": original, "deliverable_sha256": deliverable}
    result = _decide("keep_shot", str(facts.get("shot", "")), arguments)
    return jsonify({"stored": True, "result": result})


def _facts() -> dict[str, Any]:
    text = request.form.get("facts", "")
    part = request.files.get("facts")
    if part is not None:
        text = part.read(_FACTS_LIMIT).decode("utf-8", "replace")
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "facts"}) from error
    if not isinstance(facts, dict):
        raise Refusal(Code.BAD_REQUEST, {"what": "facts"})
    return facts


def _file(name: str, digest: object) -> str | None:
    """Put a file of the request into the vault; its hash must be the one that was announced."""
    part = request.files.get(name)
    if part is None:
        if digest is not None:
            raise Refusal(Code.BAD_REQUEST, {"what": name})
        return None
    content = part.read()
    if hashlib.sha256(content).hexdigest() != digest:
        raise Refusal(Code.BAD_REQUEST, {"what": f"{name}_sha256"})
    return site().vault.put(content)


@blueprint.post(protocol.DEVICES)
@allow("bridge")
def devices() -> ResponseReturnValue:
    """How the devices are; also the sign of life."""
    content = body()
    sequence, report = content.get("sequence"), content.get("devices")
    well_formed = isinstance(report, dict) and all(isinstance(facts, dict) for facts in report.values())
    if not isinstance(sequence, int) or not well_formed or not isinstance(report, dict):
        raise Refusal(Code.BAD_REQUEST, {"what": "devices"})
    facts = content.get("facts")
    if site().bridge.report(sequence, report, facts if isinstance(facts, dict) else None):
        site().tell()
    return jsonify({"ok": True})


@blueprint.post(protocol.RESULTS)
@allow("bridge", limit=RESULT_LIMIT)
def results() -> ResponseReturnValue:
    """How an order of staff ended."""
    content = body()
    key_of(content)  # a repeat is quiet by itself: the second end of an order is ignored
    picture = picture_of(content.pop("picture_b64", None))
    site().desk.ended(word(content, "id", limit=64), clean_end(content), picture)
    return jsonify({"ok": True})


@blueprint.post(protocol.PICTURES)
@allow("bridge", limit=RESULT_LIMIT)
def pictures() -> ResponseReturnValue:
    """What the camera sees, for a devices page: kept in memory, replaced by the next."""
    content = body()
    taken, picture = content.get("taken_ms"), picture_of(content.get("jpeg_b64"))
    if not isinstance(taken, int | float) or isinstance(taken, bool) or picture is None:
        raise Refusal(Code.BAD_REQUEST, {"what": "picture"})
    site().desk.seen(float(taken), picture)
    return jsonify({"ok": True})


@blueprint.post(protocol.WATCH)
@allow("bridge", limit=RESULT_LIMIT)
def watch() -> ResponseReturnValue:
    """What the camera sees of the person at the seat, for the operator who looks: kept in memory alone."""
    content, here = body(), site()
    taken, picture = content.get("taken_ms"), picture_of(content.get("jpeg_b64"))
    if not isinstance(taken, int | float) or isinstance(taken, bool) or picture is None:
        raise Refusal(Code.BAD_REQUEST, {"what": "picture"})
    here.watch.show(word(content, "visit", limit=40), float(taken), picture, content.get("word"))
    return jsonify({"ok": True})


@blueprint.post(protocol.PROBLEMS)
@allow("bridge")
def problems() -> ResponseReturnValue:
    """Something the person at the kiosk must know."""
    content = body()
    key = key_of(content)
    _decide("show_problem", key, {"code": word(content, "code", limit=40)})
    return jsonify({"ok": True})
