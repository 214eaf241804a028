"""What the worker made for a member of staff is fetched by that member alone, and keeps to the member's branch."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk.records import incidents, queue
from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Audit, Job, Staff, Student
from tests.web.conftest import Page, Web

#: Job → how it is ordered, ending of its file, where the file is fetched.
ORDERS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "campaign_export": ("/api/campaigns/autumn/file", {"form": "toml"}, "toml", "/api/documents/{}"),
    "check_cards": ("/api/checks/cards", {}, "pdf", "/api/checks/cards/{}.pdf"),
    "checks_export": ("/api/checks/export", {"language": "en"}, "xlsx", "/api/progress/{}.xlsx"),
    "package_export": ("/api/packages", {}, "zip", "/api/packages/{}.zip"),
    "prints": ("/api/prints", {"what": "list"}, "pdf", "/api/prints/files/{}"),
    "progress_export": ("/api/progress/export", {"language": "en"}, "xlsx", "/api/progress/{}.xlsx"),
    "roster_template": ("/api/roster/template", {"school": "51383"}, "xlsx", "/api/roster/files/{}.xlsx"),
    "slot_documents": (
        "/api/schedule/documents", {"what": "list", "language": "en"}, "pdf", "/api/documents/{}",
    ),
    "statement": ("/api/money/statement", {"form": "pdf"}, "pdf", "/api/money/files/{}"),
}  # fmt: skip
OF_A_BRANCH = sorted(ORDERS.keys() - {"campaign_export", "roster_template"})


def order(web: Web, page: Page, name: str, **more: str) -> str:
    """Order it and do what the worker does; the door to the file."""
    address, content, ending, door = ORDERS[name]
    answer = page.post(address, {"campaign": "autumn", **content, **more})
    assert answer.status_code == 200, answer.text
    job = answer.json["job"]  # type: ignore[index]
    file = web.desk.settings.data / ("packages" if name == "package_export" else "documents") / f"{job}.{ending}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"made")
    parts = [{"name": file.name, "sha256": "00", "bytes": 4}]
    with web.desk.database.write() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        assert row.name == name
        row.state, row.result = "done", {"file": file.name, "parts": parts}
    return door.format(job)


def bind(web: Web, login: str, branch: str) -> None:
    """Bind the account to a branch, by hand."""
    with web.desk.database.write() as session:
        session.execute(update(Staff).where(Staff.login == login).values(branch=branch))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["refusal"]["code"]


@pytest.mark.parametrize("name", ORDERS)
def test_a_file_is_handed_to_whoever_ordered_it_and_to_nobody_else(web: Web, name: str) -> None:
    page, other = web.staff("administrator"), web.staff("administrator", web.add_staff("administrator", "another"))
    door = order(web, page, name)
    assert code_of(other.get(door)) == (404, "not_found")
    with page.get(door) as answer:
        assert (answer.status_code, answer.data) == (200, b"made")
        assert answer.headers["Cache-Control"] == "no-store"
    with web.desk.database.read() as session:
        assert session.scalars(select(FileLog.by)).all() == ["staff:the-administrator"]
        taken = select(Audit.actor).where(Audit.action.endswith("_download"), Audit.result == "done")
        assert session.scalars(taken).all() == ["staff:the-administrator"]


@pytest.mark.parametrize("name", OF_A_BRANCH)
def test_what_was_ordered_of_every_branch_is_not_handed_to_who_is_bound_to_one_since(web: Web, name: str) -> None:
    page = web.staff("administrator")
    door = order(web, page, name)
    bind(web, "the-administrator", "北")
    assert code_of(page.get(door)) == (403, "not_allowed")
    own = order(web, page, name)
    with page.get(own) as answer:
        assert answer.status_code == 200
    bind(web, "the-administrator", "南")
    assert code_of(page.get(own)) == (403, "not_allowed")


def test_how_far_a_job_is_is_told_to_whoever_ordered_it_alone(web: Web) -> None:
    page, other = web.staff("operator"), web.staff("administrator")
    job = page.post("/api/packages", {"campaign": "autumn"}).json["job"]  # type: ignore[index]
    assert page.get(f"/api/jobs/{job}").json["state"] == "queued"  # type: ignore[index]
    assert code_of(other.get(f"/api/jobs/{job}")) == (404, "not_found")
    medic = web.staff("medic")  # whose page follows the report that it ordered
    with web.desk.database.write() as session:
        reports = queue.enqueue(session, incidents.REPORT, "staff:the-medic", visit="x").public_id
    assert medic.get(f"/api/jobs/{reports}").json["state"] == "queued"  # type: ignore[index]


def test_a_branchs_member_makes_and_sees_its_packages_alone(web: Web) -> None:
    everybodys = web.staff("administrator")
    with web.desk.database.write() as session:
        session.execute(update(Student).values(branch="南"))
        session.execute(update(Student).where(Student.id == 1).values(branch="北"))
    order(web, everybodys, "package_export")
    order(web, everybodys, "package_export", branch="北")
    page = web.staff("operator")
    bind(web, "the-operator", "北")
    assert code_of(page.post("/api/packages", {"campaign": "autumn", "branch": "南"})) == (403, "not_allowed")
    order(web, page, "package_export")
    told = page.get("/api/packages").json
    assert told is not None
    assert [(row["branch"], row["mine"]) for row in told["packages"]] == [("北", True), ("北", False)]
    balance = told["balances"][0]
    assert (balance["registered"], balance["branches"], balance["whole"]) == (1, ["北"], False)
    told = everybodys.get("/api/packages").json
    assert told is not None
    assert [(row["branch"], row["mine"]) for row in told["packages"]] == [("北", False), ("北", True), ("", True)]
    assert (told["balances"][0]["registered"], told["balances"][0]["whole"]) == (6, True)


def test_a_rehearsal_is_no_package(web: Web) -> None:
    page = web.staff("operator")
    assert page.post("/api/packages", {"campaign": "autumn", "rehearsal": True}).status_code == 200
    assert page.get("/api/packages").json["packages"] == []  # type: ignore[index]
