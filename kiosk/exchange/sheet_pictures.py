"""Puts pictures into a finished workbook: one in the first column of each row, read from disk one by one.

openpyxl would keep every picture and its place in memory until the end; here the parts are streamed into a copy.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.exchange.sheets import add, add_stream

_SHEET = "xl/worksheets/sheet1.xml"
_TYPES = "[Content_Types].xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_DRAW = "http://schemas.openxmlformats.org/drawingml/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: English metric units in one px at 96 dpi.
_EMU = 9525
_BLOCK = 1 << 20

#: Content of the JPEG for a row (from 1 below the header) and its width and height in px; None: no picture there.
Pictures = Callable[[int], tuple[bytes, int, int] | None]


def add_pictures(workbook: Path, rows: int, pictures: Pictures) -> None:
    """Rewrite `workbook` with a picture in the first column of the rows 1 … `rows` below the header of sheet 1.

    The same pictures give the same bytes. Raises `OSError`.
    """
    draft = workbook.with_name(workbook.name + ".pictures")
    try:
        with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(draft, "w") as target:
            for name in source.namelist():
                with source.open(name) as stream:
                    if name == _SHEET:
                        _sheet(target, source, stream.read)
                    elif name == _TYPES:
                        add(target, name, _types(stream.read()), zipfile.ZIP_DEFLATED)
                    else:
                        add_stream(target, name, stream, zipfile.ZIP_DEFLATED)
            placed = []
            for row in range(1, rows + 1):
                found = pictures(row)
                if found is not None:
                    add(target, f"xl/media/picture{row}.jpg", found[0])
                    placed.append((row, found[1], found[2]))
            _drawing(target, placed)
        draft.replace(workbook)
    finally:
        draft.unlink(missing_ok=True)


def _sheet(target: zipfile.ZipFile, source: zipfile.ZipFile, read: Callable[[int], bytes]) -> None:
    """The sheet with the reference to its drawing before its end."""
    end = b"</worksheet>"
    part = zipfile.ZipInfo(_SHEET, source.getinfo(_SHEET).date_time)
    part.compress_type, part.create_system, part.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    with target.open(part, "w") as stream:
        held = b""
        while block := read(_BLOCK):
            held += block
            stream.write(held[: -len(end)])
            held = held[-len(end) :]
        if held != end:
            raise ValueError("the sheet does not end as a sheet does")
        stream.write(f'<drawing xmlns:r="{_OFFICE}" r:id="rId1"/>'.encode() + end)


def _types(content: bytes) -> bytes:
    more = b'<Default Extension="jpg" ContentType="image/jpeg"/>'
    more += b'<Override PartName="/xl/drawings/drawing1.xml" ContentType="application/vnd.openxmlformats-'
    more += b'officedocument.drawing+xml"/>'
    return content.replace(b"</Types>", more + b"</Types>")


def _drawing(target: zipfile.ZipFile, placed: list[tuple[int, int, int]]) -> None:
    links = f'<Relationship Id="rId1" Type="{_OFFICE}/drawing" Target="/xl/drawings/drawing1.xml"/>'
    _write(target, "xl/worksheets/_rels/sheet1.xml.rels", iter([_relationships(links)]))
    _write(target, "xl/drawings/drawing1.xml", _anchors(placed))
    image = f'Type="{_OFFICE}/image"'
    pictures = "".join(
        f'<Relationship Id="rId{row}" {image} Target="/xl/media/picture{row}.jpg"/>' for row, _, _ in placed
    )
    _write(target, "xl/drawings/_rels/drawing1.xml.rels", iter([_relationships(pictures)]))


def _relationships(inner: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}">{inner}</Relationships>'


def _anchors(placed: list[tuple[int, int, int]]) -> Iterator[str]:
    yield f'{_HEAD}<xdr:wsDr xmlns:xdr="{_DRAW}/spreadsheetDrawing" xmlns:a="{_DRAW}/main" xmlns:r="{_OFFICE}">'
    for row, width, height in placed:
        size = f'cx="{width * _EMU}" cy="{height * _EMU}"'
        margin = 3 * _EMU
        yield (
            f"<xdr:oneCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:colOff>{margin}</xdr:colOff><xdr:row>{row}"
            f"</xdr:row><xdr:rowOff>{margin}</xdr:rowOff></xdr:from><xdr:ext {size}/><xdr:pic><xdr:nvPicPr>"
            f'<xdr:cNvPr id="{row}" name="{row}"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill>'
            f'<a:blip r:embed="rId{row}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm>'
            f'<a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"/></xdr:spPr></xdr:pic>'
            "<xdr:clientData/></xdr:oneCellAnchor>"
        )
    yield "</xdr:wsDr>"


def _write(target: zipfile.ZipFile, name: str, pieces: Iterator[str]) -> None:
    part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    part.compress_type, part.create_system, part.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    with target.open(part, "w") as stream:
        for piece in pieces:
            stream.write(piece.encode())
