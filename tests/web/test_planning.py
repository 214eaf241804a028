"""The planners' calls: who may, what is shown masked, files behind a job, pictures of the opening."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk.jobs import campaign_export, campaign_import, slot_documents
from kiosk.jobs.context import Context
from kiosk.records import queue
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Audit, Job, Staff, Student
from tests.actions.test_schedule import TOMORROW
from tests.web.conftest import Page, Web

PNG = b"\x89PNG\r\n\x1a\n and so on"

MAY: dict[str, set[str]] = {
    "/campaigns/setup": {"administrator", "headquarters"},
    "/organisation": {"administrator", "headquarters"},
    "/schedule": {"administrator", "headquarters", "operator", "usher"},
    "/opening": {"administrator", "headquarters", "operator", "usher", "medic"},
    "/api/plan": {"administrator", "headquarters"},
    "/api/organisation": {"administrator", "headquarters"},
    "/api/schedule": {"administrator", "headquarters", "operator", "usher"},
    "/api/outbox": {"administrator", "headquarters"},
    "/api/opening": {"administrator", "headquarters", "operator", "usher", "medic"},
}


def press(page: Page, name: str, where: str = "plan", **arguments: Any) -> Any:
    return page.post(f"/api/{where}/{name}", {"key": f"key-{next(page.keys)}", **arguments})


@pytest.fixture
def planned(web: Web) -> Web:
    """A site with a hall, slots tomorrow and everybody in one."""
    desk = web.desk
    hall = {"code": "hall", "title": "礼堂", "waiting_metres": 9, "seats": 2, "student_seconds": 180}
    desk.staff("save_site", "headquarters", **hall)
    desk.staff("make_slots", "headquarters", campaign="autumn", days=[TOMORROW], opens="09:00", closes="10:00")
    desk.staff("spread_students", "headquarters", campaign="autumn")
    return web


@pytest.mark.parametrize("role", ["administrator", "headquarters", "operator", "usher", "medic"])
def test_each_role_sees_what_is_its(web: Web, role: str) -> None:
    page = web.staff(role)
    seen = {path for path in MAY if page.get(path).status_code == 200}
    assert seen == {path for path, may in MAY.items() if role in may}
    planner = role in ("administrator", "headquarters")
    assert press(page, "spread_students", campaign="autumn").status_code == (409 if planner else 403)
    assert press(page, "cancel", visit="x").status_code == (404 if planner else 403)
    signed = press(page, "sign_opening_line", "opening", line="ways").status_code
    assert signed == (403 if role == "headquarters" else 200)


def test_the_schedule_masks_names_and_counts(planned: Web) -> None:
    data = planned.staff("usher").get("/api/schedule?campaign=autumn").json
    assert data is not None and data["may"] is False
    assert data["day"] == TOMORROW
    assert [(slot["load"], slot["capacity"]) for slot in data["slots"]] == [(3, 11), (3, 11)]
    assert [(slot["day"], slot["free"]) for slot in data["open"]] == [(TOMORROW, 8), (TOMORROW, 8)]
    listed = data["slots"][0]["students"][0]
    assert (listed["name"], listed["student_number"]) == ("学**", "20*******0001")
    assert data["without"] == {"count": 0, "skipped": {}, "students": []}
    assert data["sites"][0]["capacity"] == 11


def test_a_search_finds_the_slot_by_post_alone(planned: Web) -> None:
    page = planned.staff("operator")
    found = page.post("/api/schedule/find", {"campaign": "autumn", "q": "学生1"}).json
    assert found is not None and found["students"][0]["slot"]["day"] == TOMORROW
    assert page.get("/api/schedule/find?q=x").status_code == 405


def test_the_notice_as_text_is_whole_and_logged(planned: Web) -> None:
    page = planned.staff("operator")
    said = page.post("/api/schedule/text", {"student": 1, "language": "zh_CN"}).json
    assert said is not None and "学生1 同学" in said["text"] and "身份证、学生证" in said["text"]
    assert (
        planned.staff("usher").post("/api/schedule/text", {"student": 1, "language": "zh_CN"}).status_code == 403
    )
    assert page.post("/api/schedule/text", {"student": 99, "language": "zh_CN"}).status_code == 404
    with planned.desk.database.read() as session:
        assert session.scalars(select(Audit.detail).where(Audit.action == "slot_text")).all() == [{"student": 1}]


def work(web: Web, job: str, module: Any) -> None:
    """What the worker does with the job."""
    with web.desk.database.read() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
    context = Context(web.desk.database, web.desk.settings, job, row.by, web.desk.now, lambda _share: None)
    result = module.run(context, **queue.given(row))
    with web.desk.database.write() as session:
        session.execute(update(Job).where(Job.public_id == job).values(state="done", result=result))


@pytest.mark.parametrize(
    ("what", "head"), [("list", b"%PDF"), ("notices", b"%PDF"), ("calendar", b"BEGIN:VCALENDAR")]
)
def test_a_document_is_made_by_the_worker_and_its_download_logged(planned: Web, what: str, head: bytes) -> None:
    page = planned.staff("usher")
    asked = {"campaign": "autumn", "what": what, "language": "zh_CN", "day": TOMORROW}
    job = page.post("/api/schedule/documents", asked).json["job"]  # type: ignore[index]
    assert page.get(f"/api/documents/{job}").status_code == 404
    work(planned, job, slot_documents)
    with page.get(f"/api/documents/{job}") as answer:
        assert answer.data.startswith(head)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "attachment" in answer.headers["Content-Disposition"]
    assert planned.staff("medic").get(f"/api/documents/{job}").status_code == 403
    with planned.desk.database.read() as session:
        assert session.scalar(select(Audit.actor).where(Audit.action == "document_download")) == "staff:the-usher"


def test_what_a_branchs_member_prints_holds_its_students_alone(planned: Web) -> None:
    page = planned.staff("operator")
    with planned.desk.database.write() as session:
        session.execute(update(Staff).values(branch="北"))
        session.execute(update(Student).where(Student.id == 2).values(branch="北"))
    for what in ("list", "notices"):
        asked = {"campaign": "autumn", "what": what, "language": "zh_CN"}
        job = page.post("/api/schedule/documents", asked).json["job"]  # type: ignore[index]
        work(planned, job, slot_documents)
        with planned.desk.database.read() as session:
            made = session.scalars(select(Job).where(Job.public_id == job)).one()
            assert made.result is not None and made.result["students"] == 1
    said = {"language": "zh_CN"}
    assert page.post("/api/schedule/text", {"student": 2, **said}).status_code == 200
    assert page.post("/api/schedule/text", {"student": 1, **said}).status_code == 403


def test_a_campaign_goes_out_as_a_file_and_comes_back_as_a_draft(planned: Web) -> None:
    page = planned.staff("headquarters")
    job = page.post("/api/campaigns/autumn/file", {"form": "xlsx"}).json["job"]  # type: ignore[index]
    work(planned, job, campaign_export)
    with page.get(f"/api/documents/{job}") as answer:
        book = answer.data
    assert planned.staff("usher").get(f"/api/documents/{job}").status_code == 404  # it is not the usher's
    sent = page.client.post(
        "/staff/api/campaign-files", data={"file": (io.BytesIO(book), "计划.xlsx")},
        headers={"X-CSRF-Token": page.csrf}, content_type="multipart/form-data",
    )  # fmt: skip
    back = sent.json["job"]  # type: ignore[index]
    work(planned, back, campaign_import)
    result = page.get(f"/api/jobs/{back}").json["result"]  # type: ignore[index]
    assert (result["content"]["code"], result["sites"][0]["code"], result["unit_problems"]) == (
        "autumn",
        "hall",
        [],
    )
    draft = press(page, "save_draft", content={**result["content"], "shots": 5}).json["result"]
    assert draft["problems"] == []
    shown = page.get(f"/api/drafts/{draft['draft']}").json
    assert shown is not None and [change["field"] for change in shown["changes"]] == ["shots"]


def test_mail_is_refused_where_there_is_no_server(planned: Web, make_web: Callable[..., Web]) -> None:
    asked = {"campaign": "autumn", "language": "zh_CN"}
    off = planned.staff("administrator").post("/api/schedule/notices", asked)
    assert (off.status_code, off.json["refusal"]["code"]) == (409, "mail_off")  # type: ignore[index]
    web = make_web(smtp={"host": "127.0.0.1", "security": "none", "from_address": "p@x.example"})
    page = web.staff("administrator")
    assert page.post("/api/schedule/notices", asked).status_code == 200
    with web.desk.database.write() as session:
        session.add(
            OutboxMessage(
                public_id="m1", key="k", kind="slot_notice", to="somebody@x.example", subject="s", body="b",
                attachments=[], state="unsure", error="connection", attempts=1, by="t", created_at=web.desk.now,
            )
        )  # fmt: skip
    told = page.get("/api/outbox")
    assert told.json is not None and told.json["messages"][0]["to"] == "s***@x.example"
    assert "somebody" not in told.text


def test_only_pictures_of_the_opening_come_out_of_the_vault(web: Web) -> None:
    page = web.staff("usher")

    def send(content: bytes) -> Any:
        return page.client.post(
            "/staff/api/opening/pictures", data={"file": (io.BytesIO(content), "a.png")},
            headers={"X-CSRF-Token": page.csrf}, content_type="multipart/form-data",
        )  # fmt: skip

    assert send(b"<svg onload=alert(1)>").json["refusal"]["code"] == "picture_unreadable"
    digest = send(PNG).json["picture"]
    assert page.get(f"/api/opening/pictures/{digest}").status_code == 404  # not signed with it yet
    press(page, "sign_opening_line", "opening", line="approval", picture=digest)
    shown = page.get(f"/api/opening/pictures/{digest}")
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert page.get("/api/opening/pictures/" + "0" * 64).status_code == 404
    lines = page.get("/api/opening").json["lists"][0]["lines"]  # type: ignore[index]
    assert [line["id"] for line in lines if line["holds"]] == ["approval"]


def test_the_kiosk_is_closed_until_the_session_opens(make_web: Callable[..., Web]) -> None:
    web = make_web(opening={"required": True})
    page = web.kiosk()
    assert page.snapshot()["screen"] == "closed"
    opened = press(web.staff("administrator"), "open_session", "opening", campaign="autumn", reason="by phone")
    assert opened.status_code == 200
    assert page.snapshot()["screen"] == "welcome"


def test_late_rows_are_counted_for_the_page(planned: Web) -> None:
    with planned.desk.database.write() as session:
        session.execute(update(Student).where(Student.id == 1).values(late=True))
    found = planned.staff("headquarters").get("/api/plan").json
    assert found is not None and found["late"] == [{"campaign": "autumn", "students": 1}]
