"""What the decisions about money share: whose account, which receipt number, the row and its audit detail."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import select

from kiosk.actions import branches
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, Transaction
from kiosk.domain.money import Kind
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import fees
from kiosk.records.registry_tables import Payment
from kiosk.records.tables import Campaign, Student

#: Who takes money and gives it back.
CASHIERS = (ADMINISTRATOR, OPERATOR)
#: Most heads of one press: a class.
MOST_HEADS = 500
ReceiptNumber = Annotated[
    str, StringConstraints(max_length=40, strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/ -]*$|^$")
]
Note = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]


def campaign_of(tx: Transaction, code: str) -> Campaign:
    """The campaign of that code. Raises `Refusal` no_campaign."""
    found = tx.session.scalar(select(Campaign).where(Campaign.code == code))
    if found is None:
        raise Refusal(Code.NO_CAMPAIGN)
    tx.detail["campaign"] = found.code
    return found


def students_of(tx: Transaction, campaign: Campaign, wanted: Sequence[int]) -> list[Student]:
    """Those students in the order given, each once. Raises `Refusal` student_unknown, not_allowed."""
    ids = list(dict.fromkeys(wanted))
    rows = {
        row.id: row
        for row in tx.session.scalars(
            select(Student).where(Student.campaign_id == campaign.id, Student.id.in_(ids))
        )
    }
    if len(rows) != len(ids) or not ids:
        raise Refusal(Code.STUDENT_UNKNOWN)
    branches.guard(tx, rows.values())
    return [rows[student] for student in ids]


def write(
    tx: Transaction,
    campaign: Campaign,
    students: Sequence[Student],
    kind: Kind,
    cents: int,
    number: str,
    note: str,
) -> list[str]:
    """Add a row for each student; answers the receipt numbers. `number` is given for one student alone, empty
    makes our own. Raises `Refusal` receipt_number_taken, bad_request."""
    if number and len(students) != 1:
        raise Refusal(Code.BAD_REQUEST, {"what": "receipt_number"})
    if number and fees.taken_numbers(tx.session, campaign.id, [number]):
        raise Refusal(Code.RECEIPT_NUMBER_TAKEN)
    first = 0 if number else fees.next_number(tx.session, campaign.id, kind)
    numbers = [number] if number else [fees.receipt_number(kind, first + i) for i in range(len(students))]
    tx.session.add_all(
        Payment(
            public_id=secrets.token_hex(16), campaign_id=campaign.id, student_id=student.id, kind=kind.value,
            cents=cents, receipt_number=of, note=note, by=str(tx.actor), at=tx.now,
        )
        for student, of in zip(students, numbers, strict=True)
    )  # fmt: skip
    tx.detail.update({"kind": kind.value, "heads": len(students), "cents": cents})
    if students:
        tx.detail["receipts"] = numbers[0] if len(numbers) == 1 else f"{numbers[0]}…{numbers[-1]}"
    return numbers
