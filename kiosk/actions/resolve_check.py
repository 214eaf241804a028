"""Staff settle what a student reported while checking picture and data."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select

from kiosk.actions import branches
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.registry_tables import StudentCheck
from kiosk.records.tables import Student


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR), needs_reason=True)
def resolve_check(
    tx: Transaction, check: str, resolution: Literal["corrected", "unchanged", "reshoot"]
) -> Outcome:
    """The data was corrected, is right, or a new photo is needed.

    Raises `Refusal`: not_found, not_now, not_allowed for a student of another branch.
    """
    found = tx.session.scalar(select(StudentCheck).where(StudentCheck.public_id == check))
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    branches.guard(tx, [tx.session.get_one(Student, found.student_id)])
    if found.resolved_at is not None:
        raise Refusal(Code.NOT_NOW)
    found.resolved_at, found.resolved_by = tx.now, str(tx.actor)
    found.resolution = f"{resolution}: {tx.reason or ''}"[:400]
    tx.detail.update({"check": check, "resolution": resolution})
    return {"check": check, "resolution": resolution}
