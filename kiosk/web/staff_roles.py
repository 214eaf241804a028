"""A page for each role at the site: usher, medic, operator, administrator; the incident report's download."""

from __future__ import annotations

import base64

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, AT_SITE, HEADQUARTERS, MEDIC, OPERATOR, USHER
from kiosk.actions.stations import is_free
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import audit, incidents, queries, queue
from kiosk.web import evening_snapshot, role_snapshots
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import finished, handed
from kiosk.web.site import site
from kiosk.web.watch import at_seat

blueprint = Blueprint("staff_roles", __name__, url_prefix="/staff")


def _page(name: str) -> str:
    return render_template(f"staff/{name}.html", csrf=generate_csrf())


@blueprint.get("/usher")
@allow("staff", ADMINISTRATOR, OPERATOR, USHER, page=True)
def usher_page() -> ResponseReturnValue:
    """Who is due, late, inside; the load of the waiting area."""
    return _page("usher")


@blueprint.get("/room")
@allow("staff", *AT_SITE, page=True)
def room_page() -> ResponseReturnValue:
    """The observation room."""
    return _page("room")


@blueprint.get("/seat")
@allow("staff", ADMINISTRATOR, OPERATOR, page=True)
def seat_page() -> ResponseReturnValue:
    """Each seat: whose it is, the photos, what is to decide."""
    return _page("seat")


@blueprint.get("/day")
@allow("staff", ADMINISTRATOR, OPERATOR, HEADQUARTERS, page=True)
def day_page() -> ResponseReturnValue:
    """The day at a glance."""
    return _page("day")


@blueprint.get("/api/usher")
@allow("staff", ADMINISTRATOR, OPERATOR, USHER)
def usher() -> ResponseReturnValue:
    """Slots of today and who has not come."""
    return jsonify(role_snapshots.usher(site()))


@blueprint.get("/api/room")
@allow("staff", *AT_SITE)
def room() -> ResponseReturnValue:
    """What the observation room needs beside the staff snapshot."""
    return jsonify(role_snapshots.room(site()))


@blueprint.get("/api/day")
@allow("staff", ADMINISTRATOR, OPERATOR, HEADQUARTERS)
def day() -> ResponseReturnValue:
    """Today in figures, and what the evening still needs."""
    return jsonify(role_snapshots.day(site()) | {"evening": evening_snapshot.evening(site(), current_user.role)})


@blueprint.get("/api/seat/<station>/picture")
@allow("staff", ADMINISTRATOR, OPERATOR)
def seat_picture(station: str) -> ResponseReturnValue:
    """`{"state", "visit", "taken_ms", "picture", "word"}`: what the seat's camera sees; asking makes it be sent.

    `state`: live (with the newest picture, or null until one is there), free, private (the screen is used, but not
    the seat), away (no device service), elsewhere (a kiosk whose devices another server knows).
    """
    here = site()
    nothing = {"visit": None, "taken_ms": None, "picture": None, "word": None}
    if station != here.station_name:
        return jsonify({"state": "elsewhere", **nothing})
    if not here.bridge.present:
        return jsonify({"state": "away", **nothing})
    with here.database.read() as session:
        row = here.station(session)
        visit, free = at_seat(session, row), is_free(row)
    if visit is None:
        return jsonify({"state": "free" if free else "private", **nothing})
    if here.watch.ask():
        here.tell()  # the bridge learns it now and not at its next look
    seen = here.watch.of(visit)
    if seen is None:
        return jsonify({"state": "live", **nothing, "visit": visit})
    picture = f"data:image/jpeg;base64,{base64.b64encode(seen.jpeg).decode('ascii')}"
    shown = {"visit": visit, "taken_ms": seen.taken_ms, "picture": picture, "word": seen.word}
    return jsonify({"state": "live", **shown})


@blueprint.post("/api/room/reports")
@allow("staff", ADMINISTRATOR, MEDIC)
def make_report() -> ResponseReturnValue:
    """`{visit, language}`: let the worker print the incident report (again); `{"ok", "job"}`."""
    here, content, actor = site(), body(), current_user.actor()
    visit, language = word(content, "visit", limit=40), word(content, "language", limit=10)

    def write(session: Session) -> str:
        audit.lock(session)
        found = queries.visit(session, visit)
        if found is None:
            raise Refusal(Code.VISIT_UNKNOWN)
        if found.state != VisitState.ESCALATED:
            raise Refusal(Code.NOT_NOW, {"state": found.state})
        wanted = {"visit": visit, "language": language}
        job = queue.enqueue(session, incidents.REPORT, str(actor), on=here.station_name, **wanted)
        audit.append(session, here.clock(), incidents.REPORT, "queued", str(actor), visit=visit)
        return job.public_id

    job = here.write(write)
    queue.kick(here.settings, job)
    here.tell()
    return jsonify({"ok": True, "job": job})


@blueprint.get("/api/room/reports/<job>.pdf")
@allow("staff", ADMINISTRATOR, MEDIC)
def report(job: str) -> ResponseReturnValue:
    """The finished report; who took it stands in the audit. A day after it was made it is gone."""
    here = site()
    row, file = finished(job, {incidents.REPORT})
    visit = str(row.arguments.get("visit", ""))

    def note(session: Session) -> None:
        audit.lock(session)
        audit.append(session, here.clock(), "incident_download", "done", str(current_user.actor()), visit=visit)

    here.write(note)
    return handed(file, "incident")
