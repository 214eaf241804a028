"""Headquarters' page: counts, the way down, who is missing, whose branch is seen by whom, the workbook."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from kiosk.jobs import progress_export
from kiosk.jobs.context import Context
from kiosk.records import queue
from kiosk.records.registry_tables import FileLog
from kiosk.records.site_tables import OrganisationUnit
from kiosk.records.tables import Audit, Campaign, Job, Staff, Student
from tests.web.conftest import Page, Web

#: Student → branch, teaching point, class.
PLACES = {
    1: ("银川分部", "银川教学点", "一班"),
    2: ("银川分部", "银川教学点", "二班"),
    3: ("银川分部", "吴忠教学点", "一班"),
    4: ("固原分部", "=1+1", "一班"),
    5: ("固原分部", "", ""),
    6: ("固原分部", "固原教学点", "一班"),
}


@pytest.fixture
def placed(web: Web) -> Web:
    """Six students of two branches; 1 was photographed, 3 was refused, 6 is no longer on the roster."""
    with web.desk.database.write() as session:
        for student, (branch, point, name) in PLACES.items():
            values = {"branch": branch, "teaching_point": point, "class_name": name}
            session.execute(update(Student).where(Student.id == student).values(**values))
        session.execute(update(Student).where(Student.id == 6).values(removed_at=web.desk.now))
    web.desk.photograph(1)
    web.desk.card(3)
    web.desk.kiosk("confirm")
    web.desk.kiosk("declare", answers={"health_code": "red", "left_region": "no", "fever_or_cough": "no",
                                       "risk_area_stay": "no", "risk_area_contact": "no"})  # fmt: skip
    return web


def told(page: Page, **content: Any) -> dict[str, Any]:
    answer = page.post("/api/progress", content)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_pages_begin_with_the_campaign_that_photographs_today_not_with_the_first_of_the_list(web: Web) -> None:
    web.desk.prepare(0, code="coming", capture_from=date(2026, 12, 10), capture_until=date(2026, 12, 31))
    page = web.staff("administrator")
    found = told(page)
    assert found["campaigns"][0]["code"] == "coming"
    assert found["chosen"] == "autumn"
    for path in ("/api/results", "/api/money", "/api/prints", "/api/collection"):
        answer = page.get(path).json
        assert answer is not None and answer["chosen"] == "autumn", path


def test_every_branch_is_counted_and_who_left_the_roster_is_not(placed: Web) -> None:
    found = told(placed.staff("headquarters"))
    lines = {line["name"]: line for line in found["lines"]}
    assert [(name, line["registered"], line["photographed"], line["missing"]) for name, line in lines.items()] == [
        ("固原分部", 2, 0, 2), ("银川分部", 3, 1, 2),
    ]  # fmt: skip
    assert lines["银川分部"]["reasons"] == {"not_come": 1, "refused": 1}
    assert (found["total"]["registered"], found["total"]["missing"]) == (5, 4)
    assert (found["level"], found["path"]) == ("branch", [])


def test_the_way_down_ends_at_masked_persons_with_their_reason(placed: Web) -> None:
    page = placed.staff("headquarters")
    points = told(page, branch="银川分部")
    assert [(line["kind"], line["name"], line["registered"]) for line in points["lines"]] == [
        ("point", "吴忠教学点", 1), ("point", "银川教学点", 2),
    ]  # fmt: skip
    classes = told(page, branch="银川分部", point="银川教学点")
    assert [(line["kind"], line["name"], line["missing"]) for line in classes["lines"]] == [
        ("class", "一班", 0), ("class", "二班", 1),
    ]  # fmt: skip
    place = {"branch": "银川分部", "point": "吴忠教学点", "class": "一班"}
    (row,) = told(page, **place, people="missing")["people"]["rows"]
    assert (row["name"], row["reason"]) == ("学**", "refused")
    assert row["student_number"].count("*") > 4
    assert "id_number" not in row
    done = told(page, branch="银川分部", people="photographed")["people"]
    assert (done["total"], done["rows"][0]["reason"], done["rows"][0]["checked"]) == (1, None, False)
    refused = told(page, people="missing", reason="refused")["people"]
    assert (refused["total"], refused["rows"][0]["branch"]) == (1, "银川分部")


def test_whoever_has_no_teaching_point_is_found_under_none(placed: Web) -> None:
    found = told(placed.staff("headquarters"), branch="固原分部", point="", people="missing")
    assert found["path"][-1] == {"kind": "point", "name": ""}
    assert found["people"]["total"] == 1


def test_a_work_station_stands_between_branch_and_teaching_points(placed: Web) -> None:
    with placed.desk.database.write() as session:
        branch = OrganisationUnit(kind="branch", code="b-1", name="银川分部")
        session.add(branch)
        session.flush()
        station = OrganisationUnit(kind="work_station", code="w-1", name="永宁工作站", parent_id=branch.id)
        session.add(station)
        session.flush()
        session.add(OrganisationUnit(kind="teaching_point", code="t-1", name="吴忠教学点", parent_id=station.id))
    page = placed.staff("headquarters")
    found = told(page, branch="银川分部")
    assert [(line["kind"], line["name"], line["registered"]) for line in found["lines"]] == [
        ("station", "永宁工作站", 1), ("point", "银川教学点", 2),
    ]  # fmt: skip
    below = told(page, branch="银川分部", station="w-1")
    assert [line["name"] for line in below["lines"]] == ["吴忠教学点"]
    assert [step["kind"] for step in below["path"]] == ["branch", "station"]
    assert page.post("/api/progress", {"branch": "固原分部", "station": "w-1"}).status_code == 404


def test_deadlines_are_near_or_over_by_the_sites_day(placed: Web) -> None:
    today = placed.desk.now.date()
    with placed.desk.database.write() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.roster_deadline, campaign.check_until = today - timedelta(days=1), today + timedelta(days=7)
        campaign.upload_on, campaign.capture_until = today + timedelta(days=8), today
        campaign.capture_from = date(2026, 11, 1)
    found = {row["name"]: (row["days"], row["tone"]) for row in told(placed.staff("headquarters"))["deadlines"]}
    assert found == {
        "roster_deadline": (-1, "over"), "capture_until": (0, "near"),
        "check_until": (7, "near"), "upload_on": (8, "far"),
    }  # fmt: skip


def test_a_member_of_a_branch_sees_that_branch_alone(placed: Web) -> None:
    page = placed.staff("operator")
    assert told(page)["scope"] == ""
    with placed.desk.database.write() as session:
        session.execute(update(Staff).where(Staff.login == "the-operator").values(branch="固原分部"))
    found = told(page)
    assert (found["scope"], found["total"]["registered"], found["level"]) == ("固原分部", 2, "teaching_point")
    assert told(page, branch="固原分部")["total"]["registered"] == 2
    for path in ("", "/export"):
        answer = page.post(f"/api/progress{path}", {"campaign": "autumn", "branch": "银川分部", "language": "en"})
        assert (answer.status_code, answer.json["refusal"]["code"]) == (403, "not_allowed")  # type: ignore[index]


@pytest.mark.parametrize(("role", "status"), [("usher", 403), ("medic", 403), ("administrator", 200)])
def test_who_may_see_the_page(placed: Web, role: str, status: int) -> None:
    page = placed.staff(role)
    assert page.get("/progress").status_code == status
    assert page.post("/api/progress", {}).status_code == status


@pytest.mark.parametrize(
    "content", [{"campaign": "none"}, {"people": "all"}, {"people": "missing", "reason": "x"}, {"branch": 5}]
)
def test_what_is_not_understood_is_refused(placed: Web, content: dict[str, Any]) -> None:
    assert placed.staff("headquarters").post("/api/progress", content).status_code in (400, 409)


def test_nothing_at_all_is_said_without_a_campaign(placed: Web) -> None:
    with placed.desk.database.write() as session:
        campaign = session.scalars(select(Campaign)).one()
        campaign.identity_mode = "collection-code"
    assert told(placed.staff("headquarters"))["codes"] is True


def export(web: Web, page: Page, **place: Any) -> str:
    """Order the workbook and do what the worker would; the job."""
    answer = page.post("/api/progress/export", {"campaign": "autumn", "language": "zh_CN", **place})
    assert answer.status_code == 200, answer.text
    public_id = str((answer.json or {})["job"])
    with web.desk.database.read() as session:
        job = session.scalars(select(Job).where(Job.public_id == public_id)).one()
    context = Context(web.desk.database, web.desk.settings, public_id, job.by, web.desk.now, lambda _share: None)
    result = progress_export.run(context, **queue.given(job))
    with web.desk.database.write() as session:
        row = session.scalars(select(Job).where(Job.public_id == public_id)).one()
        row.state, row.result = "done", result
    return public_id


def test_the_workbook_names_who_is_missing_and_its_download_is_written_down(placed: Web) -> None:
    page = placed.staff("headquarters")
    job = export(placed, page)
    answer = page.get(f"/api/progress/{job}.xlsx")
    assert answer.status_code == 200
    file = placed.desk.settings.data / "taken.xlsx"
    file.write_bytes(answer.data)
    answer.close()
    book = load_workbook(file)
    counts, missing = (list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    assert counts[0][:4] == ("分部", "教学点", "班级", "报名")
    assert ("银川分部", None, None, "3") in [row[:4] for row in counts]
    assert [(row[0], row[3], row[5]) for row in missing[1:]] == [
        ("固原分部", "学生5", "未到场"), ("固原分部", "学生4", "未到场"), ("银川分部", "学生3", "健康申报未通过"),
        ("银川分部", "学生2", "未到场"),
    ]  # fmt: skip
    formula = next(cell for row in book.worksheets[1].iter_rows() for cell in row if cell.value == "=1+1")
    assert formula.data_type == "s"
    with placed.desk.database.read() as session:
        (logged,) = session.scalars(select(FileLog).where(FileLog.kind == "progress"))
        assert (logged.direction, logged.by, logged.bytes) == (
            "out",
            "staff:the-headquarters",
            file.stat().st_size,
        )
        assert "document_download" in session.scalars(select(Audit.action)).all()


def test_a_workbook_is_fetched_by_whoever_ordered_it_alone(placed: Web) -> None:
    job = export(placed, placed.staff("headquarters"), branch="固原分部")
    assert placed.staff("operator").get(f"/api/progress/{job}.xlsx").status_code == 404
