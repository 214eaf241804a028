"""The evening's presses: close and open again, what becomes of those inside, the signed report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.i18n import LANGUAGES
from kiosk.records import audit, day_balance, queue
from kiosk.web import evening_snapshot
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import finished, handed
from kiosk.web.press import press
from kiosk.web.second_person import agreeing
from kiosk.web.site import site

blueprint = Blueprint("staff_evening", __name__, url_prefix="/staff/api/evening")
ACTIONS = frozenset({"cancel", "close_session", "finish_visit", "move_visit", "reopen_session"})
LOOKING = (ADMINISTRATOR, OPERATOR, HEADQUARTERS)


@blueprint.post("/<name>")
@allow("staff", ADMINISTRATOR, OPERATOR)
def act(name: str) -> ResponseReturnValue:
    """Perform what was pressed: `{"ok", "result"}`; a grave one also takes `second: {login, password}`."""
    content, actor = body(), current_user.actor()
    if name == "close_session" and "second" in content:
        actor = replace(actor, second=agreeing(actor, content.pop("second")))
    result = press(name, ACTIONS, actor)
    if "job" in result:
        queue.kick(site().settings, str(result["job"]))
    return jsonify({"ok": True, "result": result})


@blueprint.get("/slots")
@allow("staff", ADMINISTRATOR, OPERATOR)
def slots() -> ResponseReturnValue:
    """`?campaign=`: the slots of later days that have room."""
    here = site()
    with here.database.read() as session:
        found = evening_snapshot.later_slots(session, request.args.get("campaign", ""), day_of(here.clock()))
    return jsonify({"slots": found})


@blueprint.post("/report")
@allow("staff", *LOOKING)
def make_report() -> ResponseReturnValue:
    """`{day, language}`: let the worker make the signed report of that day; `{"ok", "job"}`."""
    here, content, actor = site(), body(), current_user.actor()
    day, language = _day(word(content, "day", limit=10)), word(content, "language", limit=10)
    if language not in LANGUAGES:
        raise Refusal(Code.BAD_REQUEST, {"what": "language"})

    def write(session: Session) -> str:
        audit.lock(session)
        arguments: dict[str, Any] = {"day": day.isoformat(), "language": language}
        job = queue.enqueue(session, day_balance.REPORT, str(actor), on=here.station_name, **arguments)
        audit.append(session, here.clock(), day_balance.REPORT, "queued", str(actor), detail=arguments)
        return job.public_id

    job = here.write(write)
    queue.kick(here.settings, job)
    here.tell()
    return jsonify({"ok": True, "job": job})


@blueprint.get("/reports/<job>.zip")
@allow("staff", *LOOKING)
def report(job: str) -> ResponseReturnValue:
    """The finished report; who took it stands in the audit. A day after it was made it is gone here."""
    here = site()
    row, file = finished(job, {day_balance.REPORT})
    day = str(row.arguments.get("day", ""))

    def note(session: Session) -> None:
        audit.lock(session)
        actor = str(current_user.actor())
        audit.append(session, here.clock(), "day_report_download", "done", actor, detail={"day": day})

    here.write(note)
    return handed(file, f"day-{day}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "day"}) from error
