"""Staff write down that money was given back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import payments
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.money import MOST_CENTS, Kind
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import fees


@action(kinds=(STAFF,), roles=payments.CASHIERS, needs_reason=True)
def refund_payment(
    tx: Transaction,
    campaign: str,
    student: int,
    cents: Annotated[int, Field(ge=1, le=MOST_CENTS)] | None = None,
    receipt_number: payments.ReceiptNumber = "",
) -> Outcome:
    """A row against what was paid: `cents`, or all that is in the till for the student.

    Answers `{"cents", "receipt"}`. Raises `Refusal` no_campaign, student_unknown, nothing_to_refund (more than was
    paid), receipt_number_taken.
    """
    of = payments.campaign_of(tx, campaign)
    (whom,) = payments.students_of(tx, of, [student])
    held = fees.of_student(tx.session, of.id, whom.id)
    amount = cents or held.net
    if amount <= 0 or amount > held.net:
        raise Refusal(Code.NOTHING_TO_REFUND)
    (number,) = payments.write(tx, of, [whom], Kind.REFUNDED, amount, receipt_number, (tx.reason or "")[:200])
    return {"cents": amount, "receipt": number}
