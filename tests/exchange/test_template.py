"""The templates, the comparison, and LibreOffice: it opens what we write and writes what we read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster_lists import Lists
from kiosk.exchange.compare import Comparison, compare_file
from kiosk.exchange.doctor import WANTED
from kiosk.exchange.roster import Wish, import_file
from kiosk.exchange.template import KEYS, SHEET, write_template
from kiosk.exchange.workbook import read_table
from kiosk.i18n import LANGUAGES
from kiosk.records.database import Database
from tests.exchange.conftest import NOW
from tests.exchange.rosters import TITLES, student, write

OPEN = "open-2027-spring"
LISTS = Lists({"120201": "行政管理"}, {"金凤教学点": frozenset({"银川分校"})})
#: LibreOffice's filters: the last is separator, quote, GB 18030 (85), first line, no cell formats, quoted texts.
FILTERS = {"xlsx": "xlsx", "xls": "xls", "csv": "csv:Text - txt - csv (StarCalc):44,34,85,1,,0,false,true,false"}


def fill(path: Path, rows: list[dict[str, Any]], school: str = "51161") -> Path:
    """A template that a teaching point has filled in."""
    write_template(path, school, LISTS, "zh_CN", rows=20)
    book = load_workbook(path)
    sheet = book[SHEET]
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for title, value in row.items():
            if title != "院校代码":
                sheet.cell(number, places[title]).value = value
                sheet.cell(number, places[title]).data_type = "s"
    book.save(path)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("school", ["51161", "51383"])
def test_a_template_has_locked_codes_text_cells_choices_and_notes(
    tmp_path: Path, school: str, language: str
) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, school, LISTS, language, rows=20)
    book = load_workbook(path)
    sheet = book[SHEET]
    assert sheet.protection.sheet and [name for name in book.sheetnames if book[name].sheet_state == "visible"]
    codes = [sheet.cell(row, 2) for row in range(2, 22)]
    assert {cell.value for cell in codes} == {school} and all(cell.protection.locked for cell in codes)
    others = [cell for row in sheet["C2:U21"] for cell in row]
    assert {cell.number_format for cell in [*codes, *others]} == {"@"}
    assert not any(cell.protection.locked for cell in others)
    assert all(cell.comment is not None and "roster." not in cell.comment.text for cell in sheet[1])
    validated = {str(rule.sqref)[0] for rule in sheet.data_validations.dataValidation}
    assert validated == set("FHJKLNO")


def test_an_empty_template_has_no_rows_and_another_code_is_refused(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx", "51161", Lists(), "zh_CN")
    table = read_table(tmp_path / "t.xlsx")  # the codes are there, nobody is
    assert {row[1] for row in table.rows} == {"51161"}
    with pytest.raises(Refusal) as refused:
        write_template(tmp_path / "no.xlsx", "10001", Lists(), "zh_CN")
    assert refused.value.code is Code.BAD_REQUEST and not (tmp_path / "no.xlsx").exists()


def test_a_filled_template_is_imported_and_its_empty_rows_are_nobody(database: Database, tmp_path: Path) -> None:
    path = fill(tmp_path / "t.xlsx", [student(1), student(2)])
    report = import_file(database, path, OPEN, "command:test", now=NOW)
    assert (report.rows, report.added, report.errors_total) == (2, 2, 0)


def compare(database: Database, path: Path) -> Comparison:
    return compare_file(database, path, OPEN, now=NOW, progress=lambda _: None)


def test_every_difference_with_the_academic_system_is_named(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    import_file(database, write(path, [student(1), student(2), student(3)]), OPEN, "command:test", now=NOW)
    assert compare(database, path).same == 3
    theirs = [student(1, 姓名="陈 梅", 班级="别的"), student(2), student(2), student(9)]
    found = compare(database, write(path, theirs))
    kinds = [(one["kind"], one["cell"], one.get("column")) for one in found.differences]
    assert kinds == [
        ("differs", "E2", "姓名"), ("differs", "O2", "班级"), ("twice", "", None), ("only_theirs", "", None),
        ("only_ours", "", None),
    ]  # fmt: skip
    assert (found.theirs, found.ours, found.same, found.differing) == (4, 3, 1, 1)
    assert (found.only_theirs, found.only_ours, found.fields) == (1, 1, {"姓名": 1, "班级": 1})
    told = str(found.to_json())
    assert "陈晓梅" not in told and str(student(1)["证件号码"]) not in told
    assert "sequence" not in found.compared and len(found.compared) > 10


def test_a_removed_student_is_not_compared(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "r.xlsx", [student(1), student(2)])
    import_file(database, path, OPEN, "command:test", now=NOW)
    write(path, [student(1)])
    import_file(database, path, OPEN, "command:test", now=NOW, wish=Wish(complete=True))
    assert (compare(database, path).ours, compare(database, path).same) == (1, 1)


def convert(path: Path, kind: str, folder: Path) -> Path:
    """Let LibreOffice open `path` and write it as `kind`; each call has a profile of its own."""
    out = folder / kind
    subprocess.run(
        [
            str(shutil.which("soffice")), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", FILTERS[kind], "--outdir", str(out), str(path),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return out / f"{path.stem}.{kind}"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", FILTERS)
def test_libreoffice_opens_what_we_write_and_writes_what_we_read(
    database: Database, tmp_path: Path, kind: str
) -> None:
    rows = [student(1), student(2, 姓名="陈 梅"), student(3, 班级="=1+1")]
    ours = fill(tmp_path / "roster.xlsx", rows)
    made = convert(ours, kind, tmp_path)
    report = import_file(database, made, OPEN, "command:test", now=NOW, wish=Wish(skip_bad_rows=True))
    assert [(each.cell, each.problem) for each in report.findings if each.severity == "error"] == [("E3", "space")]
    assert (report.rows, report.added) == (3, 2)
    again = import_file(database, ours, OPEN, "command:test", now=NOW, wish=Wish(True))
    assert again.unchanged == 2, "a value changed on its way through LibreOffice"
    copy = tmp_path / "copy.xlsx"
    import_file(database, made, OPEN, "command:test", now=NOW, wish=Wish(only_check=True, marked=copy))
    reopened = convert(copy, "xlsx", tmp_path / "again")
    assert load_workbook(reopened).active["E3"].comment is not None
    assert TITLES[3] in [column.title for column in read_table(reopened).header.columns.values()]


def test_the_template_has_every_column_that_the_doctor_wants() -> None:
    assert set(WANTED) <= set(KEYS)
