"""A link by which a student sends in their own photo; only its hash is kept."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, PHONE, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId, Sha256
from kiosk.domain.collection import Mode
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.registry_tables import UploadLink


@action(kinds=(STAFF, PHONE), roles=(ADMINISTRATOR, OPERATOR), secrets=("token_sha256",))
def make_upload_link(
    tx: Transaction, token_sha256: Sha256, student: int | None = None, photo: PhotoId | None = None
) -> Outcome:
    """Keep the hash of a new link; earlier links of the student end. Staff name the student, a phone the photo
    that its receipt shows.

    Raises `Refusal` student_unknown, not_found, mode_not_allowed.
    """
    owner_id = collecting.by_id(tx, photo or "").student_id if tx.actor.kind == PHONE else student
    if owner_id is None:
        raise Refusal(Code.STUDENT_UNKNOWN)
    owner, campaign = collecting.student_of(tx, owner_id, Mode.OWN)
    open_ones = select(UploadLink).where(UploadLink.student_id == owner.id, UploadLink.expires_at > tx.now)
    for earlier in tx.session.scalars(open_ones):
        earlier.expires_at = tx.now
    expires = tx.now + timedelta(days=tx.settings.collection.link_days)
    link = UploadLink(
        token_sha256=token_sha256, student_id=owner.id, expires_at=expires, by=str(tx.actor), created_at=tx.now
    )
    tx.session.add(link)
    tx.detail["campaign"] = campaign.code
    return {"expires_at": expires.isoformat()}
