"""Hands out files that the worker made: to whoever ordered them, within their branch, with audit and log of files.

What belongs to a site's day (incident and day report) is no member's: those pages fetch it with `finished`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from flask import Response, send_file
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit, queue
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Job
from kiosk.web.own_branch import own_branch
from kiosk.web.site import site

#: Jobs whose file holds students of the branch that their argument `branch` names, without one of every branch.
OF_A_BRANCH = frozenset(
    {
        "check_cards", "checks_export", "package_export", "prints", "progress_export", "slot_documents",
        "statement",
    }
)  # fmt: skip
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "ics": "text/calendar",
    "toml": "application/toml",
}


def ordered(session: Session, public_id: str) -> Job:
    """The job of that id, for whoever ordered it: everybody else is told what is told of an unknown one.

    Raises `Refusal` not_found.
    """
    row = session.scalar(select(Job).where(Job.public_id == public_id))
    if row is None or row.by != str(current_user.actor()):
        raise Refusal(Code.NOT_FOUND)
    return row


def ordered_file(session: Session, public_id: str, names: Collection[str]) -> Job:
    """The same for a finished job that is called one of `names`, and whose file the member may have.

    Raises `Refusal` not_found, and not_allowed for a file of other branches: the member was bound to one since.
    """
    row = ordered(session, public_id)
    if row.name not in names or row.state != "done":
        raise Refusal(Code.NOT_FOUND)
    if row.name in OF_A_BRANCH and own_branch(session) not in (None, row.arguments.get("branch")):
        raise Refusal(Code.NOT_ALLOWED, {"action": "branch"})
    return row


def finished(public_id: str, names: Collection[str]) -> tuple[Job, Path]:
    """The finished job that is called one of `names`, with its file, whoever ordered it.

    Raises `Refusal` not_found, also once the worker has removed the file.
    """
    with site().database.read() as session:
        row = session.scalar(select(Job).where(Job.public_id == public_id))
    if row is None or row.name not in names or row.state != "done":
        raise Refusal(Code.NOT_FOUND)
    return row, _file(row)


def _file(row: Job) -> Path:
    name = str((row.result or {}).get("file", ""))
    file = site().settings.data / queue.DOCUMENTS / name
    if not name or "/" in name or not file.is_file():
        raise Refusal(Code.NOT_FOUND)
    return file


def handed(file: Path, name: str) -> Response:
    """The file as a download of that name, with the file's own ending."""
    response: Response = send_file(
        file,
        mimetype=_TYPES[file.suffix[1:]],
        as_attachment=True,
        download_name=f"{name}{file.suffix}",
        max_age=0,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def send_made(public_id: str, kinds: Mapping[str, str], action: str = "document_download") -> Response:
    """The file of a finished job that the member ordered; `kinds`: name of a job → kind in the log of files.

    `action` is what the audit calls it. Raises `Refusal` as `ordered_file` does, not_found without a file.
    """
    here, actor = site(), str(current_user.actor())
    with here.database.read() as session:
        row = ordered_file(session, public_id, kinds)
    file, kind = _file(row), kinds[row.name]
    campaign, what = str(row.arguments.get("campaign", "")), str(row.arguments.get("what", kind))
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = file.stat().st_size

    def note(session: Session) -> None:
        audit.lock(session)
        detail = {"job": public_id, "campaign": campaign, "what": what}
        audit.append(session, here.clock(), action, "done", actor, detail=detail)
        session.add(
            FileLog(
                direction="out", kind=kind, reference=public_id, campaign=campaign, sha256=digest, bytes=size,
                detail={"what": what}, by=actor, at=here.clock(),
            )
        )  # fmt: skip

    here.write(note)
    return handed(file, f"{campaign or row.arguments.get('school', '')}-{what}")
