"""A student asks for their photo as a file: on the phone's receipt, or through staff."""

from __future__ import annotations

import secrets

from kiosk.actions import branches, collecting, copies, payments
from kiosk.actions.base import PHONE, STAFF, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.registry_tables import CopyRequest
from kiosk.records.tables import Student


@action(kinds=(STAFF, PHONE), roles=payments.CASHIERS)
def request_copy(tx: Transaction, student: int = 0, photo: PhotoId | None = None) -> Outcome:
    """Write the request down; a phone names the photo that its receipt shows, staff the student.

    Raises `Refusal`: student_unknown, not_found, no_photo_that_counts, copy_asked while one waits or its link is
    good.
    """
    wanted = collecting.by_id(tx, photo or "").student_id if tx.actor.kind == PHONE else student
    whom = tx.session.get(Student, wanted) if wanted else None
    if whom is None:
        raise Refusal(Code.STUDENT_UNKNOWN)
    branches.guard(tx, [whom])
    copies.photo_of(tx.session, whom.id)
    before = copies.newest(tx.session, whom.id)
    if before is not None and copies.state(before, tx.now, tx.settings.visit.copy_downloads) in (
        "waiting",
        "granted",
    ):
        raise Refusal(Code.COPY_ASKED)
    made = CopyRequest(
        public_id=secrets.token_hex(16), campaign_id=whom.campaign_id, student_id=whom.id,
        asked_by="phone" if tx.actor.kind == PHONE else str(tx.actor), asked_at=tx.now,
    )  # fmt: skip
    tx.session.add(made)
    tx.detail["request"] = made.public_id
    return {"request": made.public_id}
