"""Staff write down that a fee was paid, for one student or a whole class. No money moves here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import payments
from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.money import MOST_CENTS, Kind
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import fees


@action(kinds=(STAFF,), roles=payments.CASHIERS)
def record_payment(
    tx: Transaction,
    campaign: str,
    students: Annotated[list[int], Field(min_length=1, max_length=payments.MOST_HEADS)],
    cents: Annotated[int, Field(ge=1, le=MOST_CENTS)] | None = None,
    receipt_number: payments.ReceiptNumber = "",
    note: payments.Note = "",
) -> Outcome:
    """A row of `cents` (the rest of the fee where none are named) for each student who still owes something.

    Who owes nothing is left out of a class and counted as `skipped`; a single one is refused with already_paid.
    Answers `{"recorded", "skipped", "receipts"}`. Raises `Refusal` no_campaign, student_unknown, already_paid,
    receipt_number_taken, bad_request.
    """
    of = payments.campaign_of(tx, campaign)
    wanted = payments.students_of(tx, of, students)
    held = fees.accounts(tx.session, of.id, [student.id for student in wanted])
    owing = [student for student in wanted if not held[student.id].settled(of.fee_cents)]
    if not owing:
        raise Refusal(Code.ALREADY_PAID)
    if receipt_number and len(wanted) != 1:
        raise Refusal(Code.BAD_REQUEST, {"what": "receipt_number"})
    numbers: list[str] = []
    rests = {student.id: cents or of.fee_cents - held[student.id].net for student in owing}
    for amount in sorted(set(rests.values())):
        group = [student for student in owing if rests[student.id] == amount]
        numbers += payments.write(tx, of, group, Kind.PAID, amount, receipt_number, note)
        tx.session.flush()
    total = sum(rests.values())
    tx.detail.update({"heads": len(owing), "cents": total, "skipped": len(wanted) - len(owing)})
    return {"recorded": len(owing), "skipped": len(wanted) - len(owing), "receipts": numbers, "cents": total}
