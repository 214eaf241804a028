"""What students are told about their slot: as text, on paper, as calendar file, by mail; once each."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from kiosk.domain import notice
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import cjk_type, notices, schedule_pdf
from kiosk.exchange.notices import queue_messages
from kiosk.records import planning
from kiosk.records.site_tables import OutboxMessage, Site, Slot, SlotAssignment
from kiosk.records.tables import Campaign, Student
from kiosk.settings import Smtp
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk

__all__ = ["bare_desk", "desk", "migrated_file"]
CHINA = ZoneInfo("Asia/Shanghai")
NAMES = ("阿依努尔·麦麦提", "欧阳德馨", "𠮷田明", "李㛃", "王(小)\\明", "Anna Müller")


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """Six students with remarkable names in two slots, four of them with an address."""
    with desk.database.write() as session:
        session.add(Site(id=1, code="hall", name="礼堂", address="示例路 1 号", waiting_metres=9, seats=1))
        for number, begin in (
            (1, datetime(2026, 11, 24, 1, tzinfo=UTC)),
            (2, datetime(2026, 11, 25, 1, tzinfo=UTC)),
        ):
            session.add(
                Slot(
                    id=number, public_id=f"{number}" * 32, campaign_id=1, site_id=1, starts_at=begin, capacity=4,
                    day=date(2026, 11, 23 + number), ends_at=begin + timedelta(minutes=30),
                )
            )  # fmt: skip
        session.flush()
        for number, name in enumerate(NAMES, 1):
            email = f"s{number}@x.example" if number <= 4 else ""
            session.execute(update(Student).where(Student.id == number).values(name=name, email=email))
            session.add(
                SlotAssignment(
                    slot_id=1 if number <= 3 else 2, student_id=number, state="due", assigned_at=desk.now, by="t"
                )
            )
    return desk.with_settings(
        smtp=Smtp(host="127.0.0.1", security="none", from_address="p@x.example").model_dump()
    )


def campaign(desk: Desk) -> Campaign:
    with desk.database.read() as session:
        found = planning.campaign(session, "autumn")
        assert found is not None
        return found


def printed(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_text_says_when_where_and_what_to_bring(planned: Desk, language: str) -> None:
    with planned.database.read() as session:
        sheet = next(notices.sheets(session, campaign(planned)))
        questions = notices.questions_of(planned.settings, "ningxia-2020", language)
        due = notices.appointment(campaign(planned), sheet, sheet.people[0][1], questions, language)
    text = notice.plain(notice.compose(due, CHINA, notices.speaker(language)))
    wanted = {
        "zh_CN": [
            "2026-11-24（周二）09:00–09:30",
            "礼堂 · 示例路 1 号",
            "身份证、学生证",
            "不穿蓝色上衣",
            "一年",
            "健康码",
        ],
        "en": [
            "Tue 2026-11-24, 09:00–09:30",
            "ID card and student card",
            "no blue top",
            "one year",
            "health code",
        ],
    }
    assert [words for words in wanted[language] if words not in text] == []
    assert "notice." not in text


def test_the_list_names_everybody_in_chinese_type(planned: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.pdf"
    with planned.database.read() as session:
        found = schedule_pdf.list_pdf(session, planned.settings, campaign(planned), path, "zh_CN", planned.now)
    assert found == {"pages": 1, "students": 6}
    text = printed(path)
    assert [name for name in NAMES if name not in text] == []
    assert "2026-11-24 09:00–09:30 · 礼堂 · 3/4 人" in text


def test_in_the_list_no_name_and_no_class_is_cut(planned: Desk, tmp_path: Path) -> None:
    path = tmp_path / "list.pdf"
    where = {"class_name": "2024秋计算机科学与技术（专升本）一班", "teaching_point": "利通区职业教育中心教学点"}
    with planned.database.write() as session:
        session.execute(update(Student).values(name="阿卜杜热合曼·买买提江·艾合买提", **where))
    with planned.database.read() as session:
        schedule_pdf.list_pdf(session, planned.settings, campaign(planned), path, "zh_CN", planned.now)
    assert "…" not in printed(path)


def test_what_is_printed_can_be_seen(planned: Desk, tmp_path: Path) -> None:
    """The type is embedded: a page rendered without any language pack shows ink where the names stand."""
    path = tmp_path / "list.pdf"
    with planned.database.read() as session:
        schedule_pdf.list_pdf(session, planned.settings, campaign(planned), path, "zh_CN", planned.now)
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-5] for line in fonts.splitlines() if cjk_type.NAME in line] == ["yes"]
    subprocess.run(["pdftoppm", "-r", "40", "-gray", path, tmp_path / "page"], check=True)
    content = next(tmp_path.glob("page*.pgm")).read_bytes()
    assert sum(value < 128 for value in content[20:]) > 1500


def test_a_long_day_turns_the_page(planned: Desk, tmp_path: Path) -> None:
    with planned.database.write() as session:
        for number in range(10, 110):
            planned.add_student(session, 1, number)
        session.flush()
        for student in session.scalars(select(Student.id).where(Student.id > 6)):
            session.add(
                SlotAssignment(slot_id=1, student_id=student, state="due", assigned_at=planned.now, by="t")
            )
    with planned.database.read() as session:
        out = tmp_path / "list.pdf"
        of, settings = campaign(planned), planned.settings
        found = schedule_pdf.list_pdf(session, settings, of, out, "en", planned.now, "2026-11-24")
        assert found["students"] == 103 and found["pages"] == 3
        assert printed(out).count("Signature") == 3  # its head stands on every page
        each = tmp_path / "notices.pdf"
        told = schedule_pdf.notices_pdf(session, settings, of, each, "zh_CN", "2026-11-25")
    assert told == {"pages": 2, "students": 3}
    assert printed(each).count("健康码") == 3


def test_nobody_due_is_said(planned: Desk, tmp_path: Path) -> None:
    with planned.database.read() as session:
        of, out = campaign(planned), tmp_path / "empty.pdf"
        schedule_pdf.notices_pdf(session, planned.settings, of, out, "zh_CN", "2030-01-01")
    assert "没有安排学生" in printed(out)


def test_the_calendar_has_every_slot_and_no_name(planned: Desk, tmp_path: Path) -> None:
    path = tmp_path / "all.ics"
    with planned.database.read() as session:
        assert notices.schedule_ics(session, planned.settings, campaign(planned), path, "en", planned.now) == {
            "slots": 2
        }
    events = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [
        datetime(2026, 11, 24, 1, tzinfo=UTC), datetime(2026, 11, 25, 1, tzinfo=UTC)
    ]  # fmt: skip
    assert [str(event["summary"]) for event in events] == ["Degree photo (礼堂) 3/4"] * 2
    assert not any(name in path.read_text("utf-8") for name in NAMES)


def test_a_notice_is_queued_once_and_again_when_the_slot_is_another(planned: Desk) -> None:
    def queue() -> dict[str, int]:
        return queue_messages(planned.database, planned.settings, "autumn", "zh_CN", "staff:li", planned.now)

    assert queue() == {"queued": 4, "known": 0, "no_address": 2}
    assert queue() == {"queued": 0, "known": 4, "no_address": 2}
    planned.staff("move_students", "headquarters", students=[1], slot="2" * 32)
    assert queue() == {"queued": 1, "known": 3, "no_address": 2}
    with planned.database.read() as session:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.to == "s1@x.example")).all()
    assert [row.subject for row in rows] == ["拍摄时间通知：2026-11-24 09:00", "拍摄时间通知：2026-11-25 09:00"]
    assert [row.state for row in rows] == ["waiting", "waiting"]
    uids = {str(Calendar.from_ical(_attached(row)).walk("VEVENT")[0]["uid"]) for row in rows}
    assert len(uids) == 1  # the calendar moves the appointment instead of adding one


def _attached(row: OutboxMessage) -> bytes:
    import base64

    return base64.b64decode(row.attachments[0]["base64"])


def test_without_a_server_nothing_is_queued(planned: Desk) -> None:
    off = planned.with_settings(smtp={})
    with pytest.raises(Refusal) as refused:
        queue_messages(off.database, off.settings, "autumn", "zh_CN", "staff:li", off.now)
    assert refused.value.code is Code.MAIL_OFF
    assert off.count(OutboxMessage) == 0


def test_slots_that_are_over_are_not_told(planned: Desk) -> None:
    planned.later(days=2, hours=2)
    found = queue_messages(planned.database, planned.settings, "autumn", "zh_CN", "staff:li", planned.now)
    assert found["queued"] == 0


def test_glyphs_of_one_document_are_not_in_the_next(tmp_path: Path) -> None:
    from kiosk.exchange.paper import Pages

    for words, name in (("欧阳德馨", "a"), ("李", "b")):
        pages = Pages(tmp_path / f"{name}.pdf", "", lambda _page: "")
        pages.write(words, 12)
        pages.save()
    assert "欧" not in printed(tmp_path / "b.pdf")
    face = cjk_type.pdfmetrics.getFont(cjk_type.NAME)
    if isinstance(face, cjk_type.EmbeddedType):
        assert {chr(letter) for letter in face.used.values()} == {"李"}
