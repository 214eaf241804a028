"""A photo file leaves only when staff granted it, by a link that expires, asks for the number and is counted."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from kiosk.records.registry_tables import CollectedPhoto, CopyRequest, FileLog
from kiosk.records.tables import Audit, Student
from tests.actions.desk import id_number
from tests.web.conftest import JPEG, Page, Web
from tests.web.test_receipt import photographed
from tests.web.test_receipt_check import Phone

TAIL = id_number(1)[-4:]


@pytest.fixture
def phone(web: Web) -> Phone:
    """The phone of a student whose photo counts."""
    found = Phone(web, photographed(web))
    digest = web.site.vault.put(JPEG)
    with web.desk.database.write() as session:
        session.execute(update(CollectedPhoto).values(deliverable_sha256=digest))
    return found


def asked(web: Web) -> str:
    with web.desk.database.read() as session:
        return session.scalars(select(CopyRequest.public_id).order_by(CopyRequest.id.desc())).first() or ""


def decide(staff: Page, request: str, granted: bool = True, **more: object) -> TestResponse:
    content = {"key": "a-press-of-the-office", "granted": granted, **more}
    return staff.post(f"/api/prints/copies/{request}", content)


def fetch(web: Web, link: str, tail: str = TAIL) -> TestResponse:
    """Open the link as a phone does and type the last four characters."""
    client, path = web.app.test_client(), urlsplit(link).path
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    return client.post(path, data={"tail": tail, "csrf_token": token[1] if token else ""})


def state(phone: Phone) -> str:
    found = re.search(r'data-testid="copy" data-state="(\w+)"', phone.look().text)
    return found[1] if found else ""


def test_from_the_phone_to_the_file(phone: Phone) -> None:
    web = phone.web
    assert state(phone) == ""  # not before the last four characters
    assert phone.send("/copy").status_code != 303 and asked(web) == ""
    phone.look()
    phone.send(tail=TAIL)
    assert state(phone) == "none"
    assert phone.send("/copy").status_code == 303
    assert state(phone) == "waiting"
    staff = web.staff("operator")
    (row,) = staff.get("/api/prints?campaign=autumn").json["requests"]  # type: ignore[index]
    assert (row["state"], row["by"], row["id"]) == ("waiting", "phone", asked(web))
    answer = decide(staff, asked(web))
    link = answer.json["link"]  # type: ignore[index]
    assert decide(staff, asked(web)).json["link"] == link  # type: ignore[index]  # the same press again
    with web.desk.database.read() as session:
        kept = session.scalars(select(CopyRequest)).one()
        assert kept.token_sha256 is not None and kept.token_sha256 not in link
        assert link.rsplit("/", 1)[1] not in str([row.detail for row in session.scalars(select(Audit))])
    assert state(phone) == "granted"
    by_phone = phone.send("/copy")
    assert by_phone.data[:2] == JPEG[:2] and by_phone.headers["Cache-Control"] == "no-store"
    by_link = fetch(web, link)
    assert by_link.data == by_phone.data and "attachment" in by_link.headers["Content-Disposition"]
    with web.desk.database.read() as session:
        logged = session.scalars(select(FileLog).where(FileLog.kind == "copy")).all()
        assert [(row.direction, row.reference) for row in logged] == [("out", asked(web))] * 2
        assert session.scalars(select(CopyRequest.downloads)).one() == 2


def granted(web: Web, phone: Phone) -> str:
    phone.send(tail=TAIL)
    phone.look()
    phone.send("/copy")
    return str(decide(web.staff("operator"), asked(web)).json["link"])  # type: ignore[index]


def test_the_end_of_the_number_is_asked_for(phone: Phone) -> None:
    link = granted(phone.web, phone)
    wrong = fetch(phone.web, link, "0000")
    assert wrong.status_code >= 400 and b"\xff\xd8" not in wrong.data
    assert "copy_link_invalid" in wrong.text
    for _ in range(8):
        last = fetch(phone.web, link, "0000")
    assert last.status_code == 429


def test_a_link_expires_and_is_used_up(phone: Phone) -> None:
    web = phone.web
    link = granted(web, phone)
    for _ in range(web.desk.settings.visit.copy_downloads):
        answer = fetch(web, link)
        assert answer.data[:2] == JPEG[:2], answer.text
    assert fetch(web, link).status_code >= 400
    phone.send(tail=TAIL)
    assert state(phone) == "expired"


def test_a_photo_whose_days_are_over_is_neither_granted_nor_fetched(phone: Phone) -> None:
    web = phone.web
    link = granted(web, phone)
    with web.desk.database.write() as session:
        session.execute(update(CollectedPhoto).values(purged_at=web.desk.now))
    answer = fetch(web, link)
    assert answer.status_code >= 400 and "no_photo_that_counts" in answer.text
    with web.desk.database.read() as session:
        assert session.scalars(select(CopyRequest.downloads)).one() == 0
    phone.send(tail=TAIL)
    assert state(phone) == ""
    with web.desk.database.write() as session:
        session.execute(update(CopyRequest).values(decision=None))
    said = decide(web.staff("operator"), asked(web), key="another-press")
    assert said.json["refusal"]["code"] == "no_photo_that_counts"  # type: ignore[index]
    with web.desk.database.write() as session:
        session.execute(delete(CopyRequest))
    phone.send("/copy")
    assert asked(web) == ""


def test_after_its_days_the_link_is_dead(phone: Phone) -> None:
    web = phone.web
    link = granted(web, phone)
    web.desk.now += timedelta(days=web.desk.settings.visit.copy_days, seconds=1)
    answer = web.app.test_client().get(urlsplit(link).path)
    assert answer.status_code >= 400 and "copy_link_expired" in answer.text


def test_an_unknown_link_says_nothing(web: Web) -> None:
    answer = web.app.test_client().get("/c/" + "0" * 64)
    assert answer.status_code >= 400 and "copy_link_invalid" in answer.text


def test_a_refusal_needs_a_reason_and_gives_no_link(phone: Phone) -> None:
    web = phone.web
    phone.send(tail=TAIL)
    phone.look()
    phone.send("/copy")
    staff = web.staff("operator")
    assert decide(staff, asked(web), granted=False).json["refusal"]["code"] == "reason_required"  # type: ignore[index]
    answer = decide(staff, asked(web), granted=False, reason="a reason")
    phone.look()
    assert answer.json["link"] is None  # type: ignore[index]
    assert state(phone) == "refused"
    with web.desk.database.read() as session:
        assert session.scalars(select(CopyRequest)).one().token_sha256 is None
    other = web.staff("administrator")
    again = other.post(f"/api/prints/copies/{asked(web)}", {"key": "another-press-here", "granted": True})
    assert again.json["refusal"]["code"] == "not_now"  # type: ignore[index]


def test_staff_ask_for_a_student_once_and_only_where_a_photo_counts(phone: Phone) -> None:
    web, staff = phone.web, phone.web.staff("operator")
    with web.desk.database.read() as session:
        first, second = session.scalars(select(Student.id).order_by(Student.id).limit(2)).all()

    def ask(student: int, key: str) -> str:
        answer = staff.post("/api/prints/actions/request_copy", {"key": key, "student": student}).json or {}
        return str(answer.get("refusal", {}).get("code", "ok"))

    assert ask(second, "press-0001") == "no_photo_that_counts"
    assert ask(first, "press-0002") == "ok"
    assert ask(first, "press-0003") == "copy_asked"
