"""Chinese type for the PDFs we print: the system's font, embedded, so that a page looks the same everywhere.

reportlab's built-in Chinese fonts are only named in the file: a viewer without the language pack shows an empty
page. It embeds TrueType itself (Windows has that); the Noto CJK fonts of Linux have PostScript outlines (CFF),
which it can't. Here such a font is embedded with the outlines of the glyphs that were used, the others blanked.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

#: Where systems keep a Chinese font, the preferred one first.
CANDIDATES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "C:/Windows/Fonts/simsun.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
)
#: Name under which reportlab knows the font.
NAME = "KioskType"
#: What is named where no font was found; the viewer must have it.
FALLBACK = "STSong-Light"
_CHARSTRINGS, _CID_KEYED = 17, 12 << 8 | 30


def begin() -> str:
    """The name of the font for a new document; call it before drawing. Glyphs of the last one are forgotten."""
    name = _register()
    if name == NAME:
        font = pdfmetrics.getFont(NAME)
        if isinstance(font, EmbeddedType):
            font.used.clear()
    return name


@cache
def _register() -> str:
    for candidate in CANDIDATES:
        path = Path(candidate)
        if not path.is_file():
            continue
        try:
            pdfmetrics.registerFont(TTFont(NAME, candidate))
            return NAME
        except TTFError:
            try:
                pdfmetrics.registerFont(EmbeddedType(OpenType.read(path)))
                return NAME
            except (ValueError, struct.error, KeyError, IndexError):
                continue  # a font of another kind: the next one
    pdfmetrics.registerFont(UnicodeCIDFont(FALLBACK))
    return FALLBACK


@dataclass(frozen=True)
class OpenType:
    """A face with CID-keyed PostScript outlines: its table `cff`, and where in it each glyph's outline stands."""

    cff: bytes
    outlines: list[tuple[int, int]]
    glyphs: dict[int, int]  # character → glyph
    widths: list[int]  # of each glyph, thousandths of the size
    ascent: int
    descent: int

    @classmethod
    def read(cls, path: Path) -> OpenType:
        """The face of simplified Chinese in the file. Raises `ValueError` for a font of another kind."""
        data = path.read_bytes()
        offsets = [0]
        if data[:4] == b"ttcf":
            offsets = list(struct.unpack_from(f">{struct.unpack_from('>I', data, 8)[0]}I", data, 12))
        faces = [_tables(data, offset) for offset in offsets]
        tables = next((face for face in faces if " SC" in _full_name(data, face)), faces[0])
        if "CFF " not in tables:
            raise ValueError("no PostScript outlines")
        start, length = tables["CFF "]
        cff = data[start : start + length]
        _names, after = _index(cff, cff[2])
        tops, _after = _index(cff, after)
        top = _dictionary(cff[tops[0][0] : tops[0][1]])
        if _CID_KEYED not in top:
            raise ValueError("not keyed by CID")
        outlines, _end = _index(cff, top[_CHARSTRINGS][0])
        units = struct.unpack_from(">H", data, tables["head"][0] + 18)[0]
        hhea = tables["hhea"][0]
        ascent, descent = struct.unpack_from(">hh", data, hhea + 4)
        count = struct.unpack_from(">H", data, hhea + 34)[0]
        advances = struct.unpack_from(f">{count * 2}H", data, tables["hmtx"][0])[::2]
        widths = [round(width * 1000 / units) for width in advances]
        widths += widths[-1:] * (len(outlines) - count)
        return cls(
            cff, outlines, _characters(data, tables["cmap"][0]), widths, round(ascent * 1000 / units),
            round(descent * 1000 / units),
        )  # fmt: skip

    def subset(self, glyphs: set[int]) -> bytes:
        """The table with the outlines of `glyphs` alone; those of the others are zeros, which pack to nothing.

        Glyph 0 stays: it is drawn for what the font does not have.
        """
        kept = bytearray(self.cff)
        first, last = self.outlines[0][0], self.outlines[-1][1]
        kept[first:last] = bytes(last - first)
        for glyph in {0, *glyphs}:
            begin, end = self.outlines[glyph]
            kept[begin:end] = self.cff[begin:end]
        return bytes(kept)


class EmbeddedType(pdfmetrics.Font):
    """A font of reportlab's kind that writes glyph numbers and embeds the outlines of those it wrote."""

    _multiByte = 1
    _dynamicFont = 0

    def __init__(self, face: OpenType) -> None:
        self.fontName = self.name = self.faceName = NAME
        self.type = face
        self.face = pdfmetrics.TypeFace(NAME)
        self.encName = "Identity-H"
        self.substitutionFonts: list[object] = []
        self.used: dict[int, int] = {}  # glyph → character

    def _glyph(self, letter: str) -> int:
        return self.type.glyphs.get(ord(letter), 0)

    def stringWidth(self, text: str | bytes, size: float, encoding: str = "utf8") -> float:
        """Width of `text` in points."""
        letters = text.decode(encoding) if isinstance(text, bytes) else text
        return sum(self.type.widths[self._glyph(letter)] for letter in letters) * size / 1000

    def formatForPdf(self, text: str | bytes) -> str:
        """The text as two bytes a glyph, escaped for a PDF string."""
        letters = text.decode("utf8") if isinstance(text, bytes) else text
        out = bytearray()
        for letter in letters:
            glyph = self._glyph(letter)
            self.used[glyph] = ord(letter)
            out += struct.pack(">H", glyph)
        return "".join(f"\\{byte:03o}" for byte in out)

    def addObjects(self, doc: pdfdoc.PDFDocument) -> None:
        """Link the font into the document; its content is written at the end, when it is known what was drawn."""
        name = f"F{len(doc.fontMapping) + 1}"
        whole = _Late(lambda: self._dictionary(doc))
        doc.idToObject["BasicFonts"].dict[name] = doc.Reference(whole, name)
        doc.fontMapping[self.fontName] = f"/{name}"
        for part, make in (("outlines", self._outlines), ("unicode", self._to_unicode)):
            doc.Reference(_Late(make), f"{NAME}-{part}")

    def _dictionary(self, doc: pdfdoc.PDFDocument) -> bytes:
        widths = " ".join(f"{glyph} [{self.type.widths[glyph]}]" for glyph in sorted({0, *self.used}))
        outlines, unicode_map = (
            pdfdoc.PDFObjectReference(f"{NAME}-{part}").format(doc).decode() for part in ("outlines", "unicode")
        )
        ascent, descent = self.type.ascent, self.type.descent
        return (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+{NAME} /Encoding /Identity-H "
            f"/ToUnicode {unicode_map} /DescendantFonts [ << /Type /Font /Subtype /CIDFontType0 "
            f"/BaseFont /AAAAAA+{NAME} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/DW 1000 /W [ {widths} ] /FontDescriptor << /Type /FontDescriptor /FontName /AAAAAA+{NAME} "
            f"/Flags 4 /FontBBox [ -1000 {descent} 3000 {ascent} ] /ItalicAngle 0 /Ascent {ascent} "
            f"/Descent {descent} /CapHeight 730 /StemV 80 /FontFile3 {outlines} >> >> ] >>"
        ).encode()

    def _outlines(self) -> bytes:
        return _stream(self.type.subset(set(self.used)), "/Subtype /CIDFontType0C ")

    def _to_unicode(self) -> bytes:
        pairs = [
            f"<{glyph:04x}> <{chr(letter).encode('utf-16-be').hex()}>"
            for glyph, letter in sorted(self.used.items())
        ]
        blocks = [
            f"{len(pairs[i : i + 100])} beginbfchar\n" + "\n".join(pairs[i : i + 100]) + "\nendbfchar"
            for i in range(0, len(pairs), 100)
        ]
        return _stream(
            (
                "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /KioskType def "
                "/CMapType 2 def 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
                + "\n".join(blocks)
                + "\nendcmap CMapName currentdict /CMap defineresource pop end end"
            ).encode()
        )


class _Late(pdfdoc.PDFObject):
    """An object whose bytes are made when the document is written."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self.make = make

    def format(self, _document: pdfdoc.PDFDocument) -> bytes:
        """The bytes."""
        return self.make()


def _stream(content: bytes, more: str = "") -> bytes:
    packed = zlib.compress(content, 6)
    head = f"<< {more}/Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
    return head + packed + b"\nendstream"


def _tables(data: bytes, offset: int) -> dict[str, tuple[int, int]]:
    count = struct.unpack_from(">H", data, offset + 4)[0]
    found = {}
    for place in range(offset + 12, offset + 12 + 16 * count, 16):
        start, length = struct.unpack_from(">II", data, place + 8)
        found[data[place : place + 4].decode("latin-1")] = (start, length)
    return found


def _full_name(data: bytes, tables: dict[str, tuple[int, int]]) -> str:
    start = tables["name"][0]
    count, strings = struct.unpack_from(">HH", data, start + 2)
    for place in range(start + 6, start + 6 + 12 * count, 12):
        platform, _encoding, language, kind, length, at = struct.unpack_from(">6H", data, place)
        if (platform, language, kind) == (3, 0x409, 4):
            return data[start + strings + at : start + strings + at + length].decode("utf-16-be")
    return ""


def _characters(data: bytes, start: int) -> dict[int, int]:
    """Character → glyph, from the table of groups (format 12), which the large fonts have."""
    for place in range(start + 4, start + 4 + 8 * struct.unpack_from(">H", data, start + 2)[0], 8):
        table = start + struct.unpack_from(">I", data, place + 4)[0]
        if struct.unpack_from(">H", data, table)[0] == 12:
            found: dict[int, int] = {}
            for group in range(struct.unpack_from(">I", data, table + 12)[0]):
                first, last, glyph = struct.unpack_from(">III", data, table + 16 + 12 * group)
                found.update(zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True))
            return found
    raise ValueError("no table of characters that we read")


def _index(cff: bytes, at: int) -> tuple[list[tuple[int, int]], int]:
    """Places of an INDEX's entries, and where it ends (CFF specification, section 5)."""
    count = struct.unpack_from(">H", cff, at)[0]
    if count == 0:
        return [], at + 2
    size = cff[at + 2]
    table = at + 3
    offsets = [int.from_bytes(cff[table + i * size : table + (i + 1) * size], "big") for i in range(count + 1)]
    base = table + (count + 1) * size - 1
    places = [(base + offsets[i], base + offsets[i + 1]) for i in range(count)]
    return places, base + offsets[-1]


def _dictionary(content: bytes) -> dict[int, list[int]]:
    """Operator → operands of a DICT (section 4); real numbers are passed over, none of ours is needed."""
    found: dict[int, list[int]] = {}
    operands: list[int] = []
    at = 0
    while at < len(content):
        byte = content[at]
        at += 1
        if byte <= 21:
            if byte == 12:
                byte = 12 << 8 | content[at]
                at += 1
            found[byte], operands = operands, []
        elif byte in (28, 29):
            size = 2 if byte == 28 else 4
            operands.append(int.from_bytes(content[at : at + size], "big", signed=True))
            at += size
        elif byte == 30:
            while content[at] & 15 != 15 and content[at] >> 4 != 15:
                at += 1
            at += 1
            operands.append(0)
        elif byte <= 246:
            operands.append(byte - 139)
        else:
            sign = 1 if byte <= 250 else -1
            operands.append(sign * ((byte - (247 if sign > 0 else 251)) * 256 + content[at] + 108))
            at += 1
    return found
