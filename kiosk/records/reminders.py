"""Who was already reminded to check picture and data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Campaign, Student

#: Kind of the messages in the outbox.
KIND = "check_reminder"


def sent(session: Session, campaign: Campaign, branch: str | None = None) -> dict[int, datetime]:
    """Student (of the branch, None: of all) → when the newest reminder went out; those that wait are not among
    them."""
    query = (
        select(OutboxMessage.student_id, func.max(OutboxMessage.sent_at))
        .where(
            OutboxMessage.campaign_id == campaign.id, OutboxMessage.kind == KIND, OutboxMessage.state == "sent",
            OutboxMessage.student_id.is_not(None), OutboxMessage.sent_at.is_not(None),
        )
        .group_by(OutboxMessage.student_id)
    )  # fmt: skip
    if branch is not None:
        query = query.join(Student, Student.id == OutboxMessage.student_id).where(Student.branch == branch)
    return {student: at for student, at in session.execute(query) if student is not None and at is not None}
