"""Photos of a sheet are exactly as large as they are called, stay on the paper and never touch each other."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.domain.prints import CAPTION, GAP, LABELS, PAPERS, SIZES, USUAL, LabelGrid, Layout, layout
from kiosk.domain.refusals import Code, Refusal


@given(st.sampled_from(sorted(SIZES)), st.sampled_from(sorted(PAPERS)), st.integers(1, 60))
def test_every_photo_is_on_the_paper_and_apart_from_its_neighbours(size: str, paper: str, count: int) -> None:
    try:
        made = layout(size, paper, count)
    except Refusal as refusal:
        assert refusal.code is Code.PRINTS_DO_NOT_FIT and count > int(str(refusal.args_["most"]))
        assume(False)
        return
    sheet, margin = made.paper, made.paper.margin
    places = [(x, y) for block in range(made.blocks) for x, y in made.photos(block)]
    assert len(places) == count * made.blocks
    for x, y in places:
        assert margin - 1e-6 <= x and x + made.size.width <= sheet.width - margin + 1e-6
        assert margin + CAPTION - 1e-6 <= y and y + made.size.height <= sheet.height - margin + 1e-6
    for one, (x, y) in enumerate(places):
        for other_x, other_y in places[one + 1 :]:
            apart_x = abs(x - other_x) >= made.size.width + GAP - 1e-6
            assert apart_x or abs(y - other_y) >= made.size.height + GAP - 1e-6


@pytest.mark.parametrize(("size", "paper"), sorted(USUAL))
def test_what_is_usual_fits(size: str, paper: str) -> None:
    assert layout(size, paper).count == USUAL[size, paper]


def test_eight_small_photos_lie_in_two_even_rows_on_six_inch_paper() -> None:
    made: Layout = layout("1inch", "6inch")
    assert (made.columns, made.blocks, round(made.paper.width, 1), round(made.paper.height, 1)) == (
        4,
        1,
        152.4,
        101.6,
    )


@pytest.mark.parametrize(
    ("size", "paper", "count"), [("1inch", "6inch", 11), ("2inch", "6inch", 5), ("1inch", "a4", 99)]
)
def test_more_than_a_page_holds_is_refused(size: str, paper: str, count: int) -> None:
    with pytest.raises(Refusal) as refused:
        layout(size, paper, count)
    assert refused.value.code is Code.PRINTS_DO_NOT_FIT


@pytest.mark.parametrize(("size", "paper", "count"), [("3inch", "a4", 1), ("1inch", "a5", 1), ("1inch", "a4", 0)])
def test_what_is_no_size_is_refused(size: str, paper: str, count: int) -> None:
    with pytest.raises(Refusal) as refused:
        layout(size, paper, count)
    assert refused.value.code is Code.BAD_REQUEST


@pytest.mark.parametrize("grid", LABELS.values(), ids=list(LABELS))
def test_labels_lie_on_a4(grid: LabelGrid) -> None:
    corners = [grid.corner(place) for place in range(grid.each)]
    assert len(set(corners)) == grid.each
    for left, top in corners:
        assert left >= 0 and left + grid.width <= 210.001 and top >= 0 and top + grid.height <= 297.001
