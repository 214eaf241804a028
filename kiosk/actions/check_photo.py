"""A student checks picture and data on the phone (核对): all is right, or a field is wrong."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import select, update

from kiosk.actions import collecting
from kiosk.actions.base import PHONE, Outcome, Transaction, action
from kiosk.actions.collecting import PhotoId
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, reminders
from kiosk.records.registry_tables import StudentCheck
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Campaign

CheckedField = Literal[
    "photo", "name", "sex", "id_number", "student_number", "school_name", "level", "major_name", "branch",
    "teaching_point", "class_name", "other",
]  # fmt: skip


@action(kinds=(PHONE,))
def check_photo(
    tx: Transaction,
    photo: PhotoId,
    right: bool,
    fields: Annotated[list[CheckedField], Field(max_length=12)] = [],  # noqa: B006 - pydantic copies it
    note: Annotated[str, StringConstraints(max_length=400)] = "",
) -> Outcome:
    """Write down what the student said of the photo that they looked at, and of their data.

    The newest word counts, an open report of theirs is replaced by it. Raises `Refusal`: not_found, not_now
    (nobody's photo), check_other_photo (another one counts by now), check_over, check_what (something is
    wrong, but what), bad_request.
    """
    seen = collecting.by_id(tx, photo)
    if seen.student_id is None:
        raise Refusal(Code.NOT_NOW)
    if (collected.of_student(tx.session, seen.student_id) or seen) is not seen:
        raise Refusal(Code.CHECK_OTHER_PHOTO)
    visit = collected.visit_of(tx.session, seen)
    tx.visit = visit.public_id if visit else None
    until = tx.session.get_one(Campaign, seen.campaign_id).check_until
    if until is not None and day_of(tx.now) > until:
        raise Refusal(Code.CHECK_OVER, {"until": until.isoformat()})
    wrong = sorted(set(fields))
    if not right and not wrong:
        raise Refusal(Code.CHECK_WHAT)
    if right and wrong:
        raise Refusal(Code.BAD_REQUEST, {"what": "fields"})
    for earlier in tx.session.scalars(
        select(StudentCheck).where(StudentCheck.student_id == seen.student_id, StudentCheck.resolved_at.is_(None))
    ):
        earlier.resolved_at, earlier.resolved_by, earlier.resolution = tx.now, str(tx.actor), "replaced"
    said = StudentCheck(
        public_id=secrets.token_hex(16), campaign_id=seen.campaign_id, student_id=seen.student_id,
        deliverable_sha256=seen.deliverable_sha256, confirmed=right, fields=wrong, note=note.strip(), at=tx.now,
    )  # fmt: skip
    if right:
        said.resolved_at, said.resolution = tx.now, "confirmed"
    tx.session.add(said)
    tx.session.execute(  # whoever has checked is not reminded any more
        update(OutboxMessage)
        .where(
            OutboxMessage.student_id == seen.student_id,
            OutboxMessage.kind == reminders.KIND,
            OutboxMessage.state == "waiting",
        )
        .values(state="cancelled", next_try_at=None)
    )
    tx.detail.update({"right": right, "reported": len(wrong)})
    return {"right": right}
