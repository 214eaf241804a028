"""Lists of campus cards: read as offices write them, kept as hashes, refused with the row that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from kiosk.domain.campus_cards import Writing
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import campus_cards
from kiosk.records import campus_cards as bindings
from kiosk.records.database import Database
from kiosk.records.site_tables import CampusCard
from kiosk.settings import Settings
from tests.exchange.conftest import NOW


def csv(folder: Path, *lines: str) -> Path:
    file = folder / "cards.csv"
    file.write_text("\n".join(lines), "utf-8")
    return file


def test_a_list_is_read_whatever_stands_around_it(tmp_path: Path) -> None:
    file = csv(
        tmp_path,
        "校园卡名单",
        "姓名,学号,物理卡号",
        "测试一,2026000000001,04a1b2c3",
        ",,",
        "测试二,2026000000002,04A1B2C3D4E5F6",
    )
    found = campus_cards.read(file, Writing.HEX)
    assert found.bindings == {"04A1B2C3": "2026000000001", "04A1B2C3D4E5F6": "2026000000002"}
    assert found.problems == ()


def test_numbers_that_a_spreadsheet_keeps_as_numbers_are_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["UID", "student number"])
    sheet.append([77705923, 2026000000001])
    sheet.append([3283263748.0, "2026000000002"])
    book.save(tmp_path / "cards.xlsx")
    found = campus_cards.read(tmp_path / "cards.xlsx", Writing.DECIMAL)
    assert found.bindings == {"04A1B2C3": "2026000000001", "C3B2A104": "2026000000002"}


def test_each_wrong_row_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    file = csv(
        tmp_path,
        "卡号,学号",
        "xyz,1",
        "08A1B2C3,2",
        "04A1B2C3,",
        "04A1B2C3,3",
        "04A1B2C3,4",
        "04A1B2C3,3",
        "04FFFFFF,5 5",
    )
    found = campus_cards.read(file, Writing.HEX)
    assert [(problem.row, problem.problem) for problem in found.problems] == [
        (2, "uid"),
        (3, "uid_random"),
        (4, "student_number"),
        (6, "uid_twice"),
        (8, "student_number"),
    ]
    assert found.bindings == {"04A1B2C3": "3"}


def test_a_list_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        campus_cards.read(csv(tmp_path, "卡号,姓名", "04A1B2C3,测试一"), Writing.HEX)
    assert caught.value.code is Code.FILE_NO_HEADER
    assert caught.value.args_["missing"] == "学号"


def test_only_hashes_are_kept(tmp_path: Path, database: Database, settings: Settings) -> None:
    cards = campus_cards.read(csv(tmp_path, "卡号,学号", "04A1B2C3,1"), Writing.HEX)
    assert campus_cards.import_list(database, settings, cards, "command:test", NOW) == bindings.Imported(added=1)
    with database.read() as session:
        row = session.scalars(select(CampusCard)).one()
    assert row.uid_hash == bindings.uid_hash(bindings.key_of(settings), "04A1B2C3")
    assert len(row.uid_hash) == 64
    assert (row.student_number, row.source, row.by) == ("1", "import", "command:test")
