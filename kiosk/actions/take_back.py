"""Staff take back a record that somebody's prints went out: it was written down for the wrong person."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import payments
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.actions.hand_out import PRINTS
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.registry_tables import HandOut


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def take_back(tx: Transaction, campaign: str, student: int) -> Outcome:
    """Remove the record; what it said stays in the audit.

    Raises `Refusal` no_campaign, student_unknown, not_now.
    """
    of = payments.campaign_of(tx, campaign)
    (whom,) = payments.students_of(tx, of, [student])
    found = tx.session.scalar(select(HandOut).where(HandOut.student_id == whom.id, HandOut.kind == PRINTS))
    if found is None:
        raise Refusal(Code.NOT_NOW)
    tx.detail.update({"student": whom.id, "way": found.way, "by": found.by, "at": found.at.isoformat()})
    tx.session.delete(found)
    return {"student": whom.id}
