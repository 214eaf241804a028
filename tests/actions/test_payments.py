"""Payments are only added: receipts are unique, a class is written down at once, nothing is given back twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.domain.campaign import RETENTION_DAYS
from kiosk.domain.refusals import Code, Refusal
from kiosk.jobs import purge
from kiosk.records import fees
from kiosk.records.registry_tables import Payment
from kiosk.records.tables import Audit, Campaign
from tests.actions.desk import Desk
from tests.jobs.purging import context_of


def ids(desk: Desk) -> list[int]:
    """The students' ids in the records."""
    with desk.database.read() as session:
        return [student for student in session.scalars(select(fees.Student.id).order_by(fees.Student.id))]


def rows(desk: Desk) -> list[tuple[int, str, int, str | None]]:
    with desk.database.read() as session:
        found = session.scalars(select(Payment).order_by(Payment.id))
        return [(row.student_id, row.kind, row.cents, row.receipt_number) for row in found]


def refused(desk: Desk, name: str, **arguments: Any) -> Code:
    with pytest.raises(Refusal) as error:
        desk.staff(name, campaign="autumn", **arguments)
    return error.value.code


def test_a_payment_gets_a_number_and_an_audit_row(any_desk: Desk) -> None:
    first, second, *_ = ids(any_desk)
    told = any_desk.staff("record_payment", campaign="autumn", students=[first], reason=None)
    assert told == {"recorded": 1, "skipped": 0, "receipts": ["P-000001"], "cents": 1500}
    any_desk.staff("record_payment", campaign="autumn", students=[second], cents=1000, receipt_number="NX 17/2")
    assert rows(any_desk) == [(first, "paid", 1500, "P-000001"), (second, "paid", 1000, "NX 17/2")]
    with any_desk.database.read() as session:
        said = session.scalars(select(Audit).where(Audit.action == "record_payment")).first()
        assert said is not None and said.detail["receipts"] == "P-000001" and said.detail["cents"] == 1500


def test_a_receipt_number_stands_once_in_a_campaign(desk: Desk) -> None:
    first, second, *_ = ids(desk)
    desk.staff("record_payment", campaign="autumn", students=[first], receipt_number="A1")
    assert refused(desk, "record_payment", students=[second], receipt_number="A1") is Code.RECEIPT_NUMBER_TAKEN
    assert refused(desk, "record_payment", students=[second], receipt_number="=A1") is Code.BAD_REQUEST
    assert len(rows(desk)) == 1


def test_a_class_is_written_down_at_once_and_those_who_owe_nothing_are_left_out(desk: Desk) -> None:
    students = ids(desk)
    desk.staff("record_payment", campaign="autumn", students=[students[0]], cents=500)
    desk.staff("waive_payment", campaign="autumn", students=[students[1]])
    told = desk.staff("record_payment", campaign="autumn", students=[*students, students[2]])
    assert (told["recorded"], told["skipped"], told["cents"]) == (5, 1, 1000 + 4 * 1500)
    assert len({number for *_, number in rows(desk)}) == 7
    assert refused(desk, "record_payment", students=students) is Code.ALREADY_PAID
    assert refused(desk, "waive_payment", students=students) is Code.ALREADY_PAID


def test_no_number_is_given_to_several(desk: Desk) -> None:
    assert refused(desk, "record_payment", students=ids(desk)[:2], receipt_number="A1") is Code.BAD_REQUEST


def test_the_same_press_twice_is_one_payment(desk: Desk) -> None:
    (first, *_) = ids(desk)
    for _ in range(2):
        desk.staff("record_payment", campaign="autumn", students=[first], key="one-press-of-the-cashier")
    assert len(rows(desk)) == 1


def test_not_more_is_given_back_than_was_paid(desk: Desk) -> None:
    (first, *_) = ids(desk)
    assert refused(desk, "refund_payment", student=first) is Code.NOTHING_TO_REFUND
    desk.staff("record_payment", campaign="autumn", students=[first])
    assert refused(desk, "refund_payment", student=first, cents=1501) is Code.NOTHING_TO_REFUND
    desk.staff("refund_payment", campaign="autumn", student=first, cents=500)
    assert desk.staff("refund_payment", campaign="autumn", student=first) == {"cents": 1000, "receipt": "R-000002"}
    assert refused(desk, "refund_payment", student=first) is Code.NOTHING_TO_REFUND
    with desk.database.read() as session:
        assert fees.of_student(session, 1, first).net == 0


def test_a_waiver_is_taken_back_by_a_row_against_it(desk: Desk) -> None:
    (first, *_) = ids(desk)
    assert refused(desk, "waive_payment", students=[first], revoke=True) is Code.NOT_NOW
    desk.staff("waive_payment", campaign="autumn", students=[first])
    desk.staff("waive_payment", campaign="autumn", students=[first], revoke=True)
    assert [kind for _, kind, *_ in rows(desk)] == ["waived", "revoked"]
    desk.staff("record_payment", campaign="autumn", students=[first])


def test_who_may_and_about_whom(desk: Desk) -> None:
    (first, *_) = ids(desk)
    for role in ("usher", "medic", "headquarters"):
        with pytest.raises(Refusal) as error:
            desk.staff("record_payment", role=role, campaign="autumn", students=[first])
        assert error.value.code is Code.NOT_ALLOWED
    assert refused(desk, "record_payment", students=[first, 999]) is Code.STUDENT_UNKNOWN
    with pytest.raises(Refusal) as error:
        desk.staff("waive_payment", campaign="autumn", students=[first], reason=" ")
    assert error.value.code is Code.REASON_REQUIRED
    with pytest.raises(Refusal) as error:
        desk.staff("record_payment", campaign="winter", students=[first])
    assert error.value.code is Code.NO_CAMPAIGN
    assert rows(desk) == []


def test_statement_classes_and_removal_work_on_each_database(any_desk: Desk) -> None:
    first, second, *_ = ids(any_desk)
    any_desk.staff("record_payment", campaign="autumn", students=[first, second])
    any_desk.staff("refund_payment", campaign="autumn", student=second)
    with any_desk.database.read() as session:
        campaign = session.scalars(select(Campaign)).one()
        total = fees.statement(session, campaign).total
        assert (total.registered, total.gross, total.refunded, total.received) == (6, 3000, 1500, 1500)
        assert total.named == {"paid_not_photographed": 1}
        assert fees.classes(session, campaign.id) == [("", "", "", 6)]
        assert len(fees.heads_of(session, campaign.id, "", "", "")) == 6
    any_desk.later(days=RETENTION_DAYS["payments"] + 1)
    assert purge.run(context_of(any_desk)) == {"rows": {"payments": 3}}
