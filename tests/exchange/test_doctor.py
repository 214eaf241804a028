"""The roster doctor: every fault of a roster is named with its cell, and nothing is repaired or imported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import event, select

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.doctor import read_programmes
from kiosk.exchange.roster import Report, Wish, import_file
from kiosk.i18n import LANGUAGES
from kiosk.records import balance
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog
from kiosk.records.site_tables import OrganisationUnit
from kiosk.records.tables import Campaign, RosterImport, Student
from tests.exchange.conftest import NOW
from tests.exchange.rosters import TITLES, student, write

OPEN, ADULT = "open-2027-spring", "adult-2027-spring"
CHECK = Wish(only_check=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


def run(database: Database, file: Path, rows: list[dict[str, Any]], wish: Wish = CHECK, **options: Any) -> Report:
    write(file, rows)
    options.setdefault("now", NOW)
    return import_file(database, file, options.pop("campaign", OPEN), "command:test", wish=wish, **options)


def found(report: Report) -> list[tuple[str, str]]:
    """Every finding but the region: that of synthetic numbers is nobody's."""
    findings = [(finding.cell, finding.problem) for finding in report.findings]
    return [each for each in findings if each[1] != "number_unknown_region"]


def cell(title: str, row: int) -> str:
    return f"{'ABCDEFGHIJKLMNOPQRSTUV'[TITLES.index(title)]}{row}"


def _digit(number: str) -> str:
    return number[:-1] + ("1" if number[-1] != "1" else "2")


GOOD = student(2)
FAULTS: list[tuple[str, object, str]] = [
    ("院校代码", "51160", "school_code_unknown"),
    ("院校代码", "５１１６１", "school_code_unknown"),
    ("院校代码", "51383", "school_code_other"),
    ("证件号码", int(str(GOOD["证件号码"]).replace("X", "0")), "id_as_number"),
    ("证件号码", "1.1E+17", "id_as_number"),
    ("学号", 2451161000002, "number_as_number"),
    ("学号", "2451161０00002", "full_width"),
    ("学号", "2451161\u200b000002", "hidden_character"),
    ("学号", "2451161#00002", "illegal_character"),
    ("姓名", "陈 梅", "space"),
    ("姓名", "陈\u3000梅", "space"),
    ("姓名", "陈\u202e梅", "hidden_character"),
    ("姓名", "@陈梅", "illegal_character"),
    ("姓名", "", "missing"),
    ("证件号码", _digit(str(GOOD["证件号码"])), "number_check_digit"),
    ("性别", "男", "sex_contradicts"),
    ("性别", "未知", "sex_unknown"),
    ("预约开始", "明天", "slot_unreadable"),
]


@pytest.mark.parametrize(("title", "value", "problem"), FAULTS)
def test_every_fault_is_named_with_the_address_of_its_cell(
    database: Database, file: Path, title: str, value: object, problem: str
) -> None:
    report = run(database, file, [student(1), student(2, **{title: value}), student(3)])
    assert (cell(title, 3), problem) in found(report)
    assert report.errors_total >= 1 and report.ok == 2
    told = next(entry for entry in report.to_json()["errors"] if entry["code"] == problem)
    assert all(told[part][language] for part in ("problem", "remedy") for language in LANGUAGES)


def test_a_number_whose_last_digits_became_zeros_was_a_figure(database: Database, file: Path) -> None:
    numbers = [str(student(serial)["证件号码"])[:15] + "000" for serial in (2, 3)]  # one may be right by chance
    rows = [student(serial, 证件号码=number, 性别="") for serial, number in zip((2, 3), numbers, strict=True)]
    assert {problem for _, problem in found(run(database, file, rows))} == {"id_as_number"}


def test_the_birth_date_is_held_against_the_number(database: Database, file: Path) -> None:
    write(file, [{**student(2), "出生日期": "1999-09-09"}], [*TITLES, "出生日期"])
    report = import_file(database, file, OPEN, "command:test", now=NOW, wish=CHECK)
    assert ("X2", "birth_contradicts") in found(report)


def test_the_address_counts_empty_columns_at_the_left(database: Database, file: Path) -> None:
    book = Workbook()
    sheet = book.active
    for place, title in enumerate(TITLES, start=3):
        sheet.cell(4, place, title)
        sheet.cell(5, place, student(1, 姓名="").get(title, ""))
    book.save(file)
    report = import_file(database, file, OPEN, "command:test", now=NOW, wish=CHECK)
    assert found(report) == [("G5", "missing")]


def test_a_formula_is_named_and_its_last_result_never_read(database: Database, file: Path) -> None:
    write(file, [student(1), student(2)])
    book = load_workbook(file)
    book.active["E3"] = '="陈"&"梅"'
    book.active["Z3"] = "=1+1"  # in no column of ours
    book.save(file)
    report = import_file(database, file, OPEN, "command:test", now=NOW, wish=CHECK)
    assert found(report) == [("E3", "formula")] and report.ok == 1


def test_text_that_begins_like_a_formula_is_text(database: Database, file: Path) -> None:
    write(file, [student(1)])
    book = load_workbook(file)
    for address, value in (("O2", "=1+1"), ("N2", "@SUM(A1)"), ("P2", "-1"), ("L2", "+1")):
        book.active[address].value = value
        book.active[address].data_type = "s"
    book.save(file)
    report = import_file(database, file, OPEN, "command:test", now=NOW)
    assert report.imported
    with database.read() as session:
        kept = session.scalars(select(Student)).one()
        assert (kept.class_name, kept.teaching_point) == ("=1+1", "@SUM(A1)")


def test_programmes_are_held_against_the_list_of_the_site(database: Database, file: Path, tmp_path: Path) -> None:
    (tmp_path / "programmes.csv").write_text("专业代码,专业名称\n120201,行政管理\n050101,汉语言文学\n", "gb18030")
    programmes = read_programmes(tmp_path)
    assert programmes == {"120201": "行政管理", "050101": "汉语言文学"}
    rows = [student(1), student(2, 专业代码="120202"), student(3, 专业名称="行政管埋")]
    report = run(database, file, rows, programmes=programmes)
    assert found(report) == [
        (cell("专业代码", 3), "programme_unknown"), (cell("专业名称", 4), "programme_name_differs"),
    ]  # fmt: skip
    assert "120201" in report.to_json()["errors"][0]["remedy"]["en"]
    without = run(database, file, [student(1), student(2, 专业名称="别的")])
    assert found(without) == [(cell("专业名称", 3), "programme_two_names")] and without.errors_total == 0


def test_teaching_points_are_those_of_the_organisation(database: Database, file: Path) -> None:
    with database.write() as session:
        branch = OrganisationUnit(code="yc", kind="branch", name="银川分校")
        other = OrganisationUnit(code="wz", kind="branch", name="吴忠分校")
        session.add_all([branch, other])
        session.flush()
        session.add(OrganisationUnit(code="jf", kind="teaching_point", name="金凤教学点", parent_id=branch.id))
        session.add(OrganisationUnit(code="lt", kind="teaching_point", name="利通教学点", parent_id=other.id))
    rows = [student(1), student(2, 教学点="金凤教学站"), student(3, 教学点="利通教学点")]
    report = run(database, file, rows)
    assert found(report) == [
        (cell("教学点", 3), "teaching_point_unknown"), (cell("教学点", 4), "teaching_point_elsewhere"),
    ]  # fmt: skip
    assert "金凤教学点" in report.to_json()["errors"][0]["remedy"]["zh_CN"]


def test_another_branch_another_campaign_and_a_late_row_are_told_before_they_count(
    database: Database, file: Path
) -> None:
    run(database, file, [student(1), student(2)], Wish())
    run(database, file, [student(3, 院校代码="51383")], Wish(), campaign=ADULT)
    after = datetime(2027, 1, 2, tzinfo=UTC)
    report = run(database, file, [student(1, 分校="吴忠分校"), student(2), student(3)], now=after)
    assert found(report) == [
        (cell("分校", 2), "other_branch"), (cell("证件号码", 4), "other_campaign"), (cell("学号", 4), "late"),
    ]  # fmt: skip
    assert (report.errors_total, report.added, report.changed, report.late) == (0, 1, 1, 1)


def test_a_changed_school_code_is_refused(database: Database, file: Path) -> None:
    with database.write() as session:
        session.scalars(select(Campaign).where(Campaign.code == OPEN)).one().school_codes = []
    run(database, file, [student(1)], Wish())
    report = run(database, file, [student(1, 院校代码="51383")])
    assert found(report) == [(cell("院校代码", 2), "school_code_changed")]


def test_a_check_writes_nothing_and_tells_every_change(database: Database, file: Path) -> None:
    run(database, file, [student(1), student(2), student(3)], Wish())
    written: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def watch(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    report = run(database, file, [student(1, 姓名="陈晓媚"), student(2), student(4)])
    assert (report.added, report.changed, report.unchanged, report.gone) == (1, 1, 1, 1)
    assert [(one["kind"], one["row"], one["fields"]) for one in report.changes] == [
        ("added", 4, []), ("changed", 2, ["姓名"]), ("gone", None, []),
    ]  # fmt: skip
    assert written == [] and not report.imported
    assert str(student(3)["学号"]) not in str(report.to_json()) and "陈晓梅" not in str(report.to_json())


def test_what_was_confirmed_is_what_is_done_or_nothing(database: Database, file: Path) -> None:
    rows = [student(1), student(2)]
    plan = run(database, file, rows).plan
    # the very file: one that is written anew carries another time, and is another file
    same = import_file(database, file, OPEN, "command:test", now=NOW, wish=Wish(confirm=plan))
    assert same.imported
    with pytest.raises(Refusal) as refused:
        run(database, file, [student(1), student(3)], Wish(confirm=plan))
    assert refused.value.code is Code.ROSTER_MOVED
    with database.read() as session:
        assert len(session.scalars(select(Student)).all()) == 2


def test_who_left_the_roster_is_marked_when_the_file_is_complete_and_comes_back(
    database: Database, file: Path
) -> None:
    run(database, file, [student(1), student(2), student(3, 分校="吴忠分校")], Wish())
    kept = run(database, file, [student(1)], Wish())
    assert (kept.gone, kept.removed) == (1, 0)
    report = run(database, file, [student(1)], Wish(complete=True))
    assert (report.gone, report.removed, report.unchanged) == (1, 1, 1)
    with database.read() as session:
        marked = {row.sequence: row.removed_at for row in session.scalars(select(Student))}
        assert [marked[each] is not None for each in "123"] == [
            False,
            True,
            False,
        ]  # the other branch is not named
        assert session.scalars(select(RosterImport).order_by(RosterImport.id.desc())).first().removed == 1  # type: ignore[union-attr]
        assert {row.kind for row in session.scalars(select(FileLog))} == {"roster"}
    again = run(database, file, [student(1), student(2)], Wish())
    assert (again.changed, again.returned) == (1, 1)


def test_who_left_the_roster_stays_counted_with_that_reason(database: Database, file: Path) -> None:
    run(database, file, [student(1), student(2)], Wish())
    run(database, file, [student(1)], Wish(complete=True))
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()
        counted = balance.of_campaign(session, campaign, NOW)
    assert (counted.registered, counted.missing) == (2, {"not_come": 1, "removed": 1})


def test_a_row_with_errors_still_names_its_student(database: Database, file: Path) -> None:
    run(database, file, [student(1), student(2)], Wish())
    report = run(database, file, [student(1), student(2, 姓名="")], Wish(skip_bad_rows=True, complete=True))
    assert (report.skipped, report.gone, report.removed) == (1, 0, 0)


def test_missing_columns_are_named(database: Database, file: Path) -> None:
    write(file, [student(1)], ["学号", "姓名", "证件号码", "院校代码"])
    report = import_file(database, file, OPEN, "command:test", now=NOW, wish=CHECK)
    assert "专业名称" in report.absent_columns and "备注" not in report.absent_columns


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_copy_keeps_the_rest_and_marks_what_is_wrong(database: Database, file: Path, language: str) -> None:
    write(file, [student(1), student(2, 姓名="陈 梅"), student(3, 学号="123")])
    book = load_workbook(file)
    book.active["Z9"] = "我的备注"
    book.create_sheet("别的")["A1"] = 5
    book.save(file)
    out = file.with_name("copy.xlsx")
    wish = Wish(only_check=True, marked=out, language=language)
    import_file(database, file, OPEN, "command:test", now=NOW, wish=wish)
    made = load_workbook(out)
    sheet = made["毕业生名单"]
    wrong, odd, fine = sheet[cell("姓名", 3)], sheet[cell("学号", 4)], sheet[cell("姓名", 2)]
    assert wrong.value == "陈 梅" and wrong.comment is not None and len(wrong.comment.text) > 10
    assert wrong.fill.fgColor.rgb != odd.fill.fgColor.rgb and odd.comment is not None
    assert fine.comment is None and (sheet["Z9"].value, made["别的"]["A1"].value) == ("我的备注", 5)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_copy_of_csv_is_a_workbook_of_text(database: Database, tmp_path: Path, encoding: str) -> None:
    path, out = tmp_path / "r.csv", tmp_path / "copy.xlsx"
    row = [str(student(1, 姓名="=陈 梅").get(title, "")) for title in TITLES]
    path.write_text("\r\n".join([",".join(TITLES), ",".join(row), ""]), encoding)
    import_file(database, path, OPEN, "command:test", now=NOW, wish=Wish(only_check=True, marked=out))
    sheet = load_workbook(out).active
    assert (sheet["E2"].value, sheet["E2"].data_type, sheet["H2"].number_format) == ("=陈 梅", "s", "@")
    assert sheet["E2"].comment is not None and sheet["H2"].value == student(1)["证件号码"]
