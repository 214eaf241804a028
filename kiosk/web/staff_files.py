"""Files in and out: roster uploads, packages, and the jobs of the worker that deal with them."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, g, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit, queue
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Campaign
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import ordered, ordered_file
from kiosk.web.own_branch import asked_branch
from kiosk.web.refusals import describe
from kiosk.web.site import site
from kiosk.web.snapshots import iso

blueprint = Blueprint("staff_files", __name__, url_prefix="/staff/api")
_BLOCK = 1 << 18


@blueprint.post("/roster")
@allow("staff", ADMINISTRATOR, OPERATOR, body="multipart", upload=True)
def upload_roster() -> ResponseReturnValue:
    """Keep the uploaded workbook under a random name and let the worker import it.

    `confirm` is the plan of a check: when the import would do anything else, it is refused.
    """
    arguments: dict[str, Any] = {name: ticked(name) for name in ("skip_bad_rows", "complete")}
    confirm = request.form.get("confirm", "")[:64]
    if confirm:
        arguments["confirm"] = confirm
    return jsonify({"ok": True, "job": enqueue_upload("roster_import", arguments)})


def ticked(name: str) -> bool:
    """Whether a box of a multipart form is ticked."""
    return request.form.get(name, "").lower() in ("1", "true", "on", "yes")


def enqueue_upload(name: str, arguments: dict[str, Any]) -> str:
    """Keep the request's `file` for the job `name`, which also gets `upload`, `file_name`, `campaign`.

    Raises `Refusal`: bad_request without a file, no_campaign, and those of `keep_upload`; nothing is kept then.
    """
    part = request.files.get("file")
    if part is None or not part.filename:
        raise Refusal(Code.BAD_REQUEST, {"what": "file"})
    campaign = request.form.get("campaign", "")
    with site().database.read() as session:
        _known_campaign(session, campaign)
    upload = secrets.token_hex(16)
    target = site().settings.data / queue.UPLOADS / upload
    given = {
        "upload": upload,
        "file_name": Path(part.filename.replace("\\", "/")).name[:200],
        "campaign": campaign,
    }
    try:
        keep_upload(part, target)
        return enqueue(name, {**given, **arguments})
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def keep_upload(part: FileStorage, target: Path) -> None:
    """Write an upload to disk for its owner alone. Raises `Refusal` file_too_large, file_empty, disk_full."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    limit = g.rule.limit_bytes(site().settings)
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as out:
            written = 0
            while block := part.stream.read(_BLOCK):
                written += len(block)
                if written > limit:
                    raise Refusal(Code.FILE_TOO_LARGE, {"limit_mb": limit >> 20})
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal(Code.DISK_FULL) from error
        raise
    if written == 0:
        raise Refusal(Code.FILE_EMPTY)


def _known_campaign(session: Session, code: str) -> None:
    if session.scalar(select(Campaign.id).where(Campaign.code == code)) is None:
        raise Refusal(Code.NO_CAMPAIGN)


def enqueue(name: str, arguments: dict[str, Any]) -> str:
    """Write the job with its audit row, wake the worker, tell the pages."""
    here, actor = site(), current_user.actor()

    def write(session: Session) -> str:
        audit.lock(session)
        job = queue.enqueue(session, name, str(actor), on=here.station_name, **arguments)
        detail = {"job": job.public_id, "campaign": arguments["campaign"]}
        audit.append(session, here.clock(), name, "queued", str(actor), detail=detail)
        return job.public_id

    public_id = here.write(write)
    queue.kick(here.settings, public_id)
    here.tell()
    return public_id


@blueprint.post("/packages")
@allow("staff", ADMINISTRATOR, OPERATOR)
def make_package() -> ResponseReturnValue:
    """Let the worker make the reporting package of a campaign, or rehearse it; of one's own branch where bound.

    `{campaign, branch?, dbf?, part_mb?, recipient?, rehearsal?}`; what each is says `kiosk.jobs.package_export`.
    """
    content = body()
    campaign = word(content, "campaign", limit=40)
    with site().database.read() as session:
        _known_campaign(session, campaign)
        branch = asked_branch(session, word(content, "branch", optional=True, limit=200) or None)
    given = {"branch": branch, "recipient": word(content, "recipient", optional=True, limit=200)}
    arguments: dict[str, Any] = {"campaign": campaign, **{name: value for name, value in given.items() if value}}
    for name in ("dbf", "rehearsal"):
        if content.get(name):
            arguments[name] = True
    size = content.get("part_mb")
    if size is not None:
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 100_000:
            raise Refusal(Code.BAD_REQUEST, {"what": "part_mb"})
        arguments["part_mb"] = size
    return jsonify({"ok": True, "job": enqueue("package_export", arguments)})


@blueprint.get("/jobs/<job>")
@allow("staff")
def job(job: str) -> ResponseReturnValue:
    """How far a job is, for whoever ordered it; a failed one says why."""
    with site().database.read() as session:
        row = ordered(session, job)
        args = (row.result or {}).get("args") or {}
        return jsonify(
            {
                "name": row.name,
                "state": row.state,
                "progress": row.progress,
                "result": row.result,
                "error": row.error,
                "refusal": describe(row.error, args) if row.error else None,
                "created_at": iso(row.created_at),
                "finished_at": iso(row.finished_at),
            }
        )


@blueprint.get("/packages/<job>.zip")
@allow("staff", ADMINISTRATOR, OPERATOR)
def download(job: str) -> ResponseReturnValue:
    """A finished package, for whoever ordered it; `?part=2` its second part. It holds everybody's pictures."""
    here, actor = site(), current_user.actor()
    part = request.args.get("part", 1, type=int)
    with here.database.read() as session:
        row = ordered_file(session, job, ("package_export",))
        campaign, public_id = str(row.arguments.get("campaign", "")), row.public_id
        parts = (row.result or {}).get("parts") or []
    if not 1 <= part <= len(parts):
        raise Refusal(Code.NOT_FOUND)
    made = parts[part - 1]
    file = here.settings.data / queue.PACKAGES / Path(made["name"]).name
    if not file.is_file():
        raise Refusal(Code.NOT_FOUND)

    def note(session: Session) -> None:
        audit.lock(session)
        detail = {"job": public_id, "campaign": campaign, "part": part}
        session.add(
            FileLog(
                direction="out", kind="package", reference=public_id, campaign=campaign, sha256=made["sha256"],
                bytes=made["bytes"], detail={"part": part}, by=str(actor), at=here.clock(),
            )
        )  # fmt: skip
        audit.append(session, here.clock(), "package_download", "done", str(actor), detail=detail)

    here.write(note)
    name = "".join(letter for letter in campaign if letter.isascii() and (letter.isalnum() or letter in "-_"))
    called = (name or "package") + made["name"].removeprefix(public_id)
    response = send_file(
        file, mimetype="application/octet-stream", as_attachment=True, download_name=called, max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response
