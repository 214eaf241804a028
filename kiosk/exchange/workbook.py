"""Reads the rows of a spreadsheet file, after making sure that it is one and that it is not too large to open.

Excel (.xlsx, .xls) through calamine, CSV in UTF-8 or GB 18030. calamine keeps a sheet as a dense table, so that
one cell in the last row and column would take all memory: the parts of a workbook are counted in a stream before
it is allowed to read them, and whatever could act by itself (macros, links to other files) is refused there.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

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
_TAG = re.compile(rb"<(?:\w+:)?(row|c|f)\b([^>]*)>")
_FORMULA = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*><f[ />]""")
_ERROR = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e\"""")
_IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
#: Formulas, errors and merged cells of one sheet whose places are remembered; more only repeat the finding.
_MOST_PLACES = 100_000
#: Parts of a workbook that act or reach out by themselves.
_MACROS = ("vbaproject.bin", "vbadata.xml")
_LINKS = ("xl/externallinks/", "xl/connections.xml", "xl/embeddings/", "xl/querytables/")
_VBA = "_VBA_PROJECT".encode("utf-16-le")
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,8})["']""")
#: References that may lie beyond the limits: from column BA on, or with six digits of row.
_FAR = re.compile(rb"""\br="(?:([A-Z]{3,}|B[A-Z]|[C-Z][A-Z])(?=[0-9])|[A-Z]{0,2}(?=[0-9]{6}))([0-9]+)["]""")
_BLOCK = 1 << 20
#: No piece between two tags is longer in a workbook (a cell holds 32,767 characters).
_LONGEST_TEXT = 4 << 20

#: Places in a sheet as (row, column), counted from 1 as the spreadsheet does.
Places = frozenset[tuple[int, int]]
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


@dataclass(frozen=True)
class Stream:
    """The rows below the header, read while they are walked through: memory does not grow with them.

    `formulas` hold a formula; `errors` an error like #N/A, which reads as nothing; `merged` belong to a merged
    cell whose text stands elsewhere. In .xls only `merged` are known, in CSV there are none.
    """

    header: Header
    first_row: int
    count: int  # rows below the header, empty ones too
    sheet: str
    left: int  # empty columns left of the first one
    formulas: Places
    errors: Places
    merged: Places
    head: tuple[Cells, ...]  # every row down to the header, which is the last
    _below: Callable[[], Iterator[Cells]]

    def __iter__(self) -> Iterator[tuple[int, Cells]]:
        return enumerate(self._below(), start=self.first_row)

    def address(self, key: str, row: int) -> str:
        """The cell of a column in a row, like `I17`; empty where the file does not have that column."""
        for place, column in self.header.columns.items():
            if column.key == key:
                return f"{letters(place + self.left + 1)}{row}"
        return ""


@dataclass(frozen=True)
class _Source:
    """One sheet: its first rows for the header, and all of them as often as wanted."""

    name: str
    count: int
    left: int
    rows: Callable[[], Iterator[Cells]]
    told: Callable[[], tuple[Places, Places, Places]] = lambda: (frozenset(), frozenset(), frozenset())


def letters(column: int) -> str:
    """The letters of a column counted from 1: 1 is A, 27 is AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def read_table(path: Path, name: str = "", find: FindHeader = find_header) -> Table:
    """The table of the first visible sheet that has a header, which `find` recognises.

    `name` is what the file was called where `path` is a temporary one: a text that calls itself .xlsx is no CSV.

    Raises `Refusal` as `open_table` does.
    """
    with open_table(path, name, find) as stream:
        return Table(stream.header, stream.first_row, [cells for _, cells in stream], stream.sheet)


@contextmanager
def open_table(path: Path, name: str = "", find: FindHeader = find_header) -> Iterator[Stream]:
    """Like `read_table`, for files of which only a row at a time is wanted.

    Raises `Refusal`: FILE_NOT_A_WORKBOOK, FILE_CUT, FILE_ENCRYPTED, FILE_MACROS, FILE_LINKS, FILE_PATHS,
    FILE_TOO_LARGE, FILE_NO_HEADER (with the titles that are missing or stand twice), FILE_EMPTY (a header and
    nothing below), FILE_TWO_LISTS (a second visible sheet has a list, too, which would be lost).
    """
    size = path.stat().st_size
    if size == 0:
        raise Refusal(Code.FILE_EMPTY)
    if size > MAX_FILE:
        raise Refusal(Code.FILE_TOO_LARGE, {"megabytes": size >> 20, "limit_megabytes": MAX_FILE >> 20})
    suffix = Path(name or path.name).suffix.lower()
    with path.open("rb") as file:
        magic = file.read(8)
    seen: dict[str, _Reach] = {}
    if magic.startswith(_ZIP):
        seen = _guard_zip(path)
    elif magic == _OLE:
        _guard_ole(path)
    else:
        with _refusing():
            yield _choose(iter([_csv_source(path, suffix)]), find)
        return
    with _refusing(), _opened(path) as book:
        yield _choose(_sheets(book, path, seen), find)


@contextmanager
def _refusing() -> Iterator[None]:
    """What a broken file makes the libraries say, as a refusal."""
    try:
        yield
    except Refusal:
        raise
    except PasswordError as error:
        raise Refusal(Code.FILE_ENCRYPTED) from error
    except (CalamineError, csv.Error) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine's Rust was upset; pyo3 has no importable type
            raise
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error


def guard_zip(path: Path) -> None:
    """Refuse what only looks like a workbook or would unpack to too much: file_too_large, file_encrypted,
    file_not_a_workbook."""
    _guard_zip(path)


def _guard_zip(path: Path) -> dict[str, _Reach]:
    """Look at every part without unpacking it to disk; answers what was seen in each sheet by its part's name."""
    found: dict[str, _Reach] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _guard_parts(parts)
            for part in parts:
                if _SHEET.fullmatch(part.filename):
                    with archive.open(part) as stream:
                        found[part.filename] = _guard_sheet(stream)
    except zipfile.BadZipFile as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK if _has_end(path) else Code.FILE_CUT) from error
    except (zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
    return found


def _guard_parts(parts: Sequence[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refusal(Code.FILE_TOO_LARGE, {"limit_megabytes": MAX_UNPACKED >> 20})
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal(Code.FILE_ENCRYPTED)
    names = {part.filename for part in parts}
    for name in names:
        if "\\" in name or ":" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise Refusal(Code.FILE_PATHS)
    if "[Content_Types].xml" not in names or not any(_SHEET.fullmatch(name) for name in names):
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    lowered = [name.casefold() for name in names]
    if any(name.endswith(_MACROS) for name in lowered):
        raise Refusal(Code.FILE_MACROS)
    if any(name.startswith(_LINKS) for name in lowered):
        raise Refusal(Code.FILE_LINKS)


def _has_end(path: Path) -> bool:
    """Whether the directory that ends a zip is there; without it the file was cut in the middle."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 16) - 22))
        return b"PK\x05\x06" in stream.read()


def _guard_ole(path: Path) -> None:
    content = path.read_bytes()
    if _ENCRYPTED in content:
        raise Refusal(Code.FILE_ENCRYPTED)
    if _VBA in content:
        raise Refusal(Code.FILE_MACROS)


def _guard_sheet(stream: IO[bytes]) -> _Reach:
    """Refuse a sheet that reaches too far, from its tags alone; memory stays at some blocks."""
    reach = _Reach()
    rest = b""
    while block := stream.read(_BLOCK):
        text = rest + block
        cut = max(text.rfind(b"<row"), text.rfind(b"<c"))  # a cell stays in one piece with its formula
        if cut <= 0:
            cut = text.rfind(b"<")
        if len(text) - cut > _LONGEST_TEXT:
            raise Refusal(Code.FILE_NOT_A_WORKBOOK)
        reach.look(text[:cut])
        rest = text[cut:]
    reach.look(rest)
    return reach


@dataclass
class _Reach:
    """How far a sheet reaches, and where its formulas and errors are.

    Cells may say where they are (`r="C7"`) or just follow each other.
    """

    rows: int = 0  # rows that were begun
    row: int = 0
    column: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)

    def look(self, text: bytes) -> None:
        """Take in a piece of the sheet that ends before a tag. Raises `Refusal(FILE_TOO_LARGE)`."""
        self.rows += text.count(b"<row")
        usual = text.count(b'<c r="') + text.count(b"<col")
        if text.count(b"<c") == usual and b":row" not in text and b":c" not in text:
            for far in _FAR.finditer(text):  # as every office program writes it: only what is suspicious is read
                self._at(_column(far.group(1)), int(far.group(2)))
            if b"<f" in text:
                for formula in _FORMULA.finditer(text):
                    _remember(self.formulas, int(formula.group(2)), _column(formula.group(1)))
            if b't="e"' in text:
                for error in _ERROR.finditer(text):
                    _remember(self.errors, int(error.group(2)), _column(error.group(1)))
        else:
            self._walk(text)
        self._at(0, self.rows)

    def _walk(self, text: bytes) -> None:
        for match in _TAG.finditer(text):
            if match.group(1) == b"f":
                _remember(self.formulas, self.row, self.column)
                continue
            reference = _REFERENCE.search(match.group(2))
            if match.group(1) == b"row":
                self.row, self.column = int(reference.group(2)) if reference else self.row + 1, 0
            else:
                letters = reference.group(1) if reference else b""
                self.column = _column(letters) if letters else self.column + 1
                self.row = max(self.row, int(reference.group(2)) if reference else 0)
                if _IS_ERROR.search(match.group(2)):
                    _remember(self.errors, self.row, self.column)
            self._at(self.column, self.row)

    @staticmethod
    def _at(column: int, row: int) -> None:
        if row > MAX_ROWS or column > MAX_COLUMNS:
            raise Refusal(Code.FILE_TOO_LARGE, {"limit_rows": MAX_ROWS, "limit_columns": MAX_COLUMNS})


def _remember(places: set[tuple[int, int]], row: int, column: int) -> None:
    if len(places) < _MOST_PLACES:
        places.add((row, column))


def _column(letters: bytes | None) -> int:
    number = 0
    for letter in (letters or b"").upper():
        number = number * 26 + letter - 64
    return number


def _opened(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except (OSError, ValueError) as error:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error


def _sheets(book: CalamineWorkbook, path: Path, seen: dict[str, _Reach]) -> Iterator[_Source]:
    for about in book.sheets_metadata:
        if about.visible is not SheetVisibleEnum.Visible or about.typ is not SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = book.get_sheet_by_name(about.name)
        except (OSError, ValueError) as error:
            raise Refusal(Code.FILE_NOT_A_WORKBOOK) from error
        if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
            raise Refusal(Code.FILE_TOO_LARGE, {"limit_rows": MAX_ROWS, "limit_columns": MAX_COLUMNS})
        yield _excel_source(sheet, path, seen)


def _excel_source(sheet: CalamineSheet, path: Path, seen: dict[str, _Reach]) -> _Source:
    def rows() -> Iterator[Cells]:
        return iter(sheet.iter_rows())

    def told() -> tuple[Places, Places, Places]:
        strange = any(reach.formulas or reach.errors for reach in seen.values())
        reach = seen.get(_part_of(path, sheet.name), _Reach()) if strange else _Reach()
        return frozenset(reach.formulas), frozenset(reach.errors), _merged(sheet)

    start = sheet.start or (0, 0)
    return _Source(sheet.name, start[0] + sheet.height, start[1], rows, told)


def _merged(sheet: CalamineSheet) -> Places:
    """The cells of merged ones but each first, which alone holds the text."""
    found: set[tuple[int, int]] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in range(top, min(bottom, MAX_ROWS) + 1):
            for column in range(left, min(right, MAX_COLUMNS) + 1):
                if (row, column) != (top, left):
                    _remember(found, row + 1, column + 1)
            if len(found) >= _MOST_PLACES:
                return frozenset(found)
    return frozenset(found)


def _part_of(path: Path, sheet: str) -> str:
    """The part of the zip in which a sheet lies, empty when the workbook does not say."""
    try:
        with zipfile.ZipFile(path) as archive:
            book, relations = (
                _tree(archive.read(name)) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
            )
    except (KeyError, ElementTree.ParseError):
        return ""
    sheets = (each for each in book.iter() if each.tag.endswith("}sheet"))
    wanted = next((each.get(_RELATIONS) for each in sheets if each.get("name") == sheet), None)
    for relation in relations:
        if wanted and relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _tree(content: bytes) -> ElementTree.Element:
    """A small part of a workbook. Raises `Refusal` for one with a document type: no office program writes any."""
    if b"<!DOCTYPE" in content:
        raise Refusal(Code.FILE_NOT_A_WORKBOOK)
    return ElementTree.fromstring(content)  # noqa: S314 - without a document type there are no entities


def _csv_source(path: Path, suffix: str) -> _Source:
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
    head = "\n".join(text[:_BLOCK].splitlines()[:HEADER_WITHIN])
    separator = max(",\t;", key=head.count)  # a title above the header has none

    def rows() -> Iterator[Cells]:
        return csv.reader(io.StringIO(text, newline=""), delimiter=separator)

    count, before, last = 0, 0, 0
    for line in rows():
        count, before, last = count + 1, last, len(line)
        if count > MAX_ROWS or last > MAX_COLUMNS:
            raise Refusal(Code.FILE_TOO_LARGE, {"limit_rows": MAX_ROWS, "limit_columns": MAX_COLUMNS})
    short = count > 2 and last < before
    if count > 1 and text[-1] not in "\r\n" and (short or text.count('"') % 2):
        raise Refusal(Code.FILE_CUT)  # the last line just stops
    return _Source("", count, 0, rows)


def _choose(sheets: Iterable[_Source], find: FindHeader) -> Stream:
    """The one sheet with a header and rows; the refusal that helps most when there is none, or a second."""
    refusal = Refusal(Code.FILE_EMPTY)
    chosen: Stream | None = None
    for sheet in sheets:
        head = list(islice(sheet.rows(), HEADER_WITHIN))
        if head and refusal.code is Code.FILE_EMPTY:
            refusal = Refusal(Code.FILE_NO_HEADER, {"missing": "", "twice": "", "within": HEADER_WITHIN})
        header = find(head)
        if header is None:
            continue
        if chosen is not None:
            if not (header.missing or header.twice) and _has_rows(sheet, header):
                raise Refusal(Code.FILE_TWO_LISTS)
            continue
        if header.missing or header.twice:
            refusal.args_ |= {"missing": "、".join(header.missing), "twice": "、".join(header.twice)}
            continue
        chosen = _below(sheet, header, tuple(head[: header.index + 1]))
    if chosen is None:
        raise refusal
    return chosen


def _below(sheet: _Source, header: Header, head: tuple[Cells, ...]) -> Stream:
    def rows() -> Iterator[Cells]:
        return islice(sheet.rows(), header.index + 1, None)

    if not _has_rows(sheet, header):
        raise Refusal(Code.FILE_EMPTY)
    count = max(0, sheet.count - header.index - 1)
    return Stream(header, header.index + 2, count, sheet.name, sheet.left, *sheet.told(), head, rows)


def _has_rows(sheet: _Source, header: Header) -> bool:
    """Whether anything stands below the header."""
    return any(str(cell).strip() for row in islice(sheet.rows(), header.index + 1, None) for cell in row)
