"""Staff let students off the fee, or take that back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import payments
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.money import Kind
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import fees


@action(kinds=(STAFF,), roles=payments.CASHIERS, needs_reason=True)
def waive_payment(
    tx: Transaction,
    campaign: str,
    students: Annotated[list[int], Field(min_length=1, max_length=payments.MOST_HEADS)],
    revoke: bool = False,
) -> Outcome:
    """A row for each student that lets them off; with `revoke` a row that takes the waiver back.

    Whom it does not concern (paid or waived already; not waived) is counted as `skipped`. Answers `{"recorded",
    "skipped"}`. Raises `Refusal` no_campaign, student_unknown, already_paid and, with `revoke`, not_now, where it
    concerns nobody.
    """
    of = payments.campaign_of(tx, campaign)
    wanted = payments.students_of(tx, of, students)
    held = fees.accounts(tx.session, of.id, [student.id for student in wanted])
    if revoke:
        meant = [student for student in wanted if held[student.id].waived]
    else:
        meant = [student for student in wanted if not held[student.id].settled(of.fee_cents)]
    if not meant:
        raise Refusal(Code.NOT_NOW if revoke else Code.ALREADY_PAID)
    payments.write(tx, of, meant, Kind.REVOKED if revoke else Kind.WAIVED, 0, "", (tx.reason or "")[:200])
    tx.detail["skipped"] = len(wanted) - len(meant)
    return {"recorded": len(meant), "skipped": len(wanted) - len(meant)}
