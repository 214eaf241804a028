"""Writes workbooks in which every cell is text, and the same data always gives the same bytes.

Registries ask for text-typed cells, and a cell that begins with `=`, `+`, `-` or `@` must never become a formula.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

#: Date of every part of a zip that we write: the first one the format knows.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the format wants a naive one; a real one would change the bytes
_TEXT = "@"
#: What XML can't hold: controls, halves of surrogate pairs, the two that are no characters.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile(r"[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_TALL = Alignment(vertical="top", wrap_text=True)
_CORE = "docProps/core.xml"
#: Where openpyxl writes no rows; with lxml installed it writes it the shorter way.
_NO_ROWS = re.compile(rb"<sheetData></sheetData>|<sheetData ?/>")
#: What it says of the size of an empty sheet; readers believe it.
_SIZE = re.compile(rb'<dimension ref="[A-Z0-9:]*" ?(/>|></dimension>)')
_BLOCK = 1 << 20


class TextWorkbook:
    """A workbook that is written row by row; memory stays flat, rows wait in temporary files.

    openpyxl writes everything but the rows: an object for each cell takes it ten times as long as the cell's text.
    As a context manager it removes the temporary files of a workbook that was never saved.
    """

    def __init__(self) -> None:
        self._book = Workbook()
        self._book.remove(self._book.worksheets[0])  # the one it begins with
        self._sheets: list[TextSheet] = []

    def __enter__(self) -> TextWorkbook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sheet in self._sheets:
            sheet.rows.close()

    def sheet(
        self, title: str, header: Iterable[str], width: int = 18, wider: Mapping[int, int] | None = None
    ) -> TextSheet:
        """Add a sheet with its header row, which stays visible when the sheet is scrolled.

        `width` of every column in characters, `wider` of single ones by number from 1.
        """
        sheet = self._book.create_sheet(title)
        sheet.freeze_panes = "A2"
        titles = list(header)
        for number in range(1, len(titles) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = (wider or {}).get(number, width)
        styles = {(bold, tall): self._style(sheet, bold, tall) for bold in (False, True) for tall in (False, True)}
        made = TextSheet(styles)
        self._sheets.append(made)
        made.append(titles, bold=True)
        return made

    @staticmethod
    def _style(sheet: Worksheet, bold: bool, tall: bool) -> int:
        cell = Cell(sheet)
        cell.number_format = _TEXT
        if bold:
            cell.font = Font(bold=True)
        if tall:
            cell.alignment = _TALL
        number: int = cell.style_id
        return number

    def save(self, path: Path) -> None:
        """Write the workbook to `path`, without the time of now in it. Raises `OSError`."""
        draft = path.with_name(path.name + ".draft")
        sheets = {f"xl/worksheets/sheet{place}.xml": sheet for place, sheet in enumerate(self._sheets, 1)}
        try:
            self._book.save(draft)
            with zipfile.ZipFile(draft) as source, zipfile.ZipFile(path, "w") as target:
                for name in sorted(source.namelist()):
                    if name == _CORE:
                        add(target, name, self._core(), zipfile.ZIP_DEFLATED)
                    elif name in sheets:
                        sheets[name].add_to(target, name, source.read(name))
                    else:
                        add(target, name, source.read(name), zipfile.ZIP_DEFLATED)
        finally:
            draft.unlink(missing_ok=True)

    def _core(self) -> bytes:
        properties = self._book.properties
        properties.created = properties.modified = _MADE
        properties.creator = "graduation-photo-kiosk"
        content: bytes = tostring(properties.to_tree())
        return content


class TextSheet:
    """One sheet of a `TextWorkbook`. `rows`: what stands in its `sheetData`, as XML in a temporary file.

    `styles`: numbers of the text styles by (bold, tall).
    """

    def __init__(self, styles: Mapping[tuple[bool, bool], int]) -> None:
        self.rows = TemporaryFile()  # noqa: SIM115 - it stays open until the workbook is done
        self._styles = styles
        self._columns: list[str] = []
        self._count = 0

    def append(self, values: Iterable[str | None], bold: bool = False, height: float | None = None) -> None:
        """Add a row; what XML cannot hold is left out of a value. `height` in points: long texts are wrapped."""
        self._count += 1
        row, style = self._count, self._styles[bold, height is not None]
        parts = [f'<row r="{row}">' if height is None else f'<row r="{row}" ht="{height}" customHeight="1">']
        for place, value in enumerate(values):
            if place == len(self._columns):
                self._columns.append(get_column_letter(place + 1))
            text = _escaped(value) if value else ""
            if text:
                # a text that says it is one: never a formula, whatever it begins with
                cell = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
            else:
                cell = f'" s="{style}"/>'
            parts.append(f'<c r="{self._columns[place]}{row}{cell}')
        parts.append("</row>")
        self.rows.write("".join(parts).encode())

    def add_to(self, archive: zipfile.ZipFile, name: str, empty: bytes) -> None:
        """Add the sheet as `name`: its rows inside `empty`, the sheet as openpyxl writes it without any."""
        size = f'<dimension ref="A1:{self._columns[-1] if self._columns else "A"}{self._count}"/>'
        sheet = _SIZE.sub(size.encode(), empty)
        place = _NO_ROWS.search(sheet)
        if place is None:
            raise ValueError("the empty sheet does not look as expected")
        self.rows.seek(0)
        with archive.open(_part(name, zipfile.ZIP_DEFLATED), "w") as target:
            target.write(sheet[: place.start()] + b"<sheetData>")
            while block := self.rows.read(_BLOCK):
                target.write(block)
            target.write(b"</sheetData>" + sheet[place.end() :])
        self.rows.seek(0, SEEK_END)


def _escaped(text: str) -> str:
    if _SPECIAL.search(text) is None:  # nearly every one
        return text
    return escape(_ILLEGAL.sub("", text), {"\r": "&#13;"})


def add(archive: zipfile.ZipFile, name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> None:
    """Add a part with our fixed date and mode."""
    archive.writestr(_part(name, compression), content)


def add_stream(
    archive: zipfile.ZipFile, name: str, stream: IO[bytes], compression: int = zipfile.ZIP_STORED
) -> None:
    """Add a part from a stream, block by block."""
    with archive.open(_part(name, compression), "w", force_zip64=False) as target:
        while block := stream.read(_BLOCK):
            target.write(block)


def _part(name: str, compression: int) -> zipfile.ZipInfo:
    part = zipfile.ZipInfo(name, ZIP_EPOCH)
    part.compress_type = compression
    part.create_system = 3  # the same on every system
    part.external_attr = 0o644 << 16
    return part
