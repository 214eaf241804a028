"""Lists of campus cards in: which card belongs to which student number, as the card office exports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.domain import campus_cards
from kiosk.domain.campus_cards import Writing
from kiosk.domain.roster import HEADER_WITHIN, Column, Header, Kind, header_key
from kiosk.exchange.workbook import read_table
from kiosk.records import campus_cards as bindings
from kiosk.records.database import Database
from kiosk.settings import Settings

_CARD = Column(
    "uid",
    "卡号",
    Kind.PRIVATE,
    30,
    ("物理卡号", "芯片号", "校园卡号", "序列号", "UID", "card number", "card", "card uid"),
)
_STUDENT = Column(
    "student_number", "学号", Kind.STUDENT_NUMBER, 20, ("学生学号", "XH", "student number", "student no")
)
_BY_HEADER = {header_key(name): column for column in (_CARD, _STUDENT) for name in (column.title, *column.aliases)}
#: Whole numbers up to here survive a spreadsheet's floating point.
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class CardHeader(Header):
    """The header of such a list: its two columns, whatever else stands there."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of the columns that are not there."""
        return tuple(column.title for column in (_CARD, _STUDENT) if column.key not in self.keys)


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is no binding: uid, uid_random, student_number or uid_twice (`cards.problem.<problem>`)."""

    row: int
    problem: str


@dataclass(frozen=True, slots=True)
class CardList:
    """What a file says: canonical UID → student number, and the rows that say nothing."""

    bindings: dict[str, str]
    problems: tuple[Problem, ...]


def read(path: Path, writing: Writing) -> CardList:
    """Read a list (.xlsx, .xls, .csv). `writing` is how it writes the numbers of cards.

    Raises `Refusal` for a file that is none, as rosters do.
    """
    table = read_table(path, find=_find)
    place = {column.key: at for at, column in table.header.columns.items()}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for row, cells in table:
        uid_text, number = (_text(cells, place[key]) for key in ("uid", "student_number"))
        if not uid_text and not number:
            continue
        problem, uid = _judge(uid_text, number, writing)
        if not problem and found.get(uid, number) != number:
            problem = "uid_twice"
        if problem:
            problems.append(Problem(row, problem))
        else:
            found[uid] = number
    return CardList(found, tuple(problems))


def import_list(
    database: Database, settings: Settings, cards: CardList, by: str, now: datetime, replace: bool = False
) -> bindings.Imported:
    """Write the bindings of a list in one transaction; see `bind_all`."""
    with database.write() as session:
        return bindings.bind_all(session, settings, cards.bindings, by, now, replace)


def _judge(uid_text: str, number: str, writing: Writing) -> tuple[str, str]:
    """The problem of a row (empty for none) and its UID."""
    try:
        uid = campus_cards.read(uid_text, writing)
    except ValueError:
        return "uid", ""
    if campus_cards.is_random(uid):
        return "uid_random", ""
    if not number or len(number) > _STUDENT.limit or not number.isascii() or not number.isalnum():
        return "student_number", ""
    return "", uid


def _text(cells: Sequence[object], at: int) -> str:
    value = cells[at] if at < len(cells) else ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else ""
    return str(value).strip()


def _find(rows: Sequence[Sequence[object]]) -> Header | None:
    """The first row that names one of the two columns."""
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        columns: dict[int, Column] = {}
        twice: list[str] = []
        for place, cell in enumerate(row):
            column = _BY_HEADER.get(header_key(cell)) if isinstance(cell, str) and cell.strip() else None
            if column is not None and column in columns.values():
                twice.append(column.title)
            elif column is not None:
                columns[place] = column
        if columns:
            return CardHeader(index, columns, (), tuple(twice))
    return None
