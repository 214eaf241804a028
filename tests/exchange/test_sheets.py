"""Workbooks of text: what was given comes back as text, whoever reads it; the same data gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from kiosk.exchange.sheets import TextWorkbook

#: Every character that XML can hold.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
)


def write(path: Path, rows: Sequence[Sequence[str | None]], height: float | None = None) -> Path:
    with TextWorkbook() as book:
        sheet = book.sheet("毕业生", ["一", "二", "三"], wider={2: 40})
        for row in rows:
            sheet.append(row, height=height)
        book.sheet("空", ["只有标题"])
        book.save(path)
    return path


def read(path: Path) -> list[list[str]]:
    return [
        ["" if cell is None else str(cell) for cell in row]
        for row in openpyxl.load_workbook(path)["毕业生"].iter_rows(min_row=2, values_only=True)
    ]


@given(rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=4))
def test_every_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = write(tmp_path_factory.mktemp("sheets") / "book.xlsx", rows)
    assert read(path) == rows
    found = python_calamine.load_workbook(str(path)).get_sheet_by_name("毕业生").to_python()[1:]
    assert [[str(cell) for cell in row] for row in found] == rows


def test_what_looks_like_a_formula_stays_text_and_empty_cells_wait_for_text(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", [["=1+1", "-5", "@SUM(A1)"], ["+86", "", None]])
    cells = [cell for row in openpyxl.load_workbook(path)["毕业生"].iter_rows(min_row=2) for cell in row]
    assert [(cell.value, cell.number_format) for cell in cells] == [
        ("=1+1", "@"), ("-5", "@"), ("@SUM(A1)", "@"), ("+86", "@"), (None, "@"), (None, "@"),
    ]  # fmt: skip
    assert all(cell.data_type == "s" for cell in cells if cell.value)


def test_what_xml_cannot_hold_is_left_out_and_line_ends_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", [["a\x00\x0bb", "x\r\ny", "\ud800\uffff<&>"]])
    assert read(path) == [["ab", "x\r\ny", "<&>"]]


def test_a_reader_that_goes_by_the_stated_size_sees_every_row(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", [["a", "b", "c"]] * 3)
    book = openpyxl.load_workbook(path, read_only=True)
    assert [len(list(sheet.rows)) for sheet in book] == [4, 1]
    book.close()


def test_the_header_stays_visible_and_columns_and_rows_have_their_sizes(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", [["a", "b", "c"]], height=60)
    sheet = openpyxl.load_workbook(path)["毕业生"]
    assert (sheet.freeze_panes, sheet["A1"].font.bold, sheet["A2"].font.bold) == ("A2", True, False)
    assert (sheet.column_dimensions["B"].width, sheet.row_dimensions[2].height) == (40, 60)
    assert sheet["A2"].alignment.wrap_text


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, [["a", "b", "c"]]) for name in ("1.xlsx", "2.xlsx"))
    assert first.read_bytes() == second.read_bytes()


def test_rows_may_follow_after_saving(tmp_path: Path) -> None:
    with TextWorkbook() as book:
        sheet = book.sheet("毕业生", ["一"])
        sheet.append(["a"])
        book.save(tmp_path / "first.xlsx")
        sheet.append(["b"])
        book.save(tmp_path / "second.xlsx")
    assert (read(tmp_path / "first.xlsx"), read(tmp_path / "second.xlsx")) == ([["a"]], [["a"], ["b"]])
