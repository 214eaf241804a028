"""Staff take back whose photo a delivered file is."""

from __future__ import annotations

from kiosk.actions import collecting
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def unassign_photo(tx: Transaction, photo: PhotoId) -> Outcome:
    """A CANDIDATE that was assigned by hand → of nobody.

    Raises `Refusal` not_found, not_now where its file named the student, photo_decided.
    """
    found = collecting.by_id(tx, photo)
    collecting.check_undecided(found)
    if found.assigned_by is None:
        raise Refusal(Code.NOT_NOW, {"state": found.state})
    tx.detail.update({"photo": photo, "student": found.student_id})
    found.student_id = found.assigned_by = None
    return {"photo": photo}
