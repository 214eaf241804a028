"""Staff decide about photos that came in: one by one, or many at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.collection import Standing
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def decide_collected(
    tx: Transaction,
    photos: Annotated[list[PhotoId], Field(min_length=1, max_length=500)],
    decision: Literal["accept", "reject"],
    date_is_wrong: bool = False,
) -> Outcome:
    """CANDIDATE → ACCEPTED or REJECTED, all of them or none.

    A reason is needed for a rejection, and for letting through what the judge or the file puts in doubt. Raises
    `Refusal`: reason_required, not_found, photo_decided, photo_counts_already (`replace_photo` decides that),
    and those of `collecting.check_may_count`.
    """
    accepted = decision == "accept"
    found = [collecting.by_id(tx, photo) for photo in dict.fromkeys(photos)]
    grave = not accepted or any(collecting.in_doubt(photo) for photo in found)
    if grave and not (tx.reason or "").strip():
        raise Refusal(Code.REASON_REQUIRED)
    for photo in found:
        collecting.check_undecided(photo)
        if accepted:
            _accept(tx, photo, date_is_wrong)
        else:
            collected.settle(photo, Standing.REJECTED, str(tx.actor), tx.now, tx.reason)
        collecting.tell_shot(tx, photo, accepted)
        tx.session.flush()
    tx.detail.update({"decision": decision, "count": len(found), "photos": [p.public_id for p in found[:50]]})
    return {"decision": decision, "count": len(found)}


def _accept(tx: Transaction, photo: CollectedPhoto, date_is_wrong: bool) -> None:
    collecting.check_may_count(tx, photo, date_is_wrong)
    if photo.student_id is not None and collected.of_student(tx.session, photo.student_id) is not None:
        raise Refusal(Code.PHOTO_COUNTS_ALREADY)
    collected.make_count(tx.session, photo, str(tx.actor), tx.now, tx.reason)
