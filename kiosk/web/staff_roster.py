"""The roster doctor on the tablet: check before it counts, compare with the academic system, templates, files."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import SCHOOL_CODES
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import send_made
from kiosk.web.staff_files import enqueue, enqueue_upload, ticked

blueprint = Blueprint("staff_roster", __name__, url_prefix="/staff/api/roster")
#: Jobs whose file is fetched here → its kind in the log of files.
FILES = {"roster_check": "roster-findings", "roster_template": "roster-template"}


@blueprint.post("/check")
@allow("staff", ADMINISTRATOR, OPERATOR, body="multipart", upload=True)
def check() -> ResponseReturnValue:
    """Let the worker say what is wrong with `file` and what it would change. Fields as for `/staff/api/roster`."""
    arguments = {name: ticked(name) for name in ("skip_bad_rows", "complete")}
    language = str(current_user.language)
    return jsonify({"ok": True, "job": enqueue_upload("roster_check", {**arguments, "language": language})})


@blueprint.post("/compare")
@allow("staff", ADMINISTRATOR, OPERATOR, body="multipart", upload=True)
def compare() -> ResponseReturnValue:
    """Let the worker hold `file`, an export of the academic system, against the campaign."""
    return jsonify({"ok": True, "job": enqueue_upload("roster_compare", {})})


@blueprint.post("/template")
@allow("staff", ADMINISTRATOR, OPERATOR)
def template() -> ResponseReturnValue:
    """Let the worker write the empty roster of a school code: `{school}` → `{"job"}`."""
    school = word(body(), "school", limit=10)
    if school not in SCHOOL_CODES:
        raise Refusal(Code.BAD_REQUEST, {"what": "school"})
    arguments = {"campaign": "", "school": school, "language": str(current_user.language)}
    return jsonify({"ok": True, "job": enqueue("roster_template", arguments)})


@blueprint.get("/files/<job>.xlsx")
@allow("staff", ADMINISTRATOR, OPERATOR)
def file(job: str) -> ResponseReturnValue:
    """The marked copy of a check, or a template, for whoever ordered it. A copy holds whole numbers.

    A day after it was made it is gone.
    """
    return send_made(job, FILES)
