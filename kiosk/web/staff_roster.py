"""The roster doctor on the tablet: check before it counts, compare with the academic system, templates, files."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import SCHOOL_CODES
from kiosk.records import audit
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Job
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.site import site
from kiosk.web.staff_files import enqueue, enqueue_upload, ticked

blueprint = Blueprint("staff_roster", __name__, url_prefix="/staff/api/roster")
#: Jobs whose file may be fetched here → what it is called.
FILES = {"roster_check": "roster-findings", "roster_template": "roster-template"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    """The marked copy of a check, or a template. A copy holds whole numbers: the audit says who took it.

    A day after it was made it is gone.
    """
    here, actor = site(), str(current_user.actor())
    with here.database.read() as session:
        row = session.scalar(select(Job).where(Job.public_id == job))
        if row is None or row.name not in FILES or row.state != "done":
            raise Refusal(Code.NOT_FOUND)
        result = row.result or {}
        name, campaign, kind = str(result.get("file", "")), str(row.arguments.get("campaign", "")), row.name
    path = here.settings.data / "documents" / name
    if not name or "/" in name or not path.is_file():
        raise Refusal(Code.NOT_FOUND)

    def note(session: Session) -> None:
        audit.lock(session)
        session.add(
            FileLog(
                direction="out", kind=FILES[kind], reference=job, campaign=campaign, bytes=path.stat().st_size,
                by=actor, at=here.clock(),
            )
        )  # fmt: skip
        detail = {"job": job, "campaign": campaign, "what": FILES[kind]}
        audit.append(session, here.clock(), "document_download", "done", actor, detail=detail)

    here.write(note)
    called = f"{FILES[kind]}-{result.get('school') or campaign}.xlsx"
    response: Response = send_file(path, mimetype=_XLSX, as_attachment=True, download_name=called, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
