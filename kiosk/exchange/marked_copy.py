"""A copy of a roster with its findings in it: a colour and a comment on every cell that is wrong.

An .xlsx keeps everything else that stood in it. From .xls and CSV, and from very long lists, a new workbook of
text cells is made; of a very long list it holds only the rows with findings.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from kiosk.domain.roster import Finding, Severity
from kiosk.domain.roster_rules import shown
from kiosk.exchange.workbook import Cells, Stream, letters, open_table
from kiosk.i18n import text

#: Rows up to which a workbook is opened as a whole to be marked; openpyxl needs about 50 bytes a byte of file.
MOST_ROWS = 20_000
_FILLS = {
    Severity.ERROR: PatternFill("solid", fgColor="FFF4B6AE"),
    Severity.WARNING: PatternFill("solid", fgColor="FFFFE699"),
}
_ADDRESS = re.compile(r"([A-Z]+)([0-9]+)")
_AUTHOR = "graduation-photo-kiosk"


def write_marked(path: Path, name: str, out: Path, findings: list[Finding], language: str) -> None:
    """Write the copy of the roster at `path` to `out`. `findings` are those of `doctor.examine`.

    Raises `Refusal` as `open_table` does, `OSError` where `out` can't be written.
    """
    marks = _marks(findings, language)
    with open_table(path, name) as stream:
        if stream.count > MOST_ROWS or not zipfile.is_zipfile(path):
            _anew(stream, marks, out, whole=stream.count <= MOST_ROWS)
            return
        sheet = stream.sheet
    with path.open("rb") as file:  # an upload's name has no ending, which openpyxl would ask for
        book = load_workbook(file)
    for address, (severity, words) in marks.items():
        cell = book[sheet][address]
        if not isinstance(cell, MergedCell):
            cell.fill = _FILLS[severity]
            cell.comment = _comment(words)
    book.save(out)


def _anew(stream: Stream, marks: dict[str, tuple[Severity, str]], out: Path, whole: bool) -> None:
    """A new workbook of text cells: with `whole` each row where it stood, else only rows with findings."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(stream.sheet or "roster")
    wanted = {int(match.group(2)) for address in marks if (match := _ADDRESS.fullmatch(address))}
    for number, cells in chain(enumerate(stream.head, start=1), stream):
        if whole or number in wanted or number < stream.first_row:
            sheet.append(list(_row(sheet, number, cells, stream.left, marks)))
    book.save(out)


def _row(
    sheet: WriteOnlyWorksheet, number: int, cells: Cells, left: int, marks: dict[str, tuple[Severity, str]]
) -> Iterator[WriteOnlyCell | None]:
    yield from [None] * left
    for place, value in enumerate(cells, start=left + 1):
        said = ILLEGAL_CHARACTERS_RE.sub("", shown(value))
        cell = WriteOnlyCell(sheet, value=said or None)
        cell.number_format = "@"
        if said:
            cell.data_type = "s"  # a leading = stays text
        mark = marks.get(f"{letters(place)}{number}")
        if mark is not None:
            cell.fill, cell.comment = _FILLS[mark[0]], _comment(mark[1])
        yield cell


def _comment(words: str) -> Comment:
    return Comment(words, _AUTHOR, height=110, width=320)


def _marks(findings: list[Finding], language: str) -> dict[str, tuple[Severity, str]]:
    """Address → severity and sentences of what was found in that cell; a finding without a cell marks its row."""
    found: dict[str, tuple[Severity, str]] = {}
    for finding in findings:
        address = finding.cell or f"A{finding.row}"
        said = " ".join(
            text(language, f"roster.{part}.{finding.problem}", **finding.args) for part in ("problem", "remedy")
        )
        severity, words = found.get(address, (Severity.WARNING, ""))
        worst = Severity.ERROR if Severity.ERROR in (severity, finding.severity) else severity
        found[address] = (worst, f"{words}\n{said}".strip())
    return found
