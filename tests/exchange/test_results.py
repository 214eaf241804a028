"""The registry's answer reaches exactly those who were reported; a rejected picture is never packaged again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.domain import results
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.results import Reason
from kiosk.domain.states import VisitState
from kiosk.exchange.package import Order, export
from kiosk.exchange.results import Report, import_results
from kiosk.records import balance, collected
from kiosk.records.database import Database
from kiosk.records.registry_tables import RegistryResult
from kiosk.records.tables import Campaign
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.conftest import NOW
from tests.exchange.people import People, picture
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write

OPEN, ADULT, CODES = "open-2027-spring", "adult-2027-spring", "code-2027-spring"
TITLES = ["证件号码", "结果", "原因"]


@pytest.fixture
def people(database: Database, settings: Settings, tmp_path: Path) -> People:
    """Three people who were reported."""
    found = People(database, Vault(settings.data / "vault"), OPEN)
    for serial in (1, 2, 3):
        found.ready(serial)
    export(database, settings, Order(OPEN), tmp_path / "p.zip", "command:test", now=NOW)
    return found


def row(serial: int, result: str, reason: str = "") -> dict[str, object]:
    return {"证件号码": roster_row(serial)["证件号码"], "结果": result, "原因": reason}


def take(database: Database, path: Path, campaign: str = OPEN) -> Report:
    return import_results(database, path, campaign, "command:test", now=NOW)


def test_linked_and_rejected_are_written_with_the_reason(
    people: People, database: Database, tmp_path: Path
) -> None:
    answers = [row(1, "已关联"), row(2, "未通过", "背景有阴影"), row(3, "退回", "闭眼")]
    report = take(database, write(tmp_path / "r.xlsx", answers, TITLES))
    assert (report.imported, report.linked, report.rejected) == (True, 1, 2)
    assert report.reasons == {"background": 1, "eyes": 1}
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()
        assert balance.of_campaign(session, campaign, NOW).missing == {"not_linked": 2}
        rejected = collected.last_of_person(session, str(roster_row(2)["证件号码"]))
        assert rejected is None  # may be photographed again
        assert collected.last_of_person(session, str(roster_row(1)["证件号码"])) is not None


def test_a_new_photo_of_a_rejected_student_goes_into_the_next_package(
    people: People, database: Database, settings: Settings, tmp_path: Path
) -> None:
    take(database, write(tmp_path / "r.xlsx", [row(1, "退回", "模糊")], TITLES))
    with database.read() as session:
        student = session.scalars(select(RegistryResult.student_id)).one()
    people.photo(people.visit(VisitState.DONE, student), picture("again"))
    summary = export(database, settings, Order(OPEN), tmp_path / "2.zip", "command:test", now=NOW)
    assert (summary.exported, summary.missing) == (3, {})


def test_the_newest_answer_about_a_picture_counts(people: People, database: Database, tmp_path: Path) -> None:
    take(database, write(tmp_path / "1.xlsx", [row(1, "退回", "模糊")], TITLES))
    take(database, write(tmp_path / "2.xlsx", [row(1, "已关联")], TITLES))
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()
        assert balance.of_campaign(session, campaign, NOW).missing == {}


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([row(1, "已关联"), row(9, "已关联")], "not_reported"),
        ([row(1, "已关联"), row(1, "退回")], "twice"),
        ([row(1, "已关联"), row(2, "嗯")], "word"),
        ([row(1, "已关联"), row(2, "")], "word"),
    ],
)
def test_a_row_that_is_not_clear_keeps_everything_out(
    people: People, database: Database, tmp_path: Path, answers: list[dict[str, object]], problem: str
) -> None:
    report = take(database, write(tmp_path / "r.xlsx", answers, TITLES))
    assert not report.imported and [code for _, code in report.problems] == [problem]
    assert report.problems[0][0] == 3
    with database.read() as session:
        assert session.scalars(select(RegistryResult)).all() == []


def test_an_answer_for_another_campaign_is_refused(people: People, database: Database, tmp_path: Path) -> None:
    file = write(tmp_path / "r.xlsx", [row(1, "已关联")], TITLES)
    with pytest.raises(Refusal) as refused:
        take(database, file, ADULT)
    assert refused.value.code is Code.RESULT_OTHER_CAMPAIGN
    named = write(tmp_path / "n.xlsx", [{**row(1, "已关联"), "活动": ADULT}], [*TITLES, "活动"])
    with pytest.raises(Refusal) as refused:
        take(database, named)
    assert refused.value.code is Code.RESULT_OTHER_CAMPAIGN


def test_the_same_file_counts_once(people: People, database: Database, tmp_path: Path) -> None:
    file = write(tmp_path / "r.xlsx", [row(1, "已关联")], TITLES)
    take(database, file)
    with pytest.raises(Refusal) as refused:
        take(database, file)
    assert refused.value.code is Code.RESULT_TWICE


@pytest.mark.parametrize("who", ["学号", "照片文件", "内部编号"])
def test_rows_may_name_people_in_every_way_of_the_package(
    people: People, database: Database, tmp_path: Path, who: str
) -> None:
    student = roster_row(2)
    names = {"学号": student["学号"], "照片文件": f"photos/{student['证件号码']}.jpg", "内部编号": "000002"}
    path = tmp_path / "r.csv"
    path.write_bytes(f"{who},审核结果\n{names[who]},通过\n".encode("gb18030"))
    assert take(database, path).linked == 1


def test_a_code_campaign_is_answered_by_internal_numbers(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    people = People(database, Vault(settings.data / "vault"), CODES)
    people.photo(people.visit(VisitState.DONE, code=b"\x01code"), picture("one"))
    export(database, settings, Order(CODES), tmp_path / "c.zip", "command:test", now=NOW)
    path = tmp_path / "r.csv"
    path.write_text("内部编号,结果,原因\n1,退回,背景\n", "utf-8")
    assert take(database, path, CODES).rejected == 1
    with database.read() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.code == CODES)).one()
        assert balance.of_campaign(session, campaign, NOW).missing == {"not_linked": 1}


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", "证件号码,姓名\n1,2\n".encode(), b"\x00\x01"])
def test_what_is_no_answer_is_refused(database: Database, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal):
        take(database, path)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("背景颜色不符", Reason.BACKGROUND), ("照片模糊", Reason.BLURRED), ("闭眼", Reason.EYES),
        ("眼镜反光", Reason.GLASSES), ("非本人照片", Reason.NOT_THE_PERSON), ("露齿", Reason.MOUTH),
        ("头部比例过大", Reason.PLACE), ("文件大小超过40KB", Reason.FILE), ("疑似手机自拍", Reason.SELFIE),
        ("刘海遮眉", Reason.COVERED), ("???", Reason.OTHER),
    ],
)  # fmt: skip
def test_reasons_are_told_apart(words: str, reason: Reason) -> None:
    assert results.reason_of(words) is reason


@given(st.text(max_size=60))
def test_any_words_have_a_reason_and_any_word_a_meaning_or_none(words: str) -> None:
    assert results.reason_of(words) in Reason
    assert results.linked(words) in (True, False, None)


@pytest.mark.parametrize(
    ("word", "linked"),
    [
        ("已关联", True),
        ("成功", True),
        ("审核通过", True),
        ("未通过", False),
        ("不合格", False),
        ("退回", False),
        ("", None),
    ],
)
def test_a_denied_success_is_none(word: str, linked: bool | None) -> None:
    assert results.linked(word) is linked
