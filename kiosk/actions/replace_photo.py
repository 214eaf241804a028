"""Another photo takes the place of the one that counts; that one is kept."""

from __future__ import annotations

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.collection import Standing
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def replace_photo(tx: Transaction, photo: PhotoId, date_is_wrong: bool = False) -> Outcome:
    """Let a photo count, whatever it was before; the one that did is replaced. Also the way back to an older one.

    Raises `Refusal`: not_found, photo_decided where it counts already, those of `collecting.check_may_count`.
    """
    found = collecting.by_id(tx, photo)
    if found.state == Standing.ACCEPTED:
        raise Refusal(Code.PHOTO_DECIDED)
    collecting.check_may_count(tx, found, date_is_wrong)
    before = collected.of_student(tx.session, found.student_id) if found.student_id is not None else None
    collected.make_count(tx.session, found, str(tx.actor), tx.now, tx.reason)
    collecting.tell_shot(tx, found, True)
    told = {"photo": photo, "replaced": before.public_id if before else None}
    tx.detail.update({**told, "mode": found.mode})
    return told
