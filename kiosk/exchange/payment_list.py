"""Takes in a list of payments (the cashier's, the bank's): whole or not at all; a row that is known stays one."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain import id_numbers, money
from kiosk.domain.money import Kind
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import HEADER_WITHIN, Column, Header, header_key, read_columns
from kiosk.domain.roster import Kind as Holds
from kiosk.exchange.lists import ListReport, cells_of
from kiosk.exchange.workbook import Cells, Stream, open_table
from kiosk.records import audit, fees
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog, Payment
from kiosk.records.tables import Campaign, Student

Progress = Callable[[float], None]
#: The columns are ours; the aliases are those of cashiers' lists.
COLUMNS: tuple[Column, ...] = (
    Column("student_number", "学号", Holds.STUDENT_NUMBER, 20, ("XH", "student number")),
    Column("id_number", "证件号码", Holds.ID_NUMBER, 40, ("证件号", "身份证号", "身份证号码", "SFZH", "ZJHM")),
    Column("name", "姓名", Holds.NAME, 40, ("学生姓名", "缴费人", "XM", "name")),
    Column("amount", "金额", Holds.PLAIN, 20, ("缴费金额", "实缴金额", "实收金额", "收费金额", "amount")),
    Column("receipt", "收据号", Holds.PLAIN, 40, ("票据号", "收据编号", "票据编号", "流水号", "receipt")),
    Column("kind", "类别", Holds.PLAIN, 20, ("缴费状态", "状态", "缴费类别", "kind")),
    Column("note", "备注", Holds.PRIVATE, 200, ("说明", "note")),
)
_WHO = frozenset({"student_number", "id_number"})
_BY_HEADER = {header_key(name): column for column in COLUMNS for name in (column.title, *column.aliases)}
_KINDS = {
    "": Kind.PAID, "已缴": Kind.PAID, "缴费": Kind.PAID, "已缴费": Kind.PAID, "收费": Kind.PAID, "paid": Kind.PAID,
    "免缴": Kind.WAIVED, "减免": Kind.WAIVED, "免费": Kind.WAIVED, "waived": Kind.WAIVED,
    "退费": Kind.REFUNDED, "已退费": Kind.REFUNDED, "退款": Kind.REFUNDED, "refunded": Kind.REFUNDED,
}  # fmt: skip
_RECEIPT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,39}")


@dataclass
class Report(ListReport):
    """What the list holds; the texts of its problems are `money.problem.<code>`."""

    added: int = 0
    known: int = 0
    cents: int = 0

    def counts(self) -> dict[str, Any]:
        """Rows that were new, rows that were there, the sum of the new ones in cents."""
        return {"added": self.added, "known": self.known, "cents": self.cents}


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    cells: dict[str, str]
    formula: bool


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    student: int
    kind: Kind
    cents: int
    receipt: str
    note: str


@dataclass(frozen=True, slots=True)
class _PaymentHeader(Header):
    """The header of a list: needs the amount, and one column that says who."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of what is not there."""
        lacking = [] if "amount" in self.keys else ["金额"]
        return tuple(lacking if self.keys & _WHO else [*lacking, "学号"])


def find_header(rows: Sequence[Cells]) -> Header | None:
    """The row among the first that names most of our columns, two at least; None where there is none."""
    best: _PaymentHeader | None = None
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        header = _PaymentHeader(index, *read_columns(row, _BY_HEADER))
        if len(header.columns) >= 2 and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def import_payments(
    database: Database, path: Path, campaign_code: str, by: str, *, now: datetime, file_name: str = "",
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Read a list and write its rows, unless one can't be read or is about somebody who is not on the roster.

    A row whose receipt number is known with the same student, kind and amount is the same row: the list may be
    taken in again when it has grown. A row without a number gets one of ours, so that it counts once more in each
    list that holds it; the very same file is refused.

    Raises `Refusal`: NO_CAMPAIGN, PAYMENTS_TWICE, and those of `open_table`.
    """
    say = progress or (lambda _: None)
    with open_table(path, file_name, find_header) as table:
        lines = _lines(table)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with database.write() as session:
        audit.lock(session)
        campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": campaign_code})
        same = select(FileLog.id).where(
            FileLog.kind == "payments", FileLog.campaign == campaign.code, FileLog.sha256 == digest
        )
        if session.scalar(same.limit(1)) is not None:
            raise Refusal(Code.PAYMENTS_TWICE)
        report = Report()
        rows = _rows(session, campaign, lines, report, say)
        if not report.problems:
            _write(session, campaign, rows, by, now)
            report.added, report.cents = len(rows), sum(row.cents for row in rows)
            report.imported = True
            session.add(
                FileLog(
                    direction="in", kind="payments", campaign=campaign.code, sha256=digest,
                    bytes=path.stat().st_size, by=by, at=now,
                )
            )  # fmt: skip
            detail = {"campaign": campaign.code, "rows": report.added, "cents": report.cents}
            audit.append(session, now, "payment_import", "done", by, detail=detail)
    return report


def _rows(session: Session, campaign: Campaign, lines: list[_Line], report: Report, say: Progress) -> list[_Row]:
    people = _People(session, campaign)
    numbers = {line.cells["receipt"] for line in lines if line.cells.get("receipt")}
    taken = fees.taken_numbers(session, campaign.id, numbers)
    seen: set[str] = set()
    found: list[_Row] = []
    for place, line in enumerate(lines, 1):
        if place % 500 == 0:
            say(0.9 * place / len(lines))
        report.rows += 1
        row = "formula" if line.formula else _row(line.row, line.cells, people)
        if isinstance(row, str):
            report.problems.append((line.row, row))
            continue
        before = taken.get(row.receipt)
        if row.receipt and row.receipt in seen:
            report.problems.append((line.row, "receipt_twice"))
        elif before is None:
            found.append(row)
        elif (before.student_id, before.kind, before.cents) == (row.student, row.kind, row.cents):
            report.known += 1
        else:
            report.problems.append((line.row, "receipt_taken"))
        seen.add(row.receipt)
    return found


def _row(number: int, cells: dict[str, str], people: _People) -> _Row | str:
    student = people.find(cells)
    if isinstance(student, str):
        return student
    kind = _KINDS.get(cells.get("kind", "").casefold())
    if kind is None:
        return "kind"
    cents = money.cents_of(cells.get("amount", "") or ("0" if kind is Kind.WAIVED else ""))
    if cents is None or (cents == 0) != (kind is Kind.WAIVED):
        return "amount"
    receipt = cells.get("receipt", "")
    if receipt and not _RECEIPT.fullmatch(receipt):
        return "receipt"
    return _Row(number, student, kind, cents, receipt, cells.get("note", "")[:200])


def _lines(table: Stream) -> list[_Line]:
    """The rows with something in our columns. A formula is no amount: what it showed when saved may be old."""
    columns = table.header.columns
    found: list[_Line] = []
    for number, row in table:
        cells = cells_of(columns, row)
        formula = any((number, place + table.left + 1) in table.formulas for place in columns)
        if formula or any(cells.values()):
            found.append(_Line(number, cells, formula))
    return found


class _People:
    """The campaign's students by their numbers, those taken off the roster too: their money came before."""

    def __init__(self, session: Session, campaign: Campaign) -> None:
        query = select(Student.id, Student.student_number, Student.id_number, Student.name).where(
            Student.campaign_id == campaign.id
        )
        self._student_numbers: dict[str, tuple[int, str]] = {}
        self._id_numbers: dict[str, tuple[int, str]] = {}
        for student, student_number, id_number, name in session.execute(query):
            self._student_numbers[student_number] = (student, name)
            self._id_numbers[id_number] = (student, name)

    def find(self, cells: dict[str, str]) -> int | str:
        """The student's id, or what is wrong: `who`, `unknown`, `contradiction`, `name`."""
        found: set[tuple[int, str] | None] = set()
        if cells.get("student_number"):
            found.add(self._student_numbers.get(cells["student_number"]))
        if cells.get("id_number"):
            found.add(self._id_numbers.get(id_numbers.normalise(cells["id_number"])))
        if not found:
            return "who"
        if len(found) > 1:
            return "contradiction"
        (who,) = found
        if who is None:
            return "unknown"
        named = "".join(cells.get("name", "").split())
        return "name" if named and named != "".join(who[1].split()) else who[0]


def _write(session: Session, campaign: Campaign, rows: Sequence[_Row], by: str, now: datetime) -> None:
    following = {kind: fees.next_number(session, campaign.id, kind) for kind in Kind}
    given = {row.receipt for row in rows if row.receipt}
    for row in rows:
        receipt = row.receipt
        while not receipt:
            made = fees.receipt_number(row.kind, following[row.kind])
            following[row.kind] += 1
            receipt = "" if made in given else made
        session.add(
            Payment(
                public_id=secrets.token_hex(16), campaign_id=campaign.id, student_id=row.student,
                kind=row.kind.value, cents=row.cents, receipt_number=receipt, note=row.note, by=by, at=now,
            )
        )  # fmt: skip
