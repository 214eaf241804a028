"""Files in and out: uploads under random names and limits, packages for few and written down."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from kiosk.records import queue
from kiosk.records.tables import Audit, Job
from tests.web.conftest import Page, Web


def upload(page: Page, content: bytes, name: str = "roster.xlsx", **fields: Any) -> TestResponse:
    """Send a roster as the page does."""
    data = {"campaign": "autumn", "skip_bad_rows": "false", **fields, "file": (io.BytesIO(content), name)}
    return page.client.post(
        "/staff/api/roster", data=data, content_type="multipart/form-data", headers={"X-CSRF-Token": page.csrf}
    )


def test_an_upload_waits_for_the_worker_under_a_random_name(web: Web) -> None:
    page = web.staff("operator")
    answer = upload(page, b"PK workbook", "../../名单 2026.xlsx", skip_bad_rows="true")
    job = page.get(f"/api/jobs/{answer.json['job']}").json
    assert (job["name"], job["state"], job["error"], job["refusal"]) == ("roster_import", "queued", None, None)
    with web.desk.database.read() as session:
        arguments = session.query(Job).one().arguments
    assert arguments["file_name"] == "名单 2026.xlsx" and arguments["skip_bad_rows"] is True
    file = web.desk.settings.data / "uploads" / arguments["upload"]
    assert file.read_bytes() == b"PK workbook"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (b"", {}, "file_empty"),
        (b"PK", {"campaign": "none"}, "no_campaign"),
        (b"PK", {"campaign": ""}, "no_campaign"),
    ],
)
def test_a_bad_upload_leaves_nothing(web: Web, content: bytes, fields: dict[str, str], code: str) -> None:
    answer = upload(web.staff("operator"), content, **fields)
    assert answer.json["refusal"]["code"] == code
    folder = web.desk.settings.data / "uploads"
    assert not folder.exists() or not list(folder.iterdir())
    assert web.desk.count(Job) == 0


def test_an_upload_beyond_the_limit_is_refused(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"upload_mb": 1})
    page = web.staff("operator")
    edge = b"\r\n--edge--\r\n"
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    answer = page.client.post(
        "/staff/api/roster", data=head + b"x" * (1024 * 1024 + 1) + edge,
        content_type="multipart/form-data; boundary=edge", headers={"X-CSRF-Token": page.csrf},
    )  # fmt: skip
    assert (answer.status_code, answer.json["refusal"]["code"]) == (413, "file_too_large")
    assert answer.json["refusal"]["args"] == {"limit_mb": 1.0}


def test_an_upload_without_a_file_is_malformed(web: Web) -> None:
    page = web.staff("operator")
    answer = page.client.post(
        "/staff/api/roster", data={"campaign": "autumn"}, content_type="multipart/form-data",
        headers={"X-CSRF-Token": page.csrf},
    )  # fmt: skip
    assert (answer.status_code, answer.json["refusal"]["args"]) == (400, {"what": "file"})


def test_who_may_not_upload_is_refused_before_the_file_is_kept(web: Web) -> None:
    assert upload(web.staff("usher"), b"PK").status_code == 403
    assert not (web.desk.settings.data / "uploads").exists()


def finish(web: Web, job: str, content: bytes) -> None:
    """What the worker does."""
    folder = web.desk.settings.data / queue.PACKAGES
    folder.mkdir(exist_ok=True)
    (folder / f"{job}.zip").write_bytes(content)
    with web.desk.database.write() as session:
        row = session.query(Job).filter_by(public_id=job).one()
        row.state, row.progress, row.result = (
            "done",
            1.0,
            {
                "registered": 6,
                "exported": 0,
                "missing": {},
                "bytes": 3,
                "parts": [{"name": f"{job}.zip", "sha256": "00", "bytes": 3}],
            },
        )


def test_a_package_is_made_fetched_and_its_taker_written_down(web: Web) -> None:
    page = web.staff("operator")
    job = page.post("/api/packages", {"campaign": "autumn"}).json["job"]
    assert page.get(f"/api/packages/{job}.zip").status_code == 404  # not yet
    finish(web, job, b"PK\x03")
    with page.get(f"/api/packages/{job}.zip") as answer:
        assert answer.data == b"PK\x03"
        assert answer.headers["Content-Disposition"] == "attachment; filename=autumn.zip"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with web.desk.database.read() as session:
        row = session.query(Audit).order_by(Audit.sequence.desc()).first()
        assert row is not None
        assert (row.action, row.actor, row.detail) == (
            "package_download", "staff:the-operator", {"job": job, "campaign": "autumn", "part": 1},
        )  # fmt: skip
    assert page.get("/api/packages").json["packages"][0]["state"] == "done"


@pytest.mark.parametrize("part", ["0", "2", "-1", "x", "1e9"])
def test_a_part_that_was_not_made_is_not_there(web: Web, part: str) -> None:
    page = web.staff("operator")
    job = page.post("/api/packages", {"campaign": "autumn"}).json["job"]
    finish(web, job, b"PK\x03")
    answer = page.get(f"/api/packages/{job}.zip", query_string={"part": part})
    assert answer.status_code == (200 if part in ("x", "1e9") else 404)  # no number at all means the first
    answer.close()


def test_what_is_ordered_reaches_the_worker_and_nothing_else(web: Web) -> None:
    page = web.staff("operator")
    wanted = {"campaign": "autumn", "branch": "金凤", "dbf": True, "part_mb": 20, "recipient": "age1x"}
    page.post("/api/packages", {**wanted, "rehearsal": False, "out": "/etc/passwd"})
    with web.desk.database.read() as session:
        job = session.query(Job).one()
        assert queue.given(job) == wanted
        assert job.arguments[queue.MACHINE] == web.site.station_name  # where the package will be fetched


@pytest.mark.parametrize("size", [0, -1, "20", 1.5, True, 10**9])
def test_a_part_size_that_is_none_is_refused(web: Web, size: object) -> None:
    answer = web.staff("operator").post("/api/packages", {"campaign": "autumn", "part_mb": size})
    assert answer.status_code == 400 and web.desk.count(Job) == 0


def test_a_package_of_an_unknown_campaign_is_not_made(web: Web) -> None:
    answer = web.staff("operator").post("/api/packages", {"campaign": "none"})
    assert answer.json["refusal"]["code"] == "no_campaign" and web.desk.count(Job) == 0


def test_no_other_jobs_files_are_fetched(web: Web) -> None:
    page = web.staff("operator")
    job = upload(page, b"PK").json["job"]
    finish(web, job, b"PK\x03")
    assert page.get(f"/api/packages/{job}.zip").status_code == 404
    assert page.get("/api/packages/..%2F..%2Fkiosk.zip").status_code == 404


def test_a_failed_job_says_why_in_the_members_language(web: Web) -> None:
    page = web.staff("operator")
    job = upload(page, b"PK").json["job"]
    with web.desk.database.write() as session:
        row = session.query(Job).one()
        row.state, row.error, row.result = "failed", "file_not_a_workbook", {"args": {}}
    seen = page.get(f"/api/jobs/{job}").json
    assert (seen["state"], seen["refusal"]["code"]) == ("failed", "file_not_a_workbook")
    assert seen["refusal"]["staff"]
