"""What payments say: each student's account, a class's open heads, and the statement of a campaign by branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from kiosk.domain.money import PREFIX, Account, Difference, Kind, Line, account
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, Payment
from kiosk.records.tables import Campaign, Student

#: Values of one `IN` list.
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Odd:
    """A student that a statement names, and why."""

    student: int
    branch: str
    why: tuple[Difference, ...]
    account: Account


@dataclass
class Statement:
    """Verified heads × fee against payments, by branch. Amounts in cents."""

    fee: int
    lines: list[Line] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)

    @property
    def total(self) -> Line:
        """All branches together."""
        whole = Line("")
        for line in self.lines:
            whole.registered += line.registered
            whole.verified += line.verified
            whole.waived += line.waived
            whole.payers += line.payers
            whole.gross += line.gross
            whole.refunded += line.refunded
            whole.owed += line.owed
            for name, count in line.named.items():
                whole.named[name] = whole.named.get(name, 0) + count
        return whole


def accounts(
    session: Session, campaign_id: int, students: Collection[int] | None = None
) -> defaultdict[int, Account]:
    """The account of everybody who has a row, in the campaign or among `students`; an empty one for others."""
    query = select(Payment.student_id, Payment.kind, Payment.cents).where(Payment.campaign_id == campaign_id)
    rows: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for student, kind, cents in _all(session, query.order_by(Payment.id), students):
        rows[student].append((kind, cents))
    found: defaultdict[int, Account] = defaultdict(Account)
    found.update((student, account(of)) for student, of in rows.items())
    return found


def _all(session: Session, query: Select[int, str, int], students: Collection[int] | None) -> list[Any]:
    if students is None:
        return list(session.execute(query))
    wanted = sorted(students)
    found: list[Any] = []
    for start in range(0, len(wanted), _CHUNK):
        found += session.execute(query.where(Payment.student_id.in_(wanted[start : start + _CHUNK])))
    return found


def statement(session: Session, campaign: Campaign, branch: str | None = None) -> Statement:
    """Every branch in the order of its name, or only `branch`. Who was taken off the roster is a head only where
    there are payments."""
    held = accounts(session, campaign.id)
    verified = (
        select(CollectedPhoto.id).where(CollectedPhoto.student_id == Student.id, collected.accepted()).exists()
    )
    query = select(Student.id, Student.branch, Student.removed_at, verified).where(
        Student.campaign_id == campaign.id
    )
    if branch is not None:
        query = query.where(Student.branch == branch)
    made = Statement(campaign.fee_cents)
    lines: dict[str, Line] = {}
    order = (Student.branch, Student.teaching_point, Student.class_name, Student.student_number)
    for student, of, removed_at, has_photo in session.execute(query.order_by(*order)):
        if removed_at is not None and student not in held:
            continue
        line = lines.setdefault(of, Line(of))
        why = line.add(held[student] if student in held else Account(), campaign.fee_cents, bool(has_photo))
        if why:
            made.odd.append(Odd(student, of, why, held[student]))
    made.lines = [lines[name] for name in sorted(lines)]
    return made


def of_student(session: Session, campaign_id: int, student_id: int) -> Account:
    """The account of one student."""
    return accounts(session, campaign_id, [student_id])[student_id]


def rows_of(session: Session, student_id: int) -> Sequence[Payment]:
    """The student's rows, first one first."""
    return session.scalars(select(Payment).where(Payment.student_id == student_id).order_by(Payment.id)).all()


def next_number(session: Session, campaign_id: int, kind: Kind) -> int:
    """The next number of our own for that kind in the campaign, from 1. Needs the lock of a decision."""
    prefix = f"{PREFIX[kind]}-"
    newest = session.scalars(
        select(Payment.receipt_number)
        .where(
            Payment.campaign_id == campaign_id,
            Payment.receipt_number.startswith(prefix, autoescape=True),
            func.length(Payment.receipt_number) == len(receipt_number(kind, 1)),
        )
        .order_by(Payment.receipt_number.desc())
    )
    for number in newest:
        digits = str(number).removeprefix(prefix)
        if digits.isascii() and digits.isdigit():
            return int(digits) + 1
    return 1


def receipt_number(kind: Kind, number: int) -> str:
    """`P-000017` of payment 17."""
    return f"{PREFIX[kind]}-{number:06d}"


def taken_numbers(session: Session, campaign_id: int, numbers: Collection[str]) -> dict[str, Payment]:
    """Which of these receipt numbers stand on a row of the campaign already, and on which."""
    wanted = sorted(numbers)
    found: dict[str, Payment] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(Payment).where(
            Payment.campaign_id == campaign_id, Payment.receipt_number.in_(wanted[start : start + _CHUNK])
        )
        found.update((str(row.receipt_number), row) for row in session.scalars(query))
    return found


def classes(session: Session, campaign_id: int) -> list[tuple[str, str, str, int]]:
    """(branch, teaching point, class, heads on the roster) in the order of their names."""
    group = (Student.branch, Student.teaching_point, Student.class_name)
    query = (
        select(*group, func.count())
        .where(Student.campaign_id == campaign_id, Student.removed_at.is_(None))
        .group_by(*group)
        .order_by(*group)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in session.execute(query)]


def heads_of(
    session: Session, campaign_id: int, branch: str, teaching_point: str, class_name: str
) -> Sequence[Student]:
    """The students of one class, by student number; who was taken off the roster only where there are payments."""
    paid = select(Payment.id).where(Payment.student_id == Student.id).exists()
    return session.scalars(
        select(Student)
        .where(
            Student.campaign_id == campaign_id,
            Student.branch == branch,
            Student.teaching_point == teaching_point,
            Student.class_name == class_name,
            or_(Student.removed_at.is_(None), paid),
        )
        .order_by(Student.student_number)
    ).all()
