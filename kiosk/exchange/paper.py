"""A4 pages of Chinese text, written from the top: paragraphs that break anywhere, rows cut to their columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from kiosk.exchange import cjk_type

#: Points.
MARGIN = 18 * mm
WIDTH, HEIGHT = A4


class Pages:
    """An A4 document that is written line by line from the top."""

    def __init__(self, path: Path, title: str, foot: Callable[[int], str]) -> None:
        self.font = cjk_type.begin()
        self.canvas = Canvas(str(path), pagesize=A4, pageCompression=1, invariant=1)
        self.canvas.setTitle(title)
        self.foot, self.page, self.y = foot, 0, 0.0
        self.turn()

    def turn(self) -> None:
        """Begin a page."""
        if self.page:
            self._end_page()
        self.page += 1
        self.y = HEIGHT - MARGIN

    def _end_page(self) -> None:
        self.canvas.setFont(self.font, 8)
        self.canvas.drawString(MARGIN, 10 * mm, self.foot(self.page))
        self.canvas.showPage()

    def room(self, height: float) -> bool:
        """Turn the page where less than `height` points are left; whether it was turned."""
        if self.y - height >= 18 * mm:
            return False
        self.turn()
        return True

    def write(self, words: str, size: float, x: float = 0.0, width: float = 0.0) -> None:
        """A paragraph, broken where the line ends; Chinese breaks anywhere."""
        wide = width or WIDTH - 2 * MARGIN - x
        for line in broken(words, self.font, size, wide):
            self.room(size * 1.5)
            self.y -= size * 1.5
            self.canvas.setFont(self.font, size)
            self.canvas.drawString(MARGIN + x, self.y, line)

    def cells(self, values: list[tuple[float, str]], size: float) -> None:
        """One row of a table: (x, words), each cut to its column."""
        self.y -= size * 1.9
        self.canvas.setFont(self.font, size)
        ends = [x for x, _words in values[1:]] + [WIDTH - 2 * MARGIN]
        for (x, words), end in zip(values, ends, strict=True):
            self.canvas.drawString(MARGIN + x, self.y, fitted(words, self.font, size, end - x - 4))
        self.canvas.setLineWidth(0.3)
        self.canvas.line(MARGIN, self.y - size * 0.55, WIDTH - MARGIN, self.y - size * 0.55)

    def tall_cells(self, values: list[tuple[float, str]], size: float, head: Callable[[], None]) -> None:
        """One row of a table of which nothing is cut: each cell breaks within its column.

        `head` writes the table's titles again where the row begins a page.
        """
        ends = [x for x, _words in values[1:]] + [WIDTH - 2 * MARGIN]
        columns = [
            (x, broken(words, self.font, size, end - x - 6)) for (x, words), end in zip(values, ends, strict=True)
        ]
        lines = max(len(cell) for _x, cell in columns)
        height = size * (0.6 + 1.3 * lines)
        if self.room(height):
            head()
        self.y -= size * 0.6
        self.canvas.setFont(self.font, size)
        for x, cell in columns:
            for number, line in enumerate(cell, 1):
                self.canvas.drawString(MARGIN + x, self.y - size * 1.3 * number, line)
        self.y -= size * 1.3 * lines
        self.canvas.setLineWidth(0.3)
        self.canvas.line(MARGIN, self.y - size * 0.55, WIDTH - MARGIN, self.y - size * 0.55)

    def save(self) -> int:
        """Write the file; returns the number of pages."""
        self._end_page()
        self.canvas.save()
        return self.page


def broken(words: str, font: str, size: float, width: float) -> list[str]:
    """The words in lines of at most `width` points; Chinese breaks anywhere but before a closing mark."""
    lines: list[str] = []
    for piece in simpleSplit(words, font, size, width) or [""]:
        line = ""
        for letter in piece:
            if line and stringWidth(line + letter, font, size) > width and letter not in "，。；：！？、）》”":
                lines.append(line)
                line = ""
            line += letter
        lines.append(line)
    return lines


def fitted(words: str, font: str, size: float, width: float) -> str:
    """The words in one line of at most `width` points, cut with an ellipsis."""
    if stringWidth(words, font, size) <= width:
        return words
    while words and stringWidth(words + "…", font, size) > width:
        words = words[:-1]
    return words + "…"
