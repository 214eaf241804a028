"""A photo file leaves by its link or by the phone's receipt: counted, and written into the log of files."""

from __future__ import annotations

from kiosk.actions import copies
from kiosk.actions.base import PHONE, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Campaign


@action(kinds=(PHONE,))
def download_copy(tx: Transaction, request: str) -> Outcome:
    """Answers `{"photo"}`, the SHA-256 of the deliverable that counts now.

    Raises `Refusal`: not_found, copy_link_expired, no_photo_that_counts.
    """
    found = copies.by_id(tx.session, request)
    if not copies.is_good(found, tx.now, tx.settings.visit.copy_downloads):
        raise Refusal(Code.COPY_LINK_EXPIRED)
    photo = copies.photo_of(tx.session, found.student_id)
    found.downloads += 1
    campaign = tx.session.get_one(Campaign, found.campaign_id).code
    tx.session.add(
        FileLog(
            direction="out", kind="copy", reference=found.public_id, campaign=campaign,
            sha256=photo.deliverable_sha256, by=str(tx.actor), at=tx.now,
        )
    )  # fmt: skip
    tx.detail.update({"request": found.public_id, "downloads": found.downloads})
    return {"photo": photo.deliverable_sha256}
