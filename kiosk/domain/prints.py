"""Photo prints on paper: sizes, papers, and where each photo of a sheet stands, in exact millimetres.

Sizes: 1 inch 25 × 35 mm and 2 inch 35 × 49 mm as in the Beijing photographers' service norm (seen in a copy; shops
elsewhere cut 2 inch to 35 × 53). 6-inch photo paper is 4 × 6 inches.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from kiosk.domain.refusals import Code, Refusal

INCH = 25.4


@dataclass(frozen=True, slots=True)
class Size:
    """A photo's width and height in millimetres."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet in millimetres, with the edge that printers leave white."""

    width: float
    height: float
    margin: float

    @property
    def turned(self) -> Paper:
        """The same sheet lying on its side."""
        return Paper(self.height, self.width, self.margin)


SIZES = {"1inch": Size(25, 35), "2inch": Size(35, 49)}
PAPERS = {"6inch": Paper(6 * INCH, 4 * INCH, 5), "a4": Paper(210, 297, 8)}
#: Between two photos: room for the cutting marks of both.
GAP = 3.0
#: Cutting marks begin so far from a corner and are so long.
MARK_OFF, MARK_LONG = 0.4, 1.0
#: Line with name and class above a student's photos.
CAPTION = 6.0
#: Photos of a student where nobody says how many.
USUAL = {("1inch", "6inch"): 8, ("2inch", "6inch"): 4, ("1inch", "a4"): 7, ("2inch", "a4"): 5}


@dataclass(frozen=True, slots=True)
class Layout:
    """How one student's photos stand together, and how many such blocks a page holds.

    A block is `columns` wide and as many rows high as `count` photos need; blocks stand below each other.
    """

    size: Size
    paper: Paper  # as it lies
    count: int
    columns: int
    blocks: int  # a page

    @property
    def block_height(self) -> float:
        """Height of a block with its caption, without the gap to the next."""
        rows = ceil(self.count / self.columns)
        return CAPTION + rows * self.size.height + (rows - 1) * GAP

    def block_top(self, place: int) -> float:
        """Distance of a block's upper edge from that of the sheet; `place` from 0."""
        return self.paper.margin + place * (self.block_height + GAP)

    def photos(self, place: int) -> list[tuple[float, float]]:
        """Left and upper edge of each photo of a block, from the sheet's upper left corner."""
        wide = self.columns * self.size.width + (self.columns - 1) * GAP
        left, top = (self.paper.width - wide) / 2, self.block_top(place) + CAPTION
        return [
            (
                left + (number % self.columns) * (self.size.width + GAP),
                top + (number // self.columns) * (self.size.height + GAP),
            )
            for number in range(self.count)
        ]


def capacity(size: Size, paper: Paper) -> tuple[int, int]:
    """(columns, rows) that a sheet holds as it lies."""
    columns = int((paper.width - 2 * paper.margin + GAP) // (size.width + GAP))
    rows = int((paper.height - 2 * paper.margin - CAPTION + GAP) // (size.height + GAP))
    return columns, rows


def layout(size: str, paper: str, count: int | None = None) -> Layout:
    """The layout that puts most students on a page, lying or standing; rows are as even as can be.

    Raises `Refusal`: bad_request for an unknown size or paper, prints_do_not_fit for more than a page holds.
    """
    if size not in SIZES or paper not in PAPERS or (count is not None and count < 1):
        raise Refusal(Code.BAD_REQUEST, {"what": "prints"})
    wanted = count or USUAL[size, paper]
    found = [
        made
        for sheet in (PAPERS[paper], PAPERS[paper].turned)
        if (made := _fit(SIZES[size], sheet, wanted)) is not None
    ]
    if not found:
        most = max(columns * rows for columns, rows in _capacities(SIZES[size], PAPERS[paper]))
        raise Refusal(Code.PRINTS_DO_NOT_FIT, {"most": most})
    return max(found, key=lambda made: made.blocks)


def _capacities(size: Size, paper: Paper) -> list[tuple[int, int]]:
    return [capacity(size, paper), capacity(size, paper.turned)]


def _fit(size: Size, paper: Paper, count: int) -> Layout | None:
    columns, rows = capacity(size, paper)
    if columns < 1 or rows < 1 or count > columns * rows:
        return None
    needed = ceil(count / columns)
    one = Layout(size, paper, count, ceil(count / needed), 1)
    room = paper.height - 2 * paper.margin
    return Layout(size, paper, count, one.columns, int((room + GAP) // (one.block_height + GAP)))


@dataclass(frozen=True, slots=True)
class LabelGrid:
    """A sheet of labels on A4: millimetres of one label, gaps between them, edges of the sheet."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0

    @property
    def each(self) -> int:
        """Labels of a sheet."""
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """Left and upper edge of a label, from the sheet's upper left corner; `place` from 0."""
        return (
            self.left + (place % self.columns) * (self.width + self.gap),
            self.top + (place // self.columns) * self.height,
        )


#: Grids that are sold everywhere, by labels a sheet.
LABELS = {
    "24": LabelGrid(3, 8, 70.0, 37.0, 0.0, 0.5),
    "21": LabelGrid(3, 7, 63.5, 38.1, 7.25, 15.15, 2.5),
    "14": LabelGrid(2, 7, 99.1, 38.1, 4.65, 15.15, 2.5),
    "8": LabelGrid(2, 4, 99.1, 67.7, 4.65, 13.1, 2.5),
}
