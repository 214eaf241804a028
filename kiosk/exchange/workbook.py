"""Reads the rows of a spreadsheet file, after making sure that it is one and that it is not too large to open.

Excel (.xlsx, .xls) through calamine, CSV in UTF-8 or GB 18030. calamine keeps a sheet as a dense table, so that
one cell in the last row and column would take all memory: the parts of a workbook are counted in a stream before
it is allowed to read them.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import HEADER_WITHIN, Header, find_header

#: Most rows of one file: a hundred thousand students, the header and some notes.
MAX_ROWS = 100_000 + HEADER_WITHIN
#: Most columns that a sheet may reach; a roster has 22.
MAX_COLUMNS = 64
#: Most bytes of a file as it lies on disk, and of an .xlsx once unpacked.
MAX_FILE = 64 << 20
MAX_UNPACKED = 256 << 20
MAX_PARTS = 2_000

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_TAG = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)>")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,8})["']""")
#: References that may lie beyond the limits: from column BA on, or with six digits of row.
_FAR = re.compile(rb"""\br="(?:([A-Z]{3,}|B[A-Z]|[C-Z][A-Z])(?=[0-9])|[A-Z]{0,2}(?=[0-9]{6}))([0-9]+)["]""")
_BLOCK = 1 << 20
#: No piece between two tags is longer in a workbook (a cell holds 32,767 characters).
_LONGEST_TEXT = 4 << 20

Cells = Sequence[object]
#: Finds the header among the first rows, None where there is none.
FindHeader = Callable[[Sequence[Cells]], Header | None]


@dataclass(frozen=True)
class Table:
    """Rows below the header with their number in the spreadsheet (from 1)."""

    header: Header
    first_row: int  # spreadsheet number of rows[0]
    rows: list[Cells]
    sheet: str

    def __iter__(self) -> Iterator[tuple[int, Cells]]:
        return enumerate(self.rows, start=self.first_row)


def read_table(path: Path, name: str = "", find: FindHeader = find_header) -> Table:
    """The table of the first visible sheet that has a header, which `find` recognises.

    `name` is what the file was called where `path` is a temporary one: a text that calls itself .xlsx is no CSV.

    Raises `Refusal`: FILE_NOT_A_WORKBOOK, FILE_ENCRYPTED, FILE_TOO_LARGE, FILE_NO_HEADER (with the titles that
    are missing or stand twice), FILE_EMPTY (a header and nothing below).
    """
    size = path.stat().st_size
    if size == 0:
        raise Refusal(Code.FILE_EMPTY)
    if size > MAX_FILE:
        raise Refusal(Code.FILE_TOO_LARGE, {"megabytes": size >> 20, "limit_megabytes": MAX_FILE >> 20})
    with path.open("rb") as stream:
        magic = stream.read(8)
    if magic.startswith(_ZIP):
        _guard_zip(path)
        return _from_excel(path, find)
    if magic == _OLE:
        if _ENCRYPTED in path.read_bytes():
            raise Refusal(Code.FILE_ENCRYPTED)
        return _from_excel(path, find)
    return _from_csv(path, Path(name or path.name).suffix.lower(), find)


def guard_zip(path: Path) -> None:
    """Refuse what only looks like a workbook or would unpack to too much: file_too_large, file_encrypted,
    file_not_a_workbook."""
    _guard_zip(path)


def _guard_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Refusal(Code.FILE_TOO_LARGE, {"limit_megabytes": MAX_UNPACKED >> 20})
            if any(part.flag_bits & 1 for part in parts):
                raise Refusal(Code.FILE_ENCRYPTED)
            if "[Content_Types].xml" not in names or not any(_SHEET.fullmatch(name) for name in names):
                raise Refusal(Code.FILE_NOT_A_WORKBOOK)
            for part in parts:
                if _SHEET.fullmatch(part.filename):
                    with archive.open(part) as stream:
                        _guard_sheet(stream)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error


def _guard_sheet(stream: IO[bytes]) -> None:
    """Refuse a sheet that reaches too far, from its tags alone; memory stays at some blocks."""
    reach = _Reach()
    rest = b""
    while block := stream.read(_BLOCK):
        text = rest + block
        cut = text.rfind(b"<")
        if len(text) - cut > _LONGEST_TEXT:
            raise Refusal(Code.FILE_NOT_A_WORKBOOK)
        reach.look(text[:cut])
        rest = text[cut:]
    reach.look(rest)


@dataclass
class _Reach:
    """How far a sheet reaches. Cells may say where they are (`r="C7"`) or just follow each other."""

    rows: int = 0  # rows that were begun
    row: int = 0
    column: int = 0

    def look(self, text: bytes) -> None:
        """Take in a piece of the sheet that ends before a tag. Raises `Refusal(FILE_TOO_LARGE)`."""
        self.rows += text.count(b"<row")
        usual = text.count(b'<c r="') + text.count(b"<col")
        if text.count(b"<c") == usual and b":row" not in text and b":c" not in text:
            for far in _FAR.finditer(text):  # as every office program writes it: only what is suspicious is read
                self._at(_column(far.group(1)), int(far.group(2)))
        else:
            self._walk(text)
        self._at(0, self.rows)

    def _walk(self, text: bytes) -> None:
        for match in _TAG.finditer(text):
            reference = _REFERENCE.search(match.group(2))
            if match.group(1) == b"row":
                self.row, self.column = int(reference.group(2)) if reference else self.row + 1, 0
            else:
                letters = reference.group(1) if reference else b""
                self.column = _column(letters) if letters else self.column + 1
                self.row = max(self.row, int(reference.group(2)) if reference else 0)
            self._at(self.column, self.row)

    @staticmethod
    def _at(column: int, row: int) -> None:
        if row > MAX_ROWS or column > MAX_COLUMNS:
            raise Refusal(Code.FILE_TOO_LARGE, {"limit_rows": MAX_ROWS, "limit_columns": MAX_COLUMNS})


def _column(letters: bytes | None) -> int:
    number = 0
    for letter in (letters or b"").upper():
        number = number * 26 + letter - 64
    return number


def _from_excel(path: Path, find: FindHeader) -> Table:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            visible = [
                sheet.name for sheet in workbook.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible
            ]
            return _choose((_from_sheet(workbook.get_sheet_by_name(name)) for name in visible), find)
    except PasswordError as error:
        raise Refusal(Code.FILE_ENCRYPTED) from error
    except (CalamineError, OSError, ValueError) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
    except BaseException as error:
        if (
            type(error).__name__ != "PanicException"
        ):  # a broken file upset calamine's Rust; pyo3 has no importable type
            raise
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error


def _from_sheet(sheet: CalamineSheet) -> tuple[str, list[Cells], int]:
    """Name, rows and how many empty rows calamine left out above them."""
    if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
        raise Refusal(Code.FILE_TOO_LARGE, {"limit_rows": MAX_ROWS, "limit_columns": MAX_COLUMNS})
    above = sheet.start[0] if sheet.start else 0
    return sheet.name, list(sheet.to_python(skip_empty_area=True)), above


def _from_csv(path: Path, suffix: str, find: FindHeader) -> Table:
    raw = path.read_bytes()
    if b"\0" in raw[:_BLOCK]:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    first = text.lstrip()[:1]
    if first in ("<", "{") or suffix in (".xls", ".xlsx", ".xlsm"):
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)  # a page or a text that was only renamed
    separator = "\t" if text.partition("\n")[0].count("\t") else ","
    rows: list[Cells] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(line)
            if len(rows) > MAX_ROWS or len(line) > MAX_COLUMNS:
                raise Refusal(Code.FILE_TOO_LARGE, {"limit_rows": MAX_ROWS, "limit_columns": MAX_COLUMNS})
    except csv.Error as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
    return _choose(iter([("", rows, 0)]), find)


def _choose(sheets: Iterator[tuple[str, list[Cells], int]], find: FindHeader) -> Table:
    """The first sheet with a header and rows; the refusal that helps most when there is none."""
    refusal = Refusal(Code.FILE_EMPTY)
    for name, rows, above in sheets:
        if rows and refusal.code is Code.FILE_EMPTY:
            refusal = Refusal(Code.FILE_NO_HEADER, {"missing": "", "twice": "", "within": HEADER_WITHIN})
        header = find(rows)
        if header is None:
            continue
        if header.missing or header.twice:
            refusal.args_ |= {"missing": "、".join(header.missing), "twice": "、".join(header.twice)}
            continue
        below = rows[header.index + 1 :]
        if not any(str(cell).strip() for row in below for cell in row):
            raise Refusal(Code.FILE_EMPTY)
        return Table(header, above + header.index + 2, below, name)
    raise refusal
