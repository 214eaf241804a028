"""A photo was sent in, through a student's link or by staff: the worker is to judge it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import select

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, PHONE, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import Sha256
from kiosk.domain.collection import Mode
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queue
from kiosk.records.registry_tables import UploadLink
from kiosk.records.tables import Job

Upload = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@action(kinds=(STAFF, PHONE), roles=(ADMINISTRATOR, OPERATOR), secrets=("link",))
def send_own_photo(
    tx: Transaction, upload: Upload, link: Sha256 | None = None, student: int | None = None
) -> Outcome:
    """Enqueue the judging of the uploaded file. A phone gives the hash of its link, staff the student.

    Raises `Refusal`: upload_link_unknown, upload_link_expired, upload_link_used_up, upload_busy while the photo
    before is judged, student_unknown, mode_not_allowed.
    """
    found = _link(tx, link) if tx.actor.kind == PHONE else None
    owner = found.student_id if found is not None else student
    if owner is None:
        raise Refusal(Code.STUDENT_UNKNOWN)
    collecting.student_of(tx, owner, Mode.OWN)
    job = queue.enqueue(tx.session, "own_photo", str(tx.actor), upload=upload, student=owner)
    if found is not None:
        found.uploads, found.job = found.uploads + 1, job.public_id
    tx.detail["job"] = job.public_id
    return {"job": job.public_id}


def _link(tx: Transaction, token_sha256: str | None) -> UploadLink:
    found = tx.session.scalar(select(UploadLink).where(UploadLink.token_sha256 == token_sha256))
    if found is None:
        raise Refusal(Code.UPLOAD_LINK_UNKNOWN)
    if found.expires_at <= tx.now:
        raise Refusal(Code.UPLOAD_LINK_EXPIRED)
    before = tx.session.scalar(select(Job.state).where(Job.public_id == found.job)) if found.job else None
    if before in ("queued", "running"):
        raise Refusal(Code.UPLOAD_BUSY)
    if found.uploads >= tx.settings.collection.link_uploads:
        raise Refusal(Code.UPLOAD_LINK_USED_UP)
    return found
