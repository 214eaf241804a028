"""Staff say whose photo a delivered file is that neither its name nor a list told."""

from __future__ import annotations

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.tables import Student


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def assign_photo(tx: Transaction, photo: PhotoId, student: int) -> Outcome:
    """A CANDIDATE of nobody → of the student; it is decided about as any other then, `unassign_photo` undoes it.

    `other`: whether another photo counts for the student, which this one replaces only by decision. Raises
    `Refusal` not_found (also of a photo that came in no delivery: who was at a kiosk is known there alone),
    photo_assigned, photo_decided, student_unknown (of the photo's campaign, on the roster).
    """
    found = collecting.by_id(tx, photo)
    if found.delivery_id is None:
        raise Refusal(Code.NOT_FOUND)
    collecting.check_undecided(found)
    if found.student_id is not None:
        raise Refusal(Code.PHOTO_ASSIGNED)
    owner = tx.session.get(Student, student)
    if owner is None or owner.removed_at is not None or owner.campaign_id != found.campaign_id:
        raise Refusal(Code.STUDENT_UNKNOWN)
    found.student_id, found.assigned_by = owner.id, str(tx.actor)
    tx.detail.update({"photo": photo, "student": owner.id})
    return {"photo": photo, "other": collected.of_student(tx.session, owner.id) is not None}
