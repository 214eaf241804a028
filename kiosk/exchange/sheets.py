"""Writes workbooks in which every cell is text, and the same data always gives the same bytes.

Registries ask for text-typed cells, and a cell that begins with `=`, `+`, `-` or `@` must never become a formula.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.xml.functions import tostring

#: Date of every part of a zip that we write: the first one the format knows.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - the format wants a naive one; a real one would change the bytes
_TEXT = "@"
_TALL = Alignment(vertical="top", wrap_text=True)
_CORE = "docProps/core.xml"
_BLOCK = 1 << 20


class TextWorkbook:
    """A workbook that is written row by row; memory stays flat, rows wait in a temporary file.

    As a context manager it removes the temporary files of a workbook that was never saved.
    """

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)

    def __enter__(self) -> TextWorkbook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()
                sheet._writer.cleanup()  # openpyxl itself removes them only after saving

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
        made = TextSheet(sheet)
        made.append(titles, bold=True)
        return made

    def save(self, path: Path) -> None:
        """Write the workbook to `path`, without the time of now in it. Raises `OSError`."""
        draft = path.with_name(path.name + ".draft")
        try:
            self._book.save(draft)
            with zipfile.ZipFile(draft) as source, zipfile.ZipFile(path, "w") as target:
                for name in sorted(source.namelist()):
                    if name == _CORE:
                        add(target, name, self._core(), zipfile.ZIP_DEFLATED)
                    else:
                        with source.open(name) as stream:
                            add_stream(target, name, stream, zipfile.ZIP_DEFLATED)
        finally:
            draft.unlink(missing_ok=True)

    def _core(self) -> bytes:
        properties = self._book.properties
        properties.created = properties.modified = _MADE
        properties.creator = "graduation-photo-kiosk"
        content: bytes = tostring(properties.to_tree())
        return content


class TextSheet:
    """One sheet of a `TextWorkbook`."""

    def __init__(self, sheet: WriteOnlyWorksheet) -> None:
        self._sheet = sheet
        self._rows = 0

    def append(self, values: Iterable[str], bold: bool = False, height: float | None = None) -> None:
        """Add a row; what XML cannot hold is left out of a value. `height` in points: long texts are wrapped."""
        self._rows += 1
        if height is not None:
            self._sheet.row_dimensions[self._rows].height = height
        self._sheet.append([self._cell(value, bold, height is not None) for value in values])
        if height is not None:
            del self._sheet.row_dimensions[self._rows]  # written by now; thousands would fill the memory

    def _cell(self, value: str, bold: bool, tall: bool) -> WriteOnlyCell:
        text = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell = WriteOnlyCell(self._sheet, value=text or None)
        if text:
            cell.data_type = "s"  # openpyxl takes a leading = for a formula
        cell.number_format = _TEXT
        if tall:
            cell.alignment = _TALL
        if bold:
            cell.font = Font(bold=True)
        return cell


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
