"""Rosters as people really send them: merged cells, a sheet a class, pasted errors, other separators and dots."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.roster import Report, Wish, import_file
from kiosk.records.database import Database
from tests.exchange.conftest import NOW
from tests.exchange.rosters import TITLES, student, write

OPEN = "open-2027-spring"
ROWS = [student(serial) for serial in range(1, 4)]


def run(database: Database, file: Path) -> Report:
    return import_file(database, file, OPEN, "command:test", now=NOW, wish=Wish(only_check=True))


def found(report: Report) -> list[tuple[str, str]]:
    """Every finding but the region: that of synthetic numbers is nobody's."""
    findings = [(finding.cell, finding.problem) for finding in report.findings]
    return [each for each in findings if each[1] != "number_unknown_region"]


def book() -> tuple[Workbook, Worksheet]:
    made = Workbook()
    sheet = made.worksheets[0]
    fill(sheet)
    return made, sheet


def fill(sheet: Worksheet) -> None:
    sheet.append(TITLES)
    for row in ROWS:
        sheet.append([row.get(title, "") for title in TITLES])


def test_a_merged_cell_is_named_in_every_row_that_it_leaves_empty(database: Database, tmp_path: Path) -> None:
    made, sheet = book()
    sheet.insert_rows(1)
    sheet["A1"] = "2027 届毕业生名单"
    sheet.merge_cells("A1:H1")  # a title above the header is nobody's row
    sheet.merge_cells("N3:N5")  # the teaching point of all three
    made.save(tmp_path / "merged.xlsx")
    report = run(database, tmp_path / "merged.xlsx")
    assert found(report) == [("N4", "merged"), ("N5", "merged")] and report.ok == 1


def test_an_error_that_was_pasted_as_a_value_is_named(database: Database, tmp_path: Path) -> None:
    made, sheet = book()
    sheet["O2"], sheet["E3"] = "#N/A", "#REF!"
    made.save(tmp_path / "errors.xlsx")
    report = run(database, tmp_path / "errors.xlsx")
    assert found(report) == [("O2", "error_value"), ("E3", "error_value")] and report.ok == 1


def test_a_row_of_nothing_but_errors_is_a_row(database: Database, tmp_path: Path) -> None:
    made, sheet = book()
    sheet["D5"], sheet["E5"] = "#N/A", "#N/A"  # looked up beyond the end of another list
    made.save(tmp_path / "errors.xlsx")
    report = run(database, tmp_path / "errors.xlsx")
    assert {each[0] for each in found(report) if each[1] == "error_value"} == {"D5", "E5"}
    assert (report.rows, report.ok) == (4, 3)


def test_a_second_list_is_never_lost_in_silence(database: Database, tmp_path: Path) -> None:
    made, _sheet = book()
    notes, second = made.create_sheet("说明"), made.create_sheet("二班")
    notes.append(["请勿改动"])
    fill(second)
    made.create_chartsheet("图表")
    made.save(tmp_path / "two.xlsx")
    with pytest.raises(Refusal) as refused:
        run(database, tmp_path / "two.xlsx")
    assert refused.value.code is Code.FILE_TWO_LISTS
    second.sheet_state = "hidden"  # put away by somebody who knew
    made.save(tmp_path / "one.xlsx")
    assert run(database, tmp_path / "one.xlsx").ok == 3


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("title", ["", "2027 届毕业生名单\n"])
def test_text_is_read_with_the_separator_that_it_has(
    database: Database, tmp_path: Path, separator: str, title: str
) -> None:
    lines = [TITLES, *([str(row.get(name, "")) for name in TITLES] for row in ROWS)]
    file = tmp_path / "list.csv"
    file.write_text(title + "".join(separator.join(line) + "\n" for line in lines), "gb18030")
    assert run(database, file).ok == 3


@pytest.mark.parametrize("dot", [".", "．", "•", "・", "‧", "-"])
def test_only_the_middle_dot_joins_a_chinese_name(database: Database, tmp_path: Path, dot: str) -> None:
    names = (f"买买提{dot}艾力", "买买提·艾力", "Ana Li-Sr.")
    file = write(tmp_path / "names.xlsx", [student(place, 姓名=name) for place, name in enumerate(names, 1)])
    report = run(database, file)
    assert found(report) == [("E2", "illegal_character")]
    assert next(each.args["position"] for each in report.findings if each.problem == "illegal_character") == 4


def test_a_resident_number_is_no_passport(database: Database, tmp_path: Path) -> None:
    rows = [student(1, 证件类型="护照"), student(2, 证件类型="护照", 证件号码="E12345678", 性别="女")]
    report = run(database, write(tmp_path / "papers.xlsx", rows))
    assert found(report) == [("H2", "number_id_type_contradicts")] and report.ok == 1


def test_dates_in_cells_are_days(database: Database, tmp_path: Path) -> None:
    row = student(1, 出生日期=date(1980, 1, 2), 预约开始=date(2026, 11, 23))
    file = write(tmp_path / "dates.xlsx", [row], [*TITLES, "出生日期"])
    assert found(run(database, file)) == []
