"""Unwell at any step, back to the same place, or stopped, reported and told; the report itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select, update

from kiosk.jobs import incident_report
from kiosk.jobs.context import Context
from kiosk.records import incidents, queue
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Job, Student
from tests.actions.desk import NINGXIA, Desk, id_number

MAIL = {
    "smtp": {"host": "localhost", "port": 1025, "security": "none", "from_address": "photo@school.example"},
    "observation": {"headquarters_email": "office@school.example", "call": ["疾控中心 000-0000"]},
}


def escalate(desk: Desk, student: int) -> str:
    visit = str(desk.card(student)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    desk.bridge("take_temperature", visit=visit, celsius=38.0)
    desk.later(minutes=15)
    desk.staff("remeasure", role="medic", visit=visit, celsius=38.2)
    return visit


@pytest.mark.parametrize(
    "step", ["confirming", "declaring", "temperature", "queued", "called", "capturing", "review"]
)
def test_unwell_at_any_step_and_back_to_the_same_place(desk: Desk, step: str) -> None:
    visit = str(desk.card(1)["visit"])
    walk = {
        "declaring": lambda: desk.kiosk("confirm"),
        "temperature": lambda: desk.kiosk("declare", answers=NINGXIA),
        "queued": lambda: desk.bridge("take_temperature", visit=visit, celsius=36.5),
        "called": lambda: desk.kiosk("call_next"),
        "capturing": lambda: desk.kiosk("begin_capture"),
        "review": lambda: desk.shoot(visit),
    }
    for name, go in walk.items():
        if desk.state(visit) == step:
            break
        go()
        assert desk.state(visit) == name
    number = desk.visit(visit).number
    desk.staff("send_to_observation", role="usher", visit=visit, reason="unwell")
    assert desk.state(visit) == "observation" and desk.station().seat_visit_id is None
    kept = desk.visit(visit).number
    assert kept is not None and number in (None, kept)
    desk.staff("remeasure", role="medic", visit=visit, celsius=36.4)
    back = {"temperature": "queued", "called": "queued", "capturing": "capturing", "review": "review"}
    assert desk.state(visit) == back.get(step, step)
    assert desk.visit(visit).number == kept


def test_still_abnormal_stops_reports_and_tells_once(desk: Desk) -> None:
    site = desk.with_settings(**MAIL)
    visit = escalate(site, 1)
    assert site.state(visit) == "escalated" and site.front() is None
    with site.database.read() as session:
        job = session.scalars(select(Job).where(Job.name == incidents.REPORT)).one()
        assert queue.given(job) == {"visit": visit} and job.state == "queued"
        message = session.scalars(select(OutboxMessage)).one()
        told = message.subject + message.body
        assert (message.to, message.kind, message.state) == ("office@school.example", "incident", "waiting")
        assert "学生1" not in told and id_number(1) not in told
        assert incidents.notice(session, site.visit(visit)) == "waiting"


def test_without_mail_it_is_written_down_that_somebody_has_to_call(desk: Desk) -> None:
    visit = escalate(desk, 1)
    assert desk.count(OutboxMessage) == 0
    with desk.database.read() as session:
        assert incidents.notice(session, desk.visit(visit)) == "off"
        assert incidents.report(session, desk.visit(visit)) is not None


def test_contacts_are_those_of_the_same_half_hour_and_not_the_person_itself(desk: Desk) -> None:
    early = desk.photograph(2)
    desk.later(minutes=45)
    near = desk.to_queue(3)
    desk.kiosk("step_aside")
    visit = escalate(desk, 1)
    desk.later(minutes=20)
    late = str(desk.card(4)["visit"])
    with desk.database.read() as session:
        found = incidents.contacts(session, desk.visit(visit), desk.now, 30)
    ids = [other.public_id for other, _stay in found]
    assert ids == [near] and early not in ids and late not in ids


@pytest.mark.parametrize(("language", "title"), [("zh_CN", "体温异常情况报告"), ("en", "Report of an abnormal")])
def test_the_report_says_who_when_readings_contacts_and_whom_to_call(
    desk: Desk, tmp_path: Path, language: str, title: str
) -> None:
    site = desk.with_settings(**MAIL)
    with site.database.write() as session:
        session.scalars(select(Student).where(Student.name == "学生2")).one().phone = "010-55550000"
    site.to_queue(2)
    site.kiosk("step_aside")
    visit = escalate(site, 1)
    context = Context(site.database, site.settings, "a" * 32, "staff:li", site.now, lambda share: None)
    answer = incident_report.run(context, visit=visit, language=language)
    assert answer["contacts"] == 1
    file = site.settings.data / "documents" / answer["file"]
    assert file.stat().st_mode & 0o777 == 0o600
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    flat = re.sub(r"\s+", "", text)
    for wanted in (title.replace(" ", ""), "学生1", id_number(1), "38.0℃", "38.2℃", "学生2", "010-55550000",
                   "疾控中心000-0000"):  # fmt: skip
        assert wanted in flat


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_in_the_report_nothing_is_cut_and_nothing_lies_over_anything(desk: Desk, language: str) -> None:
    where = {
        "class_name": "2024秋计算机科学与技术（专升本）一班",
        "teaching_point": "利通教学点",
        "branch": "吴忠分校",
    }
    with desk.database.write() as session:
        session.execute(update(Student).values(name="阿卜杜热合曼·买买提江·艾合买提", **where))
    desk.to_queue(2)
    desk.kiosk("step_aside")
    visit = escalate(desk, 1)
    context = Context(desk.database, desk.settings, "a" * 32, "staff:li", desk.now, lambda share: None)
    answer = incident_report.run(context, visit=visit, language=language)
    file = str(desk.settings.data / "documents" / answer["file"])
    boxes = subprocess.run(["pdftotext", "-bbox", file, "-"], capture_output=True, text=True, check=True).stdout
    assert "…" not in boxes
    edges = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', boxes)
    lines = [(float(left), (float(top) + float(bottom)) / 2, float(right)) for left, top, right, bottom in edges]
    for left, middle, right in lines:
        beside = [one for one in lines if one[0] < right and left < one[2] and abs(one[1] - middle) < 5]
        assert len(beside) == 1, f"words lie over each other at {middle:.0f} points from the top"
