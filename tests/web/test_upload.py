"""A photo sent in by phone or by staff, and a delivery: what is kept, what is refused, what is shown to whom."""

from __future__ import annotations

import gc
import io
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kiosk.actions.base import STAFF, SYSTEM, Actor
from kiosk.domain.masking import mask_file
from kiosk.records.registry_tables import UploadLink
from kiosk.records.tables import Job, Student
from tests.actions.desk import id_number
from tests.web.conftest import JPEG, Web
from tests.web.test_receipt import photographed
from tests.web.test_receipt_check import Phone as Receipt

OPERATOR = Actor(STAFF, "li", role="operator")


def link_of(web: Web, student: int = 1) -> str:
    """The address of a new link, made on the tablet."""
    page = web.staff("operator")
    answer = page.post("/api/collection/links", {"student": student, "key": secrets.token_hex(8)})
    assert answer.status_code == 200, answer.text
    return "/u/" + str(answer.json["url"]).rpartition("/")[2]


class Phone:
    """A student's phone with the page open."""

    def __init__(self, web: Web, path: str) -> None:
        self.web, self.path = web, path
        self.client: FlaskClient = web.app.test_client()
        self.page = self.look()

    def look(self) -> TestResponse:
        self.page = self.client.get(self.path, headers={"Accept-Language": "en"})
        return self.page

    def fields(self) -> dict[str, Any]:
        names = ("csrf_token", "key")
        found = {name: re.search(rf'name="{name}" value="([^"]+)"', self.page.text) for name in names}
        return {name: match.group(1) if match else "" for name, match in found.items()}

    def send(self, content: bytes = JPEG, **changes: Any) -> TestResponse:
        data = {**self.fields(), "file": (io.BytesIO(content), "me.jpg"), **changes}
        return self.client.post(self.path, data=data, content_type="multipart/form-data")

    @property
    def state(self) -> str:
        answer = self.client.get(self.path + "/state")
        return str((answer.json or {}).get("state"))


def jobs(web: Web) -> list[Job]:
    with web.desk.database.read() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def uploads(web: Web) -> list[Path]:
    folder = web.desk.settings.data / "uploads"
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def phone(web: Web) -> Phone:
    return Phone(web, link_of(web))


def judged(web: Web, verdict: str, **changes: Any) -> None:
    """What the worker would write of the last upload."""
    job = jobs(web)[-1]
    digest = web.site.vault.put(b"\xff\xd8 made " + job.public_id.encode())
    hint = {
        "code": "eyes_open", "value": 0.1, "unit": "ratio", "low": 0.5, "high": None, "passed": verdict == "pass",
        "hint": "photo.hint.eyes_open",
    }  # fmt: skip
    web.site.decide(
        "keep_collected", key=f"own-photo-{job.public_id}", actor=Actor(SYSTEM, "worker"),
        arguments={
            "photo": job.public_id, "student": 1, "by": job.by, "size": 3, "original_sha256": digest,
            "deliverable_sha256": digest, "making": {}, "evidence": [],
            "judgement": {"profile": "chsi-2017-99", "verdict": verdict, "checks": [hint]}, **changes,
        },
    )  # fmt: skip
    with web.desk.database.write() as session:
        session.scalars(select(Job).where(Job.public_id == job.public_id)).one().state = "done"


def test_a_photo_is_kept_for_the_worker_and_the_page_waits(phone: Phone) -> None:
    assert phone.page.status_code == 200 and phone.state == "empty"
    assert id_number(1) not in phone.page.text and "学生1" not in phone.page.text
    assert phone.send().status_code == 303
    (job,) = jobs(phone.web)
    assert (job.name, job.arguments["student"], phone.state) == ("own_photo", 1, "judging")
    assert [path.read_bytes() for path in uploads(phone.web)] == [JPEG]
    assert uploads(phone.web)[0].stat().st_mode & 0o777 == 0o600
    assert phone.send().status_code == 303  # the same form sent twice: the first one counts
    assert phone.send(key="another press of it").status_code == 409  # the one before is not judged yet
    assert len(jobs(phone.web)) == len(uploads(phone.web)) == 1


def test_the_page_says_what_to_mend_and_then_that_it_is_accepted(phone: Phone) -> None:
    phone.send()
    judged(phone.web, "fail")
    assert phone.state == "failed"
    assert 'data-code="eyes_open"' in phone.look().text
    phone.send()
    judged(phone.web, "pass")
    assert phone.state == "waiting"
    photo = jobs(phone.web)[-1].public_id
    page = phone.web.staff("operator")
    listed = page.get("/api/collection/photos", query_string={"campaign": "autumn"}).json["photos"]
    assert [row["id"] for row in listed] == [photo]
    assert id_number(1) not in str(listed)
    answer = page.post(
        "/api/collection/actions/decide_collected", {"key": "k" * 16, "photos": [photo], "decision": "accept"}
    )
    assert answer.json["result"] == {"decision": "accept", "count": 1}
    assert phone.state == "accepted"
    made = phone.client.get(phone.path + "/photo.jpg")
    assert (made.status_code, made.mimetype) == (200, "image/jpeg")
    counts = {row["mode"]: row["accepted"] for row in page.get("/api/collection").json["modes"]}
    assert counts == {"own": 1, "company": 0, "studio": 0, "kiosk": 0}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_file_that_is_too_large_or_cut_in_the_middle_leaves_nothing(make_web: Callable[..., Web]) -> None:
    web = make_web(collection={"own_photo_mb": 1})
    phone = Phone(web, link_of(web))
    assert phone.send(b"x" * (1024 * 1024 + 1)).status_code == 413
    fields = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in phone.fields().items()
    )
    head = fields + '--edge\r\nContent-Disposition: form-data; name="file"; filename="me.jpg"\r\n\r\n'
    body = head.encode() + JPEG * 100
    answer = phone.client.post(
        phone.path, input_stream=io.BytesIO(body), content_length=len(body) + 5000,
        content_type="multipart/form-data; boundary=edge",
    )  # fmt: skip
    assert answer.status_code in (400, 403)  # what came of the form is not looked at
    assert (jobs(web), uploads(web)) == ([], [])
    del answer
    gc.collect()  # the half file goes here, not in another test


def test_links_end_and_are_kept_as_hashes(phone: Phone) -> None:
    token = phone.path.rpartition("/")[2]
    with phone.web.desk.database.read() as session:
        assert token not in session.scalars(select(UploadLink)).one().token_sha256
    assert phone.client.get("/u/" + "x" * 32).status_code == 409
    newer = Phone(phone.web, link_of(phone.web))
    assert phone.look().status_code == 409 and newer.page.status_code == 200
    form = newer.fields()
    with phone.web.desk.database.write() as session:
        for row in session.scalars(select(UploadLink)):
            row.expires_at = row.expires_at - timedelta(days=30)
    assert newer.look().status_code == 409
    assert newer.send(**form).status_code == 409 and uploads(phone.web) == []


def test_a_form_without_its_token_is_refused(phone: Phone) -> None:
    assert phone.send(csrf_token="").status_code == 403
    assert jobs(phone.web) == []


def test_the_same_press_makes_the_same_link(web: Web) -> None:
    page = web.staff("operator")
    pressed = {"student": 1, "key": "a-press-of-its-own"}
    first, again = (page.post("/api/collection/links", pressed).json for _ in range(2))
    assert first == again and first["qr"].startswith("data:image/svg+xml;base64,")
    assert web.app.test_client().get("/u/" + first["url"].rpartition("/")[2]).status_code == 200


def test_an_opened_receipt_leads_to_a_link(web: Web) -> None:
    receipt = Receipt(web, photographed(web))
    assert receipt.send("/own").status_code == 409  # locked
    receipt.look()
    receipt.unlock()
    answer = receipt.send("/own")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/u/")
    assert receipt.client.get(answer.headers["Location"]).status_code == 200


def test_a_delivery_waits_for_the_worker(web: Web) -> None:
    page = web.staff("operator")
    data = {"campaign": "autumn", "mode": "studio", "source": "城南", "file": (io.BytesIO(b"PK"), "照片.zip")}
    path, headers = "/staff/api/collection/deliveries", {"X-CSRF-Token": page.csrf}
    answer = page.client.post(path, data=data, content_type="multipart/form-data", headers=headers)
    assert answer.status_code == 200, answer.text
    (job,) = jobs(web)
    assert (job.name, job.arguments["mode"], job.arguments["source"]) == ("studio_batch", "studio", "城南")
    bad = {"campaign": "autumn", "mode": "kiosk", "file": (io.BytesIO(b"PK"), "a.zip")}
    assert page.client.post(path, data=bad, content_type="multipart/form-data", headers=headers).status_code == 400


def test_only_those_who_decide_see_the_page(web: Web) -> None:
    for role, status in (("operator", 200), ("administrator", 200), ("usher", 403), ("medic", 403)):
        assert web.staff(role).client.get("/staff/collection").status_code == status
        assert web.staff(role).client.get("/staff/api/collection").status_code == status


def test_who_left_the_roster_has_no_page_any_more(phone: Phone) -> None:
    with phone.web.desk.database.write() as session:
        session.get_one(Student, 1).removed_at = phone.web.desk.now
    assert phone.look().status_code == 409


def test_names_of_files_are_masked() -> None:
    assert mask_file(f"张三_{id_number(1)}.jpg") == f"张*_{id_number(1)[:3]}{'*' * 11}{id_number(1)[-4:]}.jpg"
    assert mask_file("IMG_1.jpg") == "IMG_1.jpg"
    assert mask_file("studio.zip") == "studio.zip"
