"""Importing a roster: all of it or nothing, each bad cell named, the same file again changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import roster
from kiosk.exchange.roster import Report, import_file
from kiosk.i18n import LANGUAGES, catalog
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.tables import Audit, Campaign, RosterImport, SiteSession, Student, Visit
from tests.exchange.conftest import NOW
from tests.exchange.rosters import TITLES, student, write

OPEN, ADULT = "open-2027-spring", "adult-2027-spring"


def bring(database: Database, path: Path, students: list[dict[str, Any]], **options: Any) -> Report:
    """Write the students to a workbook and import it."""
    write(path, students)
    return import_file(database, path, options.pop("campaign", OPEN), "command:test", now=NOW, **options)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


def count(database: Database, table: type[Any] = Student) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def students(database: Database) -> list[Student]:
    with database.read() as session:
        return list(session.scalars(select(Student).order_by(Student.id)))


def last_audit(database: Database) -> Audit:
    with database.read() as session:
        return session.scalars(select(Audit).order_by(Audit.sequence.desc()).limit(1)).one()


def errors(report: Report) -> list[tuple[int, str, str]]:
    return [(entry["row"], entry["column"], entry["code"]) for entry in report.to_json()["errors"]]


def test_a_good_file_becomes_students(database: Database, file: Path) -> None:
    slot = {"预约开始": "2026-11-23 09:00", "预约结束": "2026-11-23 10:00", "联系电话": "000", "备注": "a\nb"}
    report = bring(database, file, [student(1, **slot), student(2), student(3)])
    assert (report.rows, report.added, report.imported, errors(report)) == (3, 3, True, [])
    first, second, _ = students(database)
    assert (first.school_code, first.student_number, first.sex) == ("51161", "2451161000001", "男")
    assert first.slot_from == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert (first.phone, first.remark, first.late) == ("000", "a b", False)
    assert (second.slot_from, second.phone) == (None, "")
    with database.read() as session:
        record = session.scalars(select(RosterImport)).one()
        assert (record.added, record.by, record.file_name) == (3, "command:test", "名单.xlsx")
        assert {row.import_id for row in session.scalars(select(Student))} == {record.id}
        assert audit.verify(session)[1] is None
    row = last_audit(database)
    assert (row.action, row.result, row.detail["added"]) == ("roster_import", "done", 3)


def test_the_same_file_again_writes_nothing(database: Database, file: Path) -> None:
    bring(database, file, [student(serial, 预约开始="2026-11-23 09:00") for serial in range(1, 30)])
    written: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def watch(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    report = import_file(database, file, OPEN, "command:test", now=NOW + timedelta(days=1))
    assert (report.added, report.changed, report.unchanged, report.imported) == (0, 0, 29, True)
    assert written == []


def test_a_correction_changes_its_row_alone(database: Database, file: Path) -> None:
    bring(database, file, [student(1), student(2)])
    report = bring(database, file, [student(1, 姓名="陈晓媚"), student(2), student(3)])
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert [row.name for row in students(database)] == ["陈晓媚", "陈晓梅", "陈晓梅"]


def test_a_column_that_the_file_does_not_have_stays_as_it_was(database: Database, file: Path) -> None:
    bring(database, file, [student(1, 备注="重要")])
    write(file, [student(1)], [title for title in TITLES if title not in ("备注", "院校代码")])
    report = import_file(database, file, OPEN, "command:test", now=NOW)
    assert report.unchanged == 1
    assert students(database)[0].remark == "重要"


def test_nothing_of_a_file_with_an_error_is_imported(database: Database, file: Path) -> None:
    before = count(database, Audit)
    number = str(student(2)["证件号码"])
    bad = student(2, 证件号码=number[:-1] + ("1" if number[-1] != "1" else "2"))
    report = bring(database, file, [student(1), bad, student(3, 姓名="陈 梅")])
    assert (report.imported, report.added, report.skipped, report.ok) == (False, 0, 0, 1)
    assert errors(report) == [(3, "证件号码", "number_check_digit"), (4, "姓名", "space")]
    assert count(database) == count(database, RosterImport) == 0
    assert count(database, Audit) == before + 1
    assert last_audit(database).result == Code.ROSTER_HAS_ERRORS.value


def test_bad_rows_are_skipped_when_asked(database: Database, file: Path) -> None:
    report = bring(database, file, [student(1), student(2, 姓名=""), student(3)], skip_bad_rows=True)
    assert (report.imported, report.added, report.skipped) == (True, 2, 1)
    assert [row.sequence for row in students(database)] == ["1", "3"]


def test_a_file_of_bad_rows_alone_is_not_imported_even_so(database: Database, file: Path) -> None:
    report = bring(database, file, [student(1, 姓名="")], skip_bad_rows=True)
    assert not report.imported


def test_a_number_typed_id_cell_is_refused_and_never_repaired(database: Database, file: Path) -> None:
    number = student(1)["证件号码"]
    assert isinstance(number, str)
    report = bring(database, file, [student(1, 证件号码=int(number)), student(2)])
    assert errors(report) == [(2, "证件号码", "id_as_number")]
    entry = report.to_json()["errors"][0]
    assert "末几位已经丢失" in entry["problem"]["zh_CN"] and "last digits" in entry["problem"]["en"]


def test_both_rows_of_a_duplicate_are_named(database: Database, file: Path) -> None:
    report = bring(database, file, [student(1), student(2), student(1, 学号="2451161000009")])
    assert errors(report) == [(2, "证件号码", "duplicate_id"), (4, "证件号码", "duplicate_id")]
    first, second = report.to_json()["errors"]
    assert "4" in first["problem"]["zh_CN"] and "2" in second["problem"]["en"]


def test_two_students_are_never_mixed(database: Database, file: Path) -> None:
    bring(database, file, [student(1), student(2)])
    one, two = student(1), student(2)
    report = bring(database, file, [{**one, "学号": two["学号"]}, student(3)])
    assert errors(report) == [(2, "学号", "two_students")]
    report = bring(database, file, [student(4, 学号=one["学号"], 姓名="别人")])
    assert errors(report) == [(2, "学号", "student_number_taken")]
    swapped = [student(1, 学号="2451161000077"), student(5, 学号=one["学号"])]
    report = bring(database, file, swapped)
    assert errors(report) == [(3, "学号", "two_students")]


def test_a_wrong_id_number_is_corrected_until_the_student_came(database: Database, file: Path) -> None:
    bring(database, file, [student(1)])
    report = bring(database, file, [student(11, 学号=student(1)["学号"])])
    assert report.changed == 1
    assert [row.id_number for row in students(database)] == [student(11)["证件号码"]]
    with database.write() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()
        site = SiteSession(campaign_id=campaign.id, day=NOW.date(), opened_at=NOW)
        session.add(site)
        session.flush()
        session.add(
            Visit(
                public_id="v", campaign_id=campaign.id, session_id=site.id, student_id=students(database)[0].id,
                assurance="typed", state="parked", state_since=NOW, created_at=NOW,
            )
        )  # fmt: skip
    report = bring(database, file, [student(21, 学号=student(1)["学号"])])
    assert errors(report) == [(2, "学号", "student_number_taken")]


def test_each_campaign_has_its_own_students(database: Database, file: Path) -> None:
    bring(database, file, [student(1)])
    report = bring(database, file, [student(1)], campaign=ADULT)
    assert errors(report) == [(2, "院校代码", "school_code_other")]
    report = bring(database, file, [student(1, 院校代码="51383")], campaign=ADULT)
    assert report.added == 1 and count(database) == 2


def test_a_campaign_of_any_school_needs_the_column(database: Database, file: Path) -> None:
    with database.write() as session:
        session.scalars(select(Campaign).where(Campaign.code == OPEN)).one().school_codes = []
    write(file, [student(1)], [title for title in TITLES if title != "院校代码"])
    with pytest.raises(Refusal) as refused:
        import_file(database, file, OPEN, "command:test", now=NOW)
    assert (refused.value.code, refused.value.args_["missing"]) == (Code.FILE_NO_HEADER, "院校代码")


def test_students_after_the_deadline_are_marked_late(database: Database, file: Path) -> None:
    bring(database, file, [student(1)])
    write(file, [student(1, 姓名="陈晓媚"), student(2)])
    report = import_file(database, file, OPEN, "command:test", now=datetime(2027, 1, 2, tzinfo=UTC))
    assert report.late == 1
    assert [row.late for row in students(database)] == [False, True]


def test_the_deadline_ends_with_the_day_in_china(database: Database, file: Path) -> None:
    write(file, [student(1)])
    report = import_file(database, file, OPEN, "command:test", now=datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert report.late == 0
    write(file, [student(2)])
    report = import_file(database, file, OPEN, "command:test", now=datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    assert report.late == 1


def test_a_failure_on_the_way_leaves_nothing(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the audit is gone")

    before = count(database, Audit)
    with monkeypatch.context() as patch:
        patch.setattr(roster.audit, "append", broken)
        with pytest.raises(RuntimeError, match="audit is gone"):
            bring(database, file, [student(serial) for serial in range(1, 1200)])
    assert count(database) == count(database, RosterImport) == 0
    assert count(database, Audit) == before


def test_an_unknown_campaign_is_refused(database: Database, file: Path) -> None:
    with pytest.raises(Refusal) as refused:
        bring(database, file, [student(1)], campaign="nope")
    assert refused.value.code is Code.NO_CAMPAIGN


def test_a_report_has_every_sentence_and_nobody_in_it(database: Database, file: Path) -> None:
    bad = student(2, 姓名="赵 敏", 联系电话="13912345678\u200b", 性别="男")
    report = bring(database, file, [student(1), bad])
    told = json.dumps(report.to_json(), ensure_ascii=False)
    for secret in (bad["证件号码"], bad["学号"], bad["姓名"], "13912345678"):
        assert str(secret) not in told
    for entry in report.to_json()["errors"]:
        for part in ("problem", "remedy"):
            assert set(entry[part]) == set(LANGUAGES)
            assert not any(sentence.startswith("roster.") for sentence in entry[part].values())


def test_a_report_of_thousands_of_findings_stays_small(database: Database, file: Path) -> None:
    report = bring(database, file, [student(serial, 姓名="") for serial in range(1, 2001)])
    told = report.to_json()
    assert (told["errors_total"], len(told["errors"])) == (2000, roster.MAX_FINDINGS)


def test_progress_grows_and_is_never_told_inside_a_transaction(database: Database, file: Path) -> None:
    shares: list[float] = []

    def progress(share: float) -> None:
        with database.write():  # would wait for ever, and then fail, while the import holds the records
            shares.append(share)

    bring(database, file, [student(1), student(2)], progress=progress)
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    chinese, english = (
        {key: value for key, value in catalog(language).items() if key.startswith(("roster.", "package."))}
        for language in LANGUAGES
    )
    assert chinese.keys() == english.keys()
    problems = {key.rpartition(".")[2] for key in chinese if key.startswith("roster.problem.")}
    assert problems == {key.rpartition(".")[2] for key in chinese if key.startswith("roster.remedy.")}
