"""Take back a decision about a photo that came in."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def reopen_photo(tx: Transaction, photo: PhotoId) -> Outcome:
    """ACCEPTED or REJECTED → CANDIDATE; a photo whose place it took in that very decision counts again.

    Raises `Refusal`: not_found, not_now for a kiosk's shot (the visit decides) and one that waits or was replaced.
    """
    found = collecting.by_id(tx, photo)
    if found.mode == Mode.KIOSK or found.state not in (Standing.ACCEPTED, Standing.REJECTED):
        raise Refusal(Code.NOT_NOW, {"state": found.state})
    back = _replaced_by(tx, found) if found.state == Standing.ACCEPTED else None
    collected.settle(found, Standing.CANDIDATE, str(tx.actor), tx.now, tx.reason)
    tx.session.flush()  # one accepted a student, by a unique index
    if back is not None:
        collected.make_count(tx.session, back, str(tx.actor), tx.now, tx.reason)
    told = {"photo": photo, "counts_again": back.public_id if back else None}
    tx.detail.update(told)
    return told


def _replaced_by(tx: Transaction, photo: CollectedPhoto) -> CollectedPhoto | None:
    """The photo that gave way in the decision by which `photo` was accepted: both have its moment."""
    return tx.session.scalar(
        select(CollectedPhoto)
        .where(
            CollectedPhoto.student_id == photo.student_id,
            CollectedPhoto.state == Standing.REPLACED.value,
            CollectedPhoto.decided_at == photo.decided_at,
        )
        .order_by(CollectedPhoto.id.desc())
        .limit(1)
    )
