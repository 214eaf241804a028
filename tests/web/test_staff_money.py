"""The fees page's calls: who may, what they answer, and that no name or number leaves whole."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select, update

from kiosk.jobs import statement
from kiosk.jobs.context import Context
from kiosk.records.registry_tables import FileLog, Payment
from kiosk.records.tables import Audit, Job, Staff, Student
from tests.actions.desk import id_number
from tests.web.conftest import Page, Web


def listed(page: Page) -> dict[str, object]:
    answer = page.get("/api/money?campaign=autumn")
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def press(page: Page, name: str, key: str = "a-press-of-the-cashier", **values: object) -> dict[str, object]:
    answer = page.post(f"/api/money/actions/{name}", {"key": key, "campaign": "autumn", **values})
    return {"status": answer.status_code, **(answer.json or {})}


def test_a_payment_is_seen_in_the_totals_and_with_the_student(web: Web) -> None:
    page = web.staff("operator")
    empty = listed(page)
    assert (empty["fee"], empty["may"], empty["named"]) == (1500, True, 0)
    (row,) = page.post("/api/money/find", {"campaign": "autumn", "q": "学生1"}).json["students"]  # type: ignore[index]
    assert (row["state"], row["owing"], row["photographed"], row["rows"]) == ("open", True, False, [])
    assert press(page, "record_payment", students=[row["id"]])["status"] == 200
    (row,) = page.post("/api/money/find", {"campaign": "autumn", "q": "学生1"}).json["students"]  # type: ignore[index]
    assert (row["state"], row["rows"][0]["receipt"]) == ("paid", "P-000001")
    now = listed(page)
    assert now["total"]["named"] == {"paid_not_photographed": 1}  # type: ignore[index]
    assert id_number(1) not in str(now) and "学生1" not in str(now)
    everybody = page.post("/api/money/class", {"campaign": "autumn"}).json["students"]  # type: ignore[index]
    assert len(everybody) == 6


def test_headquarters_looks_and_takes_no_money(web: Web) -> None:
    page = web.staff("headquarters")
    assert listed(page)["may"] is False
    assert press(page, "record_payment", students=[1])["status"] == 403
    assert page.post("/api/money/statement", {"campaign": "autumn", "form": "pdf"}).status_code == 200


@pytest.mark.parametrize("role", ["usher", "medic"])
def test_others_see_nothing(web: Web, role: str) -> None:
    page = web.staff(role)
    assert page.get("/money").status_code == 403
    assert page.get("/api/money").status_code == 403
    assert page.post("/api/money/find", {"campaign": "autumn", "q": "学生"}).status_code == 403


def test_only_decisions_about_money_are_pressed_here(web: Web) -> None:
    assert press(web.staff("administrator"), "cancel")["status"] == 404


def test_a_list_waits_for_the_worker(web: Web) -> None:
    page = web.staff("operator")
    data = {"campaign": "autumn", "file": (io.BytesIO("学号,金额\n1,15\n".encode()), "list.csv")}
    answer = page.client.post(
        "/staff/api/money/import", data=data, content_type="multipart/form-data",
        headers={"X-CSRF-Token": page.csrf},
    )  # fmt: skip
    assert answer.status_code == 200
    with web.desk.database.read() as session:
        assert session.scalars(select(Job)).one().name == "payment_import"


def test_a_statement_is_fetched_once_made_and_that_is_written_down(web: Web) -> None:
    page, desk = web.staff("operator"), web.desk
    job = page.post("/api/money/statement", {"campaign": "autumn", "form": "xlsx"}).json["job"]  # type: ignore[index]
    assert page.get(f"/api/money/files/{job}").status_code == 404
    with desk.database.write() as session:
        student = session.scalars(select(Student).limit(1)).one()
        session.add(
            Payment(
                public_id="p" * 32, campaign_id=student.campaign_id, student_id=student.id, kind="paid",
                cents=1500, receipt_number="N1", by="staff:test", at=desk.now,
            )
        )  # fmt: skip
    context = Context(desk.database, desk.settings, job, "staff:li", desk.now, lambda _share: None)
    result = statement.run(context, campaign="autumn", form="xlsx")
    with desk.database.write() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        row.state, row.result = "done", result
    with page.get(f"/api/money/files/{job}") as answer:
        assert answer.status_code == 200 and answer.data[:2] == b"PK"
        assert answer.headers["Cache-Control"] == "no-store"
    with desk.database.read() as session:
        assert session.scalars(select(FileLog.kind)).all() == ["statement"]
        assert session.scalars(select(Audit.action)).all()[-1] == "statement_download"
    assert page.get(f"/api/documents/{job}").status_code == 404  # not by the door of the schedule


def test_a_member_of_one_branch_deals_with_its_students_alone(web: Web) -> None:
    page = web.staff("operator")
    with web.desk.database.write() as session:
        session.execute(update(Staff).values(branch="甲分校"))
        session.execute(update(Student).where(Student.student_number == "2026000000001").values(branch="甲分校"))
    assert [line["branch"] for line in listed(page)["branches"]] == ["甲分校"]  # type: ignore[attr-defined]
    everybody = page.post("/api/money/find", {"campaign": "autumn", "q": "学生"}).json["students"]  # type: ignore[index]
    assert [row["student"]["branch"] for row in everybody] == ["甲分校"]
    assert page.post("/api/money/class", {"campaign": "autumn", "branch": "乙分校"}).status_code == 403
    statement_of = {"campaign": "autumn", "form": "pdf"}
    assert page.post("/api/money/statement", {**statement_of, "branch": "乙分校"}).status_code == 403
    assert page.post("/api/money/statement", statement_of).status_code == 200
    with web.desk.database.read() as session:
        assert session.scalars(select(Job)).one().arguments["branch"] == "甲分校"
        other = session.scalars(select(Student.id).where(Student.branch == "").limit(1)).one()
    assert press(page, "record_payment", students=[other])["status"] == 403
