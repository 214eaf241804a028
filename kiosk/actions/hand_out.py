"""Staff write down that a student's prints were collected, fetched by somebody else, or posted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select

from kiosk.actions import payments
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected
from kiosk.records.registry_tables import HandOut

#: What is handed out.
PRINTS = "prints"


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER))
def hand_out(
    tx: Transaction,
    campaign: str,
    students: Annotated[list[int], Field(min_length=1, max_length=payments.MOST_HEADS)],
    way: Literal["collected", "proxy", "posted"] = "collected",
    note: payments.Note = "",
) -> Outcome:
    """A row for each student whose prints did not go out yet and whose photo counts.

    Of several, the others are left out and counted as `skipped`. Answers `{"recorded", "skipped"}`. Raises
    `Refusal` no_campaign, student_unknown, already_handed_out, no_photo_that_counts.
    """
    of = payments.campaign_of(tx, campaign)
    wanted = payments.students_of(tx, of, students)
    ids = [student.id for student in wanted]
    query = select(HandOut.student_id).where(HandOut.student_id.in_(ids), HandOut.kind == PRINTS)
    gone = set(tx.session.scalars(query))
    ready = [student for student in ids if collected.of_student(tx.session, student) is not None]
    meant = [student for student in ready if student not in gone]
    if not meant:
        raise Refusal(Code.ALREADY_HANDED_OUT if gone else Code.NO_PHOTO_THAT_COUNTS)
    tx.session.add_all(
        HandOut(
            campaign_id=of.id, student_id=student, kind=PRINTS, way=way, note=note, by=str(tx.actor), at=tx.now
        )
        for student in meant
    )  # fmt: skip
    tx.detail.update({"way": way, "heads": len(meant), "students": meant[:50]})
    return {"recorded": len(meant), "skipped": len(wanted) - len(meant)}
