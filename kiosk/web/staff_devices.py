"""The devices page: how the kiosk's devices are, what staff may ask of them, the check before opening.

Usher and medic may look; operator and administrator may act, read the log and take the support bundle.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, MEDIC, OPERATOR, USHER
from kiosk.actions.stations import is_free
from kiosk.domain.device_check import ABOUT, Order, Outcome, Result, Step, judge
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit, support_bundle
from kiosk.records.site_tables import DeviceCheck
from kiosk.web.access import allow
from kiosk.web.arguments import body, key_of, word
from kiosk.web.orders import Placed
from kiosk.web.site import site
from kiosk.web.snapshots import iso

blueprint = Blueprint("staff_devices", __name__, url_prefix="/staff")
LOOKING = (ADMINISTRATOR, OPERATOR, USHER, MEDIC)
ACTING = (ADMINISTRATOR, OPERATOR)
#: Devices that stand on the page even while no bridge tells of them.
KINDS = ("reader", "camera", "thermometer", "codes")
_REASON = 300


@blueprint.get("/devices")
@allow("staff", *LOOKING, page=True)
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("staff/devices.html", csrf=generate_csrf())


@blueprint.get("/api/devices")
@allow("staff", *LOOKING)
def snapshot() -> ResponseReturnValue:
    """Everything the page shows but pictures and log lines."""
    here = site()
    with here.database.read() as session:
        station = here.station(session)
        return jsonify(
            {
                "version": here.version(session),
                "now": iso(here.clock()),
                "station": {"name": station.name, "seat": station.seat},
                "may": current_user.role in ACTING,
                "free": is_free(station),
                "bridge": here.bridge.view()["bridge"],
                "devices": _devices(),
                "printer": here.settings.devices.printer.mode,
                "calibration": here.bridge.facts.get("calibration") if here.bridge.present else None,
                "check": _check(session),
                "off": [step.value for step in Step if _is_off(step)],
            }
        )


def _devices() -> list[dict[str, Any]]:
    here = site()
    known = here.bridge.details if here.bridge.present else {}
    nothing = {"code": None, "fault": None, "detail": None, "retry": None, "since": None, "label": None}
    rows = []
    for kind in (*KINDS, *(name for name in known if name not in KINDS)):
        driver = _driver(kind)
        away = {"state": "off" if driver == "off" else "unknown", **nothing}
        rows.append({"kind": kind, **(known.get(kind) or away), "driver": driver})
    return rows


def _driver(kind: str) -> str:
    return str(getattr(getattr(site().settings.devices, kind, None), "driver", ""))


def _is_off(step: Step) -> bool:
    if step is Step.PRINTER:
        return site().settings.devices.printer.mode == "off"
    return _driver(ABOUT[step][0]) == "off"


def _check(session: Session) -> dict[str, Any] | None:
    """The newest check of today."""
    here = site()
    query = select(DeviceCheck).where(
        DeviceCheck.station == here.station_name, DeviceCheck.day == day_of(here.clock())
    )
    row = session.scalar(query.order_by(DeviceCheck.id.desc()).limit(1))
    return {"passed": row.passed, "steps": row.steps, "by": row.by, "at": iso(row.at)} if row else None


@blueprint.post("/api/devices/orders")
@allow("staff", *ACTING)
def place() -> ResponseReturnValue:
    """`{key, order, device, seconds?}`: allowed and written down first, then passed on; `{"ok", "order"}`."""
    here, content = site(), body()
    key, device = key_of(content), word(content, "device", limit=20)
    try:
        order = Order(word(content, "order", limit=40))
    except ValueError as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "order"}) from error
    seconds = content.get("seconds", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Refusal(Code.BAD_REQUEST, {"what": "seconds"})
    if not here.bridge.present:
        raise Refusal(Code.BRIDGE_GONE)
    if order is not Order.REPORT:  # reading the log moves nothing
        here.decide(
            "order_device",
            key=key,
            actor=current_user.actor(here.station_name),
            arguments={"station": here.station_name, "order": order.value, "device": device},
        )
    row = here.desk.place(key, order.value, device, current_user.login, float(seconds))
    here.tell()  # the bridge fetches it now and not at its next look
    return jsonify({"ok": True, "order": row.id})


@blueprint.get("/api/devices/orders/<order>")
@allow("staff", *ACTING)
def order(order: str) -> ResponseReturnValue:
    """`{"state": "waiting" | "done" | "lost", "went", "fault", "detail", "values", "picture", "steps"}`."""
    row = site().desk.orders.get(order)
    if row is None or site().desk.lost(row):
        return jsonify({"state": "lost"})
    if row.end is None:
        return jsonify({"state": "waiting"})
    # `ok` of an answer is about the request; whether the device did it is another question
    end = {"went" if name == "ok" else name: value for name, value in row.end.items()}
    return jsonify({"state": "done", **end, "picture": _data_url(row.picture), "steps": _judged(row)})


def _data_url(picture: bytes | None) -> str | None:
    if picture is None:
        return None
    kind = "png" if picture.startswith(b"\x89PN") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def _judged(row: Placed) -> dict[str, Any]:
    """What the answer means for each step of the check that it is about."""
    end = row.end or {}
    return {
        step.value: judge(step, end).to_json() for step, about in ABOUT.items() if about == (row.device, row.name)
    }


@blueprint.get("/api/devices/picture")
@allow("staff", *ACTING)
def picture() -> ResponseReturnValue:
    """`{"free", "taken_ms", "picture"}`: what the camera sees; asking is what makes the bridge send it."""
    here = site()
    with here.database.read() as session:
        free = is_free(here.station(session))
    if here.desk.look():
        here.tell()
    found = here.desk.fresh() if free else None
    return jsonify(
        {"free": free, "taken_ms": found[0] if found else None, "picture": _data_url(found[1]) if found else None}
    )


@blueprint.post("/api/devices/checks")
@allow("staff", *ACTING)
def check() -> ResponseReturnValue:
    """`{key, steps: {step: {order} | {seen: bool} | {skip: reason}}}`: judged here on the bridge's own answers.

    `seen`: staff's word on a page that the browser printed. Refuses with bad_request for a step without an answer.
    """
    here, content = site(), body()
    key, steps = key_of(content), content.get("steps")
    if not isinstance(steps, dict):
        raise Refusal(Code.BAD_REQUEST, {"what": "steps"})
    outcomes = {step.value: _outcome(step, steps.get(step.value)).to_json() for step in Step}
    result = here.decide(
        "record_device_check",
        key=key,
        actor=current_user.actor(here.station_name),
        arguments={"station": here.station_name, "steps": outcomes},
    )
    return jsonify({"ok": True, "result": result})


def _outcome(step: Step, given: object) -> Outcome:
    if _is_off(step):
        return Outcome(Result.OFF)
    if not isinstance(given, dict):
        raise Refusal(Code.BAD_REQUEST, {"what": step.value})
    if "skip" in given:
        return Outcome(Result.SKIPPED, reason=word(given, "skip", limit=_REASON))
    if step is Step.PRINTER and site().settings.devices.printer.mode == "browser":
        seen = given.get("seen") is True
        return Outcome(Result.PASSED if seen else Result.FAILED, None if seen else "not_seen")
    row = site().desk.orders.get(word(given, "order", limit=64))
    if row is None or row.end is None or (row.device, row.name) != ABOUT[step]:
        raise Refusal(Code.BAD_REQUEST, {"what": step.value})
    return judge(step, row.end)


@blueprint.get("/api/devices/bundle.zip")
@allow("staff", *ACTING)
def bundle() -> ResponseReturnValue:
    """The support bundle, with the answer to the page's last `report`. The audit says who took it."""
    here = site()
    row = here.desk.orders.get(request.args.get("order", ""))
    told = row.end if row is not None and row.name == Order.REPORT and row.end is not None else None
    devices = {"seen_by_web": here.bridge.view(), "details": here.bridge.details, "facts": here.bridge.facts}
    content = support_bundle.make(
        here.settings,
        here.database,
        here.clock(),
        {"devices": devices, "report": told["values"] if told else None},
    )

    def note(session: Session) -> None:
        audit.lock(session)
        detail = {"bytes": len(content)}
        actor = str(current_user.actor())
        audit.append(
            session, here.clock(), "support_bundle", "done", actor, station=here.station_name, detail=detail
        )

    here.write(note)
    here.tell()
    response = Response(content, mimetype="application/zip")
    name = f"kiosk-support-{here.clock():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.zip"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response
