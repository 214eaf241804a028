"""Hands out files that the worker made in `data/documents`; audit and log of files say who took which."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from flask import Response, send_file
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Job
from kiosk.web.site import site

#: Folder in the data folder; the worker removes what is older than a day.
DOCUMENTS = "documents"
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def finished(public_id: str, names: Collection[str], by: str | None = None) -> tuple[Job, Path]:
    """The finished job that is called one of `names`, with its file; with `by` only for whoever ordered it.

    Raises `Refusal` not_found, also once the worker has removed the file.
    """
    here = site()
    with here.database.read() as session:
        row = session.scalar(select(Job).where(Job.public_id == public_id))
    if row is None or row.name not in names or row.state != "done" or by not in (None, row.by):
        raise Refusal(Code.NOT_FOUND)
    name = str((row.result or {}).get("file", ""))
    file = here.settings.data / DOCUMENTS / name
    if not name or "/" in name or not file.is_file():
        raise Refusal(Code.NOT_FOUND)
    return row, file


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


def send_made(public_id: str, names: Collection[str], kind: str) -> Response:
    """The file of a finished job that is called one of `names`, for whoever ordered it, logged as `kind`.

    What is ordered keeps to the branch of whoever ordered it, so it is nobody else's. Raises `Refusal` not_found.
    """
    here, actor = site(), str(current_user.actor())
    row, file = finished(public_id, names, by=actor)
    campaign, what = str(row.arguments.get("campaign", "")), str(row.arguments.get("what", kind))
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = file.stat().st_size

    def note(session: Session) -> None:
        audit.lock(session)
        detail = {"job": public_id, "campaign": campaign, "what": what}
        audit.append(session, here.clock(), f"{kind}_download", "done", actor, detail=detail)
        session.add(
            FileLog(
                direction="out", kind=kind, reference=public_id, campaign=campaign, sha256=digest, bytes=size,
                detail={"what": what}, by=actor, at=here.clock(),
            )
        )  # fmt: skip

    here.write(note)
    return handed(file, f"{campaign}-{what}")
