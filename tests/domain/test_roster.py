"""Columns and rules of a roster: every alias is known, every bad cell is named, nothing is repaired."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.roster import BY_KEY, COLUMNS, REQUIRED, Severity, find_header, masked
from kiosk.domain.roster_rules import RosterRow, Rules, duplicates

TODAY = date(2026, 11, 22)
RULES = Rules(("51161",), TODAY)
TITLES = [column.title for column in COLUMNS]
HEADER = find_header([TITLES])
assert HEADER is not None
MAN, WOMAN = make_synthetic(date(1990, 5, 1), 1), make_synthetic(date(1990, 5, 1), 2)
#: Date cells of a spreadsheet have no zone.
DAY_CELL, BIRTH_CELL = datetime(2027, 1, 15), datetime(1990, 5, 1)  # noqa: DTZ001
TIME_CELL = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001
GOOD: dict[str, object] = {
    "sequence": 1.0, "school_code": "51161", "school_name": "示例开放大学", "student_number": "2451161000001",
    "name": "陈晓梅", "sex": "女", "id_type": "居民身份证", "id_number": WOMAN, "level": "本科",
    "expected_graduation": DAY_CELL, "phone": "000-000", "remark": "",
}  # fmt: skip


def row(**changes: object) -> RosterRow:
    cells = {**GOOD, **changes}
    found = RULES.row(7, [cells.get(column.key, "") for column in COLUMNS], HEADER)
    assert found is not None
    return found


def problems(found: RosterRow) -> list[tuple[str, str]]:
    return [(finding.column, finding.problem) for finding in found.findings if finding.severity is Severity.ERROR]


def test_a_good_row_has_only_text_and_times() -> None:
    found = row(slot_from="2026-11-23 09:00", slot_until="2026/11/23 9:30")
    assert not found.bad
    assert found.values["sequence"] == "1"
    assert found.values["expected_graduation"] == "2027-01-15"
    assert found.values["slot_from"] == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert found.values["slot_until"] == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert set(found.values) <= {column.key for column in COLUMNS} - {"birth"}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_every_alias_names_its_column(column: Any) -> None:
    needed = [BY_KEY[key].title for key in REQUIRED if key != column.key]
    for alias in (
        column.title,
        *column.aliases,
        f" {column.title} ",
        f"{column.title}（必填）",
        f"*{column.title}",
    ):
        header = find_header([[*needed, alias]])
        assert header is not None and column in header.columns.values(), alias


def test_no_two_columns_share_an_alias() -> None:
    names = [name.casefold() for column in COLUMNS for name in (column.title, *column.aliases)]
    assert len(set(names)) == len(names)


def test_the_header_may_stand_below_a_title() -> None:
    header = find_header([["2027 届毕业生名单"], ["填表单位", "示例"], ["XH", "XM", "SFZH", "星座"]])
    assert header is not None
    assert (header.index, header.ignored, header.missing) == (2, ("星座",), ())
    assert header.keys == set(REQUIRED)


def test_no_header_and_an_incomplete_one_are_told_apart() -> None:
    assert find_header([["甲", "乙"], ["1", "2"]]) is None
    header = find_header([["学号", "姓名", "身份证"], ["1", "2", "3"]])
    assert header is not None and not header.missing
    header = find_header([["学号", "姓名", "姓名"]])
    assert header is not None and header.missing == ("证件号码",) and header.twice == ("姓名",)


@pytest.mark.parametrize(
    ("changes", "column", "problem"),
    [
        ({"id_number": 990101199005010000.0}, "证件号码", "id_as_number"),
        ({"id_number": 990101199005010000}, "证件号码", "id_as_number"),
        ({"id_number": "9.90101E+17"}, "证件号码", "id_as_number"),
        ({"id_number": ""}, "证件号码", "missing"),
        ({"id_number": WOMAN[:-1]}, "证件号码", "number_shape"),
        ({"id_number": WOMAN[:16] + "8" + WOMAN[17]}, "证件号码", "number_check_digit"),
        ({"id_number": "990101199002300000"}, "证件号码", "number_birth"),
        ({"id_number": "990101203002010000"}, "证件号码", "number_birth_in_future"),
        ({"id_number": f"{WOMAN[:6]} {WOMAN[6:]}"}, "证件号码", "space"),
        ({"id_number": f"{WOMAN}\u200b"}, "证件号码", "hidden_character"),
        ({"id_number": f"\u202d{WOMAN}"}, "证件号码", "hidden_character"),
        ({"id_number": f"{WOMAN[:17]}Ｘ"}, "证件号码", "full_width"),
        ({"id_number": f"'{WOMAN}"}, "证件号码", "number_characters"),
        ({"id_number": "E12345678"}, "证件号码", "number_shape"),
        ({"id_number": "E12345678", "id_type": ""}, "证件号码", "id_type_needed"),
        ({"id_number": "810000199408230021"}, "证件号码", "number_id_type_contradicts"),
        ({"student_number": 2451161000001.0}, "学号", "number_as_number"),
        ({"student_number": "2451161 000001"}, "学号", "space"),
        ({"student_number": "2451161-00001"}, "学号", "illegal_character"),
        ({"student_number": "2.45E+12"}, "学号", "number_as_number"),
        ({"student_number": "1" * 21}, "学号", "too_long"),
        ({"name": ""}, "姓名", "missing"),
        ({"name": "陈 梅"}, "姓名", "space"),
        ({"name": "陈\u3000梅"}, "姓名", "space"),
        ({"name": "陈晓梅 "}, "姓名", "space"),
        ({"name": "陈\u00a0梅"}, "姓名", "hidden_character"),
        ({"name": "陈晓梅2"}, "姓名", "illegal_character"),
        ({"name": "阿依努尔.麦麦提•"}, "姓名", "illegal_character"),
        ({"name": "ＡＢＣ"}, "姓名", "full_width"),
        ({"name": 12.0}, "姓名", "name_as_number"),
        ({"sex": "不详"}, "性别", "sex_unknown"),
        ({"sex": "男"}, "性别", "sex_contradicts"),
        ({"birth": "19900502"}, "出生日期", "birth_contradicts"),
        ({"birth": "1990-13-01"}, "出生日期", "birth_unreadable"),
        ({"school_code": ""}, "院校代码", "missing"),
        ({"school_code": "51162"}, "院校代码", "school_code_unknown"),
        ({"school_code": "51383"}, "院校代码", "school_code_other"),
        ({"level": "本科\u200b"}, "层次", "hidden_character"),
        ({"level": "本" * 21}, "层次", "too_long"),
        ({"slot_from": "明天上午"}, "预约开始", "slot_unreadable"),
        ({"slot_from": "2026-02-30 09:00"}, "预约开始", "slot_unreadable"),
        ({"slot_from": "2026-11-23 09:00", "slot_until": "2026-11-23 09:00"}, "预约结束", "slot_order"),
    ],
)
def test_a_bad_cell_is_named(changes: dict[str, object], column: str, problem: str) -> None:
    assert problems(row(**changes)) == [(column, problem)]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "阿依努尔·麦麦提"},
        {"name": "JOHN O'NEIL-SMITH"},
        {"name": "𠮷田"},
        {"name": "郞平"},
        {"sex": ""},
        {"sex": 2.0},
        {"id_number": MAN, "sex": "男"},
        {"id_number": MAN.lower(), "sex": "男"},
        {"id_number": "110105491231002"},
        {"id_number": "810000199408230021", "id_type": "港澳台居民居住证"},
        {"id_number": "ABC123456789012", "id_type": "外国人永久居留身份证"},
        {"id_number": "E12345678", "id_type": "护照"},
        {"school_code": 51161.0},
        {"birth": "1990-05-01"},
        {"birth": BIRTH_CELL},
        {"slot_from": TIME_CELL},
        {"slot_from": "2026年11月23日 9:00"},
        {"remark": "见 附件\n第二行"},
    ],
)
def test_what_is_right_is_let_through(changes: dict[str, object]) -> None:
    assert problems(row(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "陈\ue123"}, "private_use"),
        ({"student_number": "245116100001"}, "student_number_length"),
        ({"id_type": "港澳居民来往内地通行证", "id_number": "H12345678"}, "id_type_unknown"),
        ({}, "number_unknown_region"),
    ],
)
def test_what_is_only_odd_is_a_warning(changes: dict[str, object], problem: str) -> None:
    found = row(**changes)
    assert not found.bad
    assert problem in [finding.problem for finding in found.findings]


def test_a_slot_of_a_day_lasts_until_its_end() -> None:
    found = row(slot_from="2026-11-23", slot_until="2026-11-23")
    assert found.values["slot_from"] == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert found.values["slot_until"] == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def test_a_row_without_content_is_none() -> None:
    assert RULES.row(9, ["", None, "  "], HEADER) is None


def test_both_rows_of_a_duplicate_name_each_other() -> None:
    rows = [row(), row(student_number="2451161000002"), row(id_number=MAN, sex="男")]
    for number, each in enumerate(rows, start=2):
        each.row = number
    duplicates(rows)
    found = [
        [(f.row, f.problem, f.args["rows"]) for f in each.findings if "duplicate" in f.problem] for each in rows
    ]
    assert found == [
        [(2, "duplicate_id", "3"), (2, "duplicate_student_number", "4")],
        [(3, "duplicate_id", "2")],
        [(4, "duplicate_student_number", "2")],
    ]
    assert all(each.bad for each in rows)


@given(
    st.lists(st.one_of(st.text(max_size=30), st.floats(), st.booleans(), st.datetimes(), st.dates()), max_size=25)
)
def test_no_cell_upsets_the_rules(cells: list[object]) -> None:
    found = RULES.row(2, cells, HEADER)
    if found is not None and not found.bad:
        assert all(found.values.get(key) for key in REQUIRED)


def test_masks_show_where_not_who() -> None:
    assert masked(BY_KEY["id_number"], WOMAN) == WOMAN[:3] + "*" * 11 + WOMAN[-4:]
    assert masked(BY_KEY["name"], "陈晓梅") == "陈**"
    assert masked(BY_KEY["phone"], "13900000000") == "********"
    assert masked(BY_KEY["sex"], "不详") == "不详"
