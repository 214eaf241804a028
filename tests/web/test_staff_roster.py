"""The roster doctor over HTTP: who may, what is queued, which files may be fetched, an upload that breaks off."""

from __future__ import annotations

import gc
import io
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from kiosk.records.registry_tables import FileLog
from kiosk.records.tables import Audit, Job
from tests.web.conftest import Page, Web


def send(page: Page, way: str, **fields: Any) -> TestResponse:
    """Upload a file as the page does."""
    data = {"campaign": "autumn", **fields, "file": (io.BytesIO(b"PK workbook"), "名单.xlsx")}
    return page.client.post(
        f"/staff/api/roster{way}",
        data=data,
        content_type="multipart/form-data",
        headers={"X-CSRF-Token": page.csrf},
    )


def finish(web: Web, job: str, **result: Any) -> None:
    """What the worker does."""
    folder = web.desk.settings.data / "documents"
    folder.mkdir(exist_ok=True)
    if result.get("file"):
        (folder / result["file"]).write_bytes(b"PK made")
    with web.desk.database.write() as session:
        row = session.query(Job).filter_by(public_id=job).one()
        row.state, row.result = "done", result


@pytest.mark.parametrize(
    ("way", "name", "wanted"),
    [
        ("/check", "roster_check", {"skip_bad_rows": False, "complete": True, "language": "zh_CN"}),
        ("/compare", "roster_compare", {}),
        ("", "roster_import", {"skip_bad_rows": False, "complete": True, "confirm": "0" * 32}),
    ],
)
def test_each_way_is_a_job_of_its_own(web: Web, way: str, name: str, wanted: dict[str, Any]) -> None:
    answer = send(web.staff("operator"), way, complete="true", confirm="0" * 32 if not way else "")
    with web.desk.database.read() as session:
        job = session.query(Job).one()
    assert (job.public_id, job.name) == (answer.json["job"], name)
    assert {key: job.arguments[key] for key in wanted} == wanted


@pytest.mark.parametrize("role", ["usher", "medic", "headquarters"])
@pytest.mark.parametrize("way", ["/check", "/compare"])
def test_only_who_may_import_may_check(web: Web, role: str, way: str) -> None:
    assert send(web.staff(role), way).status_code == 403
    assert web.desk.count(Job) == 0


def test_a_marked_copy_is_fetched_by_few_and_written_down(web: Web) -> None:
    page = web.staff("operator")
    job = send(page, "/check").json["job"]
    assert page.get(f"/api/roster/files/{job}.xlsx").status_code == 404  # not done yet
    finish(web, job, file=f"{job}.xlsx")
    answer = page.get(f"/api/roster/files/{job}.xlsx")
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"PK made", "no-store")
    answer.close()
    with web.desk.database.read() as session:
        log = session.scalars(select(FileLog).where(FileLog.direction == "out")).one()
        assert (log.kind, log.campaign, log.bytes) == ("roster-findings", "autumn", 7)
        last = session.scalars(select(Audit).order_by(Audit.sequence.desc()).limit(1)).one()
        assert (last.action, last.detail["what"]) == ("document_download", "roster-findings")
    assert web.staff("usher").get(f"/api/roster/files/{job}.xlsx").status_code == 403


def test_no_file_of_another_job_is_given_away(web: Web) -> None:
    page = web.staff("operator")
    job = send(page, "/compare").json["job"]
    finish(web, job, file=f"{job}.xlsx")
    assert page.get(f"/api/roster/files/{job}.xlsx").status_code == 404
    check = send(page, "/check").json["job"]
    finish(web, check, file="")
    assert page.get(f"/api/roster/files/{check}.xlsx").status_code == 404


def test_a_template_is_made_for_a_known_school_code(web: Web) -> None:
    page = web.staff("administrator")
    job = page.post("/api/roster/template", {"school": "51383"}).json["job"]
    finish(web, job, file=f"{job}.xlsx", school="51383")
    answer = page.get(f"/api/roster/files/{job}.xlsx")
    assert "51383-roster-template.xlsx" in answer.headers["Content-Disposition"] and answer.data == b"PK made"
    answer.close()
    assert page.post("/api/roster/template", {"school": "10001"}).json["refusal"]["code"] == "bad_request"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # werkzeug's half of a file
def test_an_upload_that_breaks_off_keeps_nothing(web: Web) -> None:
    page = web.staff("operator")
    cut = (
        b'--edge\r\nContent-Disposition: form-data; name="campaign"\r\n\r\nautumn\r\n--edge\r\n'
        b'Content-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\nPK half of it'
    )
    answer = page.client.post(
        "/staff/api/roster/check", data=cut, content_type="multipart/form-data; boundary=edge",
        headers={"X-CSRF-Token": page.csrf},
    )  # fmt: skip
    assert answer.json["ok"] is False
    folder = web.desk.settings.data / "uploads"
    assert (not folder.exists() or not list(folder.iterdir())) and web.desk.count(Job) == 0
    gc.collect()
