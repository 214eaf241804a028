"""What the decisions about photo files share: the request, and whether its link is still good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, CopyRequest

GRANTED, REFUSED = "granted", "refused"


def newest(session: Session, student_id: int) -> CopyRequest | None:
    """The student's last request."""
    query = select(CopyRequest).where(CopyRequest.student_id == student_id)
    return session.scalar(query.order_by(CopyRequest.id.desc()).limit(1))


def is_good(request: CopyRequest, now: datetime, most: int) -> bool:
    """Whether its link still gives the file: granted, not expired, used less than `most` times."""
    granted = request.decision == GRANTED and request.expires_at is not None
    return granted and request.expires_at is not None and now < request.expires_at and request.downloads < most


def state(request: CopyRequest, now: datetime, most: int) -> str:
    """waiting | refused | granted | expired."""
    if request.decision is None:
        return "waiting"
    if request.decision == REFUSED:
        return REFUSED
    return GRANTED if is_good(request, now, most) else "expired"


def photo_of(session: Session, student_id: int) -> CollectedPhoto:
    """The photo that counts for the student, with a finished file that is still kept.

    Raises `Refusal` no_photo_that_counts.
    """
    found = collected.of_student(session, student_id)
    if found is None or found.deliverable_sha256 is None or found.purged_at is not None:
        raise Refusal(Code.NO_PHOTO_THAT_COUNTS)
    return found


def by_id(session: Session, public_id: str) -> CopyRequest:
    """The request of that public id. Raises `Refusal` not_found."""
    found = session.scalar(select(CopyRequest).where(CopyRequest.public_id == public_id))
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    return found
