"""To which branch a member of staff is bound; an account without one works for every branch."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.base import HEADQUARTERS, STAFF, Transaction
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import Staff, Student


def branch_of(session: Session, login: str) -> str | None:
    """The branch of the account, None for every branch."""
    found = session.execute(select(Staff.branch, Staff.role).where(Staff.login == login)).first()
    return None if found is None or not found.branch or found.role == HEADQUARTERS else str(found.branch)


def guard(tx: Transaction, students: Iterable[Student]) -> None:
    """Raises `Refusal` not_allowed where a member of one branch decides about a student of another."""
    own = branch_of(tx.session, tx.actor.name) if tx.actor.kind == STAFF else None
    if own is not None and any(student.branch != own for student in students):
        raise Refusal(Code.NOT_ALLOWED, {"action": "branch"})
