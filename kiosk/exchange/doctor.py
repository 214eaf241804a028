"""The roster doctor: reads a roster row by row and names every cell that is wrong, with its address.

It repairs nothing. Good rows come out as plain tuples, so that a hundred thousand of them fit into little memory.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import BY_KEY, COLUMNS, Finding, Kind, Severity, masked
from kiosk.domain.roster_lists import Lists, teaching_points
from kiosk.domain.roster_rules import RosterRow, Rules, Value
from kiosk.exchange.workbook import Stream
from kiosk.records import planning

#: Findings of one file that are kept; the counts are always whole.
MOST_FINDINGS = 20_000
#: Rows between two reports of progress.
STEP = 5_000
#: The site's list of programmes in the data folder: 专业代码, 专业名称.
PROGRAMMES = "programmes.csv"
#: Columns of the file that become columns of the student record.
STUDENT_KEYS = tuple(column.key for column in COLUMNS if column.kind is not Kind.BIRTH)
#: Columns of the template that a roster may do without, but is asked for.
WANTED = tuple(
    column.key
    for column in COLUMNS
    if column.kind not in (Kind.PRIVATE, Kind.SLOT, Kind.BIRTH) and column.key not in ("sequence", "school_code")
)

Progress = Callable[[float], None]


@dataclass
class Examined:
    """A roster that was read: its good rows, and what was found in the others.

    `good` maps the row's number to its values in the order of `keys`.
    """

    stream: Stream
    keys: tuple[str, ...]
    rows: int = 0
    good: dict[int, tuple[Value, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)  # by severity
    problems: Counter[str] = field(default_factory=Counter)  # by problem
    bad: set[int] = field(default_factory=set)
    named: set[str] = field(default_factory=set)  # ID and student numbers that stand in rows with errors

    @property
    def absent(self) -> tuple[str, ...]:
        """Titles of wanted columns that the file does not have."""
        return tuple(BY_KEY[key].title for key in WANTED if key not in self.stream.header.keys)

    def find(
        self,
        row: int,
        key: str,
        value: object,
        problem: str,
        args: dict[str, object] | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note a finding about a cell; an error takes the row out of the good ones."""
        column = BY_KEY[key]
        self.add(Finding(row, column.title, masked(column, value), problem, args or {}, severity), key)

    def add(self, finding: Finding, key: str) -> None:
        """Count a finding and keep it while there is room."""
        self.counts[finding.severity.value] += 1
        self.problems[finding.problem] += 1
        if finding.severity is Severity.ERROR:
            self.bad.add(finding.row)
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(replace(finding, cell=self.stream.address(key, finding.row)))

    def place(self, key: str) -> int:
        """Where a column stands in the tuples of `good`."""
        return self.keys.index(key)

    def settle(self) -> None:
        """Take rows with errors out of the good ones and put the findings in the order of the rows."""
        numbers = [self.place("id_number"), self.place("student_number")]
        for row in self.bad:
            values = self.good.pop(row, None)
            if values is not None:
                self.named.update(str(values[place]) for place in numbers)
        self.findings.sort(key=lambda finding: finding.row)


def examine(stream: Stream, rules: Rules, lists: Lists, say: Progress) -> Examined:
    """Check every row by itself and against the others. `say` is called with 0..1.

    Raises `Refusal` FILE_NO_HEADER where the school code is missing and the campaign has several.
    """
    header = stream.header
    if "school_code" not in header.keys and rules.only_school is None:
        missing = BY_KEY["school_code"].title
        raise Refusal(Code.FILE_NO_HEADER, {"missing": missing, "twice": "", "within": header.index + 1})
    keys = tuple(key for key in STUDENT_KEYS if key in header.keys or key == "school_code")
    found = Examined(stream, keys)
    strange = _strange(stream)
    seen = _Seen()
    by_title = {column.title: column.key for column in COLUMNS}
    for number, cells in stream:
        row = rules.row(number, cells, header)
        if row is None and not {"formula", "error_value"} & set(strange.get(number, {}).values()):
            continue  # nothing stands there; what is merged into another row may be just that
        row = row or RosterRow(number)
        found.rows += 1
        lists.check(row)
        if number in strange:
            _name_strange(row, strange[number])
        for finding in row.findings:
            found.add(finding, by_title[finding.column])
        seen.see(row)
        if row.bad:
            found.named.update(text for key in ("id_number", "student_number") if (text := row.text(key)))
        else:
            found.good[number] = tuple([row.values.get(key, "") for key in keys])
        if number % STEP == 0:
            say(min(1.0, (number - stream.first_row) / max(1, stream.count)))
    seen.tell(found)
    found.settle()
    return found


def _strange(stream: Stream) -> dict[int, dict[str, str]]:
    """Row → key of the column → what its cell is instead of a text: part of a merged one, an error, a formula."""
    found: dict[int, dict[str, str]] = {}
    for problem, places in (
        ("merged", stream.merged),
        ("error_value", stream.errors),
        ("formula", stream.formulas),
    ):
        for row, column in places:
            known = stream.header.columns.get(column - 1 - stream.left)
            if known is not None and row >= stream.first_row:
                found.setdefault(row, {})[known.key] = problem
    return found


def _name_strange(row: RosterRow, problems: dict[str, str]) -> None:
    """That is named, and nothing else about the cell: what a formula last came to may be anything."""
    titles = {BY_KEY[key].title for key in problems}
    row.findings[:] = [finding for finding in row.findings if finding.column not in titles]
    for key, problem in sorted(problems.items()):
        row.find(key, "", problem)


class _Seen:
    """ID numbers and student numbers of the rows so far, and those that stand in more than one."""

    _KEYS = (("id_number", "duplicate_id"), ("student_number", "duplicate_student_number"))

    def __init__(self) -> None:
        self._first: dict[str, dict[str, int]] = {key: {} for key, _ in self._KEYS}
        self._again: dict[str, dict[str, list[int]]] = {key: {} for key, _ in self._KEYS}

    def see(self, row: RosterRow) -> None:
        """Remember a row."""
        for key, first in self._first.items():
            value = row.text(key).upper()
            if value:
                where = first.setdefault(value, row.row)
                if where != row.row:
                    self._again[key].setdefault(value, [where]).append(row.row)

    def tell(self, found: Examined) -> None:
        """Note on every row of a value that stands twice which the others are."""
        for key, problem in self._KEYS:
            for value, rows in self._again[key].items():
                for row in rows:
                    others = "、".join(str(other) for other in [each for each in rows if each != row][:5])
                    found.find(row, key, value, problem, {"rows": others})


def site_lists(session: Session, programmes: dict[str, str]) -> Lists:
    """The lists of this site: its teaching points from the organisation, its programmes from their file."""
    return Lists(programmes, teaching_points(planning.units(session)))


def read_programmes(data: Path) -> dict[str, str]:
    """Code → name from `data/programmes.csv` (UTF-8 or GB 18030), empty where there is none.

    A first line of titles is passed over. Raises `Refusal` FILE_NOT_A_WORKBOOK where it is no such text.
    """
    path = data / PROGRAMMES
    if not path.is_file():
        return {}
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            lines = list(csv.reader(raw.decode(encoding).splitlines()))
            break
        except (UnicodeDecodeError, csv.Error):
            continue
    else:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    rows = [[cell.strip() for cell in line] for line in lines if len(line) >= 2]
    return {row[0]: row[1] for row in rows if row[0] and row[0] != BY_KEY["major_code"].title}
