"""Files that come in on the way to the registry and are not what they seem: one refusal, nothing half-imported.

Bad input of the registry's side and its tests, those of other files by their name:

* zip bombs, path traversal, macros, external links, 16,384 columns, an upload cut in the middle: here for each way
  in, each form of them in `exchange/test_workbook.py`; of pictures in `exchange/test_delivery.py`
* formulas where text must stand: `test_doctor.py::test_a_formula_is_named_and_its_last_result_never_read`
* exported text that begins with = + - @ stays text: here, `test_package.py::test_no_value_ever_becomes_a_formula`
* a package edited after signing: `test_package_check.py::test_a_package_edited_after_signing_is_found`
* a result file for another campaign: `test_results.py::test_an_answer_for_another_campaign_is_refused`
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import workbook
from kiosk.exchange.compare import compare_file
from kiosk.exchange.payment_list import import_payments
from kiosk.exchange.results import import_results
from kiosk.exchange.roster import import_file
from kiosk.exchange.sheets import TextWorkbook
from kiosk.records.database import Database
from kiosk.records.tables import Base
from tests.exchange.conftest import NOW, database, empty_records, settings
from tests.exchange.rosters import student, with_sheet, write

__all__ = ["database", "empty_records", "settings"]
CAMPAIGN, BY = "open-2027-spring", "command:test"
#: Every way in for a workbook of the registry's side.
WAYS: dict[str, Callable[[Database, Path], Any]] = {
    "roster": lambda records, file: import_file(records, file, CAMPAIGN, BY, now=NOW),
    "comparison": lambda records, file: compare_file(
        records, file, CAMPAIGN, now=NOW, progress=lambda _share: None
    ),
    "results": lambda records, file: import_results(records, file, CAMPAIGN, BY, now=NOW),
    "payments": lambda records, file: import_payments(records, file, CAMPAIGN, BY, now=NOW),
}


def _with_part(path: Path, template: Path, name: str) -> Path:
    path.write_bytes(template.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    return path


def _cut(path: Path, template: Path) -> Path:
    content = template.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


#: Fault → how it is made of a good file, and the refusal.
FAULTS: dict[str, tuple[Callable[[Path, Path], Path], Code]] = {
    "macros": (lambda path, good: _with_part(path, good, "xl/vbaProject.bin"), Code.FILE_MACROS),
    "links": (lambda path, good: _with_part(path, good, "xl/externalLinks/externalLink1.xml"), Code.FILE_LINKS),
    "traversal": (lambda path, good: _with_part(path, good, "../../etc/cron.d/x"), Code.FILE_PATHS),
    "columns": (
        lambda path, good: with_sheet(path, good, [b'<row r="1"><c r="A1"/><c r="XFD1"/></row>']),
        Code.FILE_TOO_LARGE,
    ),
    "bomb": (lambda path, good: with_sheet(path, good, [b" " * (1 << 20)] * 9), Code.FILE_TOO_LARGE),
    "cut": (_cut, Code.FILE_CUT),
}


def _rows(records: Database) -> dict[str, int]:
    with records.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


@pytest.mark.parametrize("way", WAYS)
def test_no_way_in_takes_a_file_that_is_not_what_it_seems(
    way: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 8 << 20)  # a bomb of nine megabytes is quick to make
    good = write(tmp_path / "good.xlsx", [student(1), student(2)])
    before = _rows(database)
    for name, (make, code) in FAULTS.items():
        file = make(tmp_path / f"{name}.xlsx", good)
        with pytest.raises(Refusal) as refused:
            WAYS[way](database, file)
        assert refused.value.code is code, name
    assert _rows(database) == before


def test_what_is_written_as_text_is_read_as_the_same_text(tmp_path: Path) -> None:
    values = ["=1+1", "+86 951", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "00123456789012345678", "'=1", "１２"]
    with TextWorkbook() as book:
        book.sheet("s", ["a"] * len(values)).append(values)
        book.save(tmp_path / "text.xlsx")
    read = CalamineWorkbook.from_path(tmp_path / "text.xlsx").get_sheet_by_index(0).to_python()
    assert read[1] == values
    with zipfile.ZipFile(tmp_path / "text.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
