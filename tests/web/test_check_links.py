"""Checking by those who were never at a kiosk: their link opens the receipt's page, and is as careful."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from kiosk.domain.queue import day_of
from kiosk.domain.receipts import Result, Summary, photo_nonce, seal_in, token
from kiosk.records import queue
from kiosk.records.receipts import Links
from kiosk.records.registry_tables import CollectedPhoto, CopyRequest, UploadLink
from kiosk.records.tables import Audit, Job, Staff, Student
from kiosk.signing import Signer, unseal
from kiosk.web import last_four, receipts, staff_checks
from tests.actions.desk import id_number
from tests.records.photos import came, digest_of
from tests.web.conftest import Web
from tests.web.test_receipt import photographed
from tests.web.test_receipt_check import Phone, checks
from tests.web.test_upload import Phone as Uploading
from tests.web.test_upload import link_of

MODES = ("studio", "company", "own")


def link(web: Web, photo: str) -> str:
    """The path of a link to the photo, made now."""
    return Links.of(web.desk.settings, web.desk.now).plain(photo).removeprefix(web.desk.settings.public_url)


def checked(web: Web) -> dict[str, int]:
    """What the pages *Checks* and *Progress* count."""
    page = web.staff("administrator")
    counts = page.get("/api/checks").json["progress"][0]
    total = page.post("/api/progress", {"campaign": "autumn"}).json["total"]
    return {
        **{name: counts[name] for name in ("confirmed", "reported", "unchecked")},
        "progress": total["checked"],
    }


@pytest.mark.parametrize("mode", MODES)
def test_whoever_was_never_at_a_kiosk_checks_on_the_same_page(web: Web, mode: str) -> None:
    phone = Phone(web, link(web, came(web.desk, 1, mode, b"\xff\xd8 a picture")))
    assert phone.page.status_code == 200 and "ticket-state-accepted" in phone.page.text
    assert "学**" in phone.page.text and "学生" not in phone.page.text
    assert phone.client.get(phone.path + "/photo.jpg").status_code == 409
    assert phone.send(tail="0000").status_code == 409
    phone.look()
    assert phone.unlock().status_code == 303
    assert "学生1" in phone.page.text and id_number(1) not in phone.page.text
    assert phone.client.get(phone.path + "/photo.jpg").data == b"\xff\xd8 a picture"
    assert checked(web) == {"confirmed": 0, "reported": 0, "unchecked": 1, "progress": 0}
    assert phone.send("/check", answer="right").status_code == 303
    assert 'data-state="confirmed"' in phone.page.text
    assert checked(web) == {"confirmed": 1, "reported": 0, "unchecked": 0, "progress": 1}


def test_what_they_report_stands_in_the_same_list(web: Web) -> None:
    phone = Phone(web, link(web, came(web.desk, 1)))
    phone.unlock()
    phone.send("/check", answer="wrong", field=["name"], note="少一点")
    assert checked(web) == {"confirmed": 0, "reported": 1, "unchecked": 0, "progress": 0}
    staff = web.staff("operator")
    (row,) = staff.get("/api/checks").json["checks"]
    assert (row["fields"], row["note"], row["photo"]) == (["name"], "少一点", True)
    staff.act("resolve_check", reason="已更正", check=row["id"], resolution="corrected")
    assert 'data-state="settled"' in phone.look().text


def test_another_photo_is_checked_anew_on_the_old_link(web: Web) -> None:
    first = came(web.desk, 1, content=b"\xff\xd8 one")
    phone = Phone(web, link(web, first))
    phone.unlock()
    phone.send("/check", answer="right")
    web.desk.later(minutes=1)
    came(web.desk, 1, "company", b"\xff\xd8 two")
    assert checked(web) == {"confirmed": 0, "reported": 0, "unchecked": 1, "progress": 0}
    before = phone.page
    phone.look()
    assert 'data-state="again"' in phone.page.text and 'data-testid="right"' in phone.page.text
    assert phone.client.get(phone.path + "/photo.jpg").data == b"\xff\xd8 two"
    phone.page = before  # looked at before the photo was replaced
    answer = phone.send("/check", answer="wrong", field=["photo"], key="another press")
    assert answer.status_code == 409 and 'data-code="check_other_photo"' in answer.text
    assert len(checks(web)) == 1
    phone.look()
    phone.send("/check", answer="right")
    assert checked(web) == {"confirmed": 1, "reported": 0, "unchecked": 0, "progress": 1}


def test_a_photo_that_turns_out_to_be_somebody_elses_closes_the_page(web: Web) -> None:
    photo = came(web.desk, 1)
    phone = Phone(web, link(web, photo))
    phone.unlock()
    with web.desk.database.write() as session:
        session.scalars(select(CollectedPhoto)).one().student_id = 2
    assert 'data-testid="opened"' not in phone.look().text
    assert phone.unlock().status_code == 409  # by the first one's number


def test_the_first_photo_brought_back_is_still_the_one_that_was_found_right(web: Web) -> None:
    first = came(web.desk, 1, content=b"\xff\xd8 one")
    phone = Phone(web, link(web, first))
    phone.unlock()
    phone.send("/check", answer="right")
    came(web.desk, 1, "company", b"\xff\xd8 two")
    phone.look()
    phone.send("/check", answer="right", key="another press")
    web.desk.staff("replace_photo", photo=first)
    assert 'data-state="confirmed"' in phone.look().text
    assert checked(web) == {"confirmed": 1, "reported": 0, "unchecked": 0, "progress": 1}


def test_an_open_report_stays_one_when_the_photo_is_replaced(web: Web) -> None:
    phone = Phone(web, link(web, came(web.desk, 1)))
    phone.unlock()
    phone.send("/check", answer="wrong", field=["name"])
    came(web.desk, 1)
    assert 'data-state="reported"' in phone.look().text
    assert checked(web)["reported"] == 1
    (row,) = web.staff().get("/api/checks").json["checks"]
    web.staff().act("resolve_check", reason="已更正", check=row["id"], resolution="corrected")
    assert 'data-state="again"' in phone.look().text
    assert checked(web) == {"confirmed": 0, "reported": 0, "unchecked": 1, "progress": 0}


def test_a_kiosks_receipt_shows_the_photo_that_took_its_place(web: Web) -> None:
    phone = Phone(web, photographed(web))
    came(web.desk, 1, content=b"\xff\xd8 two")
    phone.unlock()
    assert phone.client.get(phone.path + "/photo.jpg").data == b"\xff\xd8 two"
    phone.send("/check", answer="right")
    assert checked(web)["progress"] == 1


def test_a_link_to_a_kiosks_photo_shows_its_number(web: Web) -> None:
    receipt_phone = Phone(web, photographed(web))
    with web.desk.database.read() as session:
        photo = session.scalars(select(CollectedPhoto.public_id)).one()
    phone = Phone(web, link(web, photo))
    assert "001" in phone.page.text
    receipt_phone.unlock()
    assert 'data-testid="opened"' not in phone.look().text  # another phone


def test_a_link_ends_with_its_last_day(web: Web) -> None:
    path = link(web, came(web.desk, 1))
    last = day_of(web.desk.now) + timedelta(days=90)
    while day_of(web.desk.now + timedelta(hours=1)) <= last:
        web.desk.later(hours=1)
    assert web.app.test_client().get(path).status_code == 200
    web.desk.later(hours=1)
    answer = web.app.test_client().get(path)
    assert (answer.status_code, 'data-code="receipt_expired"' in answer.text) == (404, True)


def test_a_forged_link_a_photo_of_nobody_and_an_unknown_one_are_all_unknown(web: Web) -> None:
    today, nobody = day_of(web.desk.now), came(web.desk, None, counts=False)
    bad = [
        link(web, nobody), link(web, "0" * 32), "/r/" + token(b"another key", photo_nonce(nobody, today)),
        "/r/" + photo_nonce(came(web.desk, 1), today),
    ]  # fmt: skip
    for path in bad:
        answer = web.app.test_client().get(path)
        assert (answer.status_code, 'data-code="receipt_unknown"' in answer.text) == (404, True), path


def test_a_photo_that_was_taken_back_is_not_called_accepted(web: Web) -> None:
    photo = came(web.desk, 1)
    path = link(web, photo)
    web.desk.staff("reopen_photo", photo=photo)
    assert "ticket-state-with_staff" in web.app.test_client().get(path).text
    web.desk.staff("decide_collected", photos=[photo], decision="reject")
    assert "ticket-state-not_used" in web.app.test_client().get(path).text


def test_receipt_links_and_file_of_a_student_share_one_counter(
    make_web: Callable[..., Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_four, "RATE", "4 per hour")
    web = make_web()
    receipt = photographed(web)
    with web.desk.database.read() as session:
        photo = session.scalars(select(CollectedPhoto.public_id)).one()
    asking = Phone(web, receipt)
    asking.unlock()  # the first try; asks for the file, so that there is a link to it
    asking.send("/copy")
    with web.desk.database.read() as session:
        wanted = session.scalars(select(CopyRequest.public_id)).one()
    granted = {"key": "a-press-of-the-office", "granted": True}
    answer = web.staff("operator").post(f"/api/prints/copies/{wanted}", granted)
    file = urlsplit(answer.json["link"]).path  # type: ignore[index]
    ways = (receipt, link(web, photo), file, link(web, photo))
    assert [Phone(web, path).send(tail="0000").status_code for path in ways] == [409, 409, 409, 429]
    assert Phone(web, receipt).unlock().status_code == 429, "the right one waits like any other"
    assert Phone(web, file).send(tail="0000").status_code == 429
    assert Phone(web, link(web, came(web.desk, 2))).send(tail="0000").status_code == 409, "another student's"


def test_an_accepted_photo_of_ones_own_leads_to_the_check_with_its_seal(web: Web) -> None:
    uploading = Uploading(web, link_of(web))
    assert 'data-testid="check"' not in uploading.page.text
    photo = came(web.desk, 1, "own")
    found = re.search(r'href="([^"]+)" data-testid="check"', uploading.look().text)
    assert found is not None
    content = unseal(Signer.of(web.site.settings).public_key, receipts.PURPOSE, seal_in(found[1]) or "")
    assert content is not None
    until = day_of(web.desk.now) + timedelta(days=90)
    assert Summary.from_bytes(content) == Summary(0, Result.ACCEPTED, until, digest_of(web.desk, photo))
    assert len(found[1]) < 300
    path = found[1].partition("#")[0].removeprefix(web.desk.settings.public_url)
    assert web.app.test_client().get(path).status_code == 200


def test_from_the_link_they_send_in_their_own_photo_and_ask_for_a_file(web: Web) -> None:
    phone = Phone(web, link(web, came(web.desk, 1)))
    assert phone.send("/own").status_code == phone.send("/copy").status_code == 409
    phone.look()
    phone.unlock()
    assert phone.send("/copy").status_code == 303
    assert 'data-state="waiting"' in phone.look().text
    answer = phone.send("/own", key="a press of its own")
    assert answer.status_code == 303 and "/u/" in answer.headers["Location"]
    with web.desk.database.read() as session:
        assert session.scalars(select(UploadLink)).one().student_id == 1


def test_prints_are_handed_out_by_the_link(web: Web) -> None:
    path = link(web, came(web.desk, 1))
    found = web.staff("usher").post("/api/prints/find", {"campaign": "autumn", "q": f"https://x{path}#s"}).json
    assert found is not None and found["scanned"] and len(found["students"]) == 1


def classes(web: Web) -> None:
    """Students 1 to 3 of three classes of two branches have a photo."""
    with web.desk.database.write() as session:
        for number, (branch, name) in {1: ("北", "一班"), 2: ("北", "二班"), 3: ("南", "三班")}.items():
            student = session.get_one(Student, number)
            student.branch, student.class_name = branch, name
    for number in (1, 2, 3):
        came(web.desk, number)


def test_cards_are_ordered_for_a_class_or_for_all(web: Web) -> None:
    classes(web)
    page = web.staff("operator")
    found = page.post("/api/checks/unchecked", {"campaign": "autumn"}).json
    assert found is not None
    assert [(row["branch"], row["class_name"], row["count"]) for row in found["classes"]] == [
        ("北", "一班", 1), ("北", "二班", 1), ("南", "三班", 1),
    ]  # fmt: skip
    wanted = {"branch": "北", "teaching_point": "", "class_name": "一班"}
    job = page.post("/api/checks/cards", {"campaign": "autumn", **wanted}).json["job"]  # type: ignore[index]
    with web.desk.database.read() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        assert (row.name, queue.given(row)) == (
            "check_cards", {"campaign": "autumn", "language": "zh_CN", **wanted},
        )  # fmt: skip
    assert page.post("/api/checks/cards", {"campaign": "none"}).status_code == 409
    assert page.get(f"/api/checks/cards/{job}.pdf").status_code == 404  # not made yet


def test_one_students_card_is_ordered_alone(web: Web) -> None:
    classes(web)
    page = web.staff("operator")
    asked = {"campaign": "autumn", "q": "学生2"}
    found = page.post("/api/checks/unchecked", asked).json
    assert found is not None and [(row["id"], row["student"]["name"]) for row in found["rows"]] == [(2, "学**")]
    assert found["total"] == 1
    job = page.post("/api/checks/cards", {"campaign": "autumn", "student": 2}).json["job"]  # type: ignore[index]
    with web.desk.database.read() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        assert queue.given(row) == {"campaign": "autumn", "language": "zh_CN", "student": 2}
    for nobody in (99, "2", True):
        assert page.post("/api/checks/cards", {"campaign": "autumn", "student": nobody}).status_code == 404
    with web.desk.database.write() as session:
        for member in session.scalars(select(Staff)):
            member.branch = "南"
    assert page.post("/api/checks/unchecked", asked).json["rows"] == []  # type: ignore[index]
    assert page.post("/api/checks/cards", {"campaign": "autumn", "student": 2}).status_code == 403
    assert page.post("/api/checks/cards", {"campaign": "autumn", "student": 3}).status_code == 200


def test_a_search_finds_who_has_not_checked_among_however_many_of_the_name(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes(web)
    monkeypatch.setattr(staff_checks, "MOST", 1)
    found = web.staff("operator").post("/api/checks/unchecked", {"campaign": "autumn", "q": "学生"}).json or {}
    assert (found["total"], len(found["rows"])) == (3, 1), "all are counted, the first are listed"


def test_a_branchs_member_gets_its_cards_alone(web: Web) -> None:
    classes(web)
    page = web.staff("operator", login=web.add_staff("operator"))
    with web.desk.database.write() as session:
        for member in session.scalars(select(Staff)):
            member.branch = "南"
    found = page.post("/api/checks/unchecked", {"campaign": "autumn"}).json
    assert found is not None and [row["branch"] for row in found["classes"]] == ["南"]
    assert page.post("/api/checks/cards", {"campaign": "autumn", "branch": "北"}).status_code == 403
    job = page.post("/api/checks/cards", {"campaign": "autumn"}).json["job"]  # type: ignore[index]
    with web.desk.database.read() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        assert row.arguments["branch"] == "南"


def test_a_branchs_member_sees_settles_and_takes_along_nobody_elses(web: Web) -> None:
    classes(web)
    phone = Phone(web, link(web, came(web.desk, 1)))
    phone.unlock()
    phone.send("/check", answer="wrong", field=["name"])
    page = web.staff("operator")
    (row,) = page.get("/api/checks").json["checks"]
    assert len(page.post("/api/checks/unchecked", {"campaign": "autumn"}).json["rows"]) == 2  # type: ignore[index]
    with web.desk.database.write() as session:
        for member in session.scalars(select(Staff)):
            member.branch = "南"
    told = page.get("/api/checks").json or {}
    (counts,) = told["progress"]
    assert (told["checks"], counts["registered"], counts["reported"], counts["unchecked"]) == ([], 1, 0, 1)
    assert page.get(f"/api/checks/{row['id']}/photo.jpg").status_code == 403
    settle = {"reason": "已更正", "check": row["id"], "resolution": "corrected"}
    assert page.act("resolve_check", **settle).status_code == 403
    silent = page.post("/api/checks/unchecked", {"campaign": "autumn"}).json or {}
    assert (silent["total"], [each["student"]["branch"] for each in silent["rows"]]) == (1, ["南"])
    asked = {"campaign": "autumn", "language": "zh_CN"}
    for path in ("unchecked", "export"):
        assert page.post(f"/api/checks/{path}", {**asked, "branch": "北"}).status_code == 403
    job = page.post("/api/checks/export", asked).json["job"]  # type: ignore[index]
    with web.desk.database.read() as session:
        assert queue.given(session.scalars(select(Job).where(Job.public_id == job)).one()) == {
            **asked,
            "branch": "南",
        }


@pytest.mark.parametrize(("role", "status"), [("usher", 403), ("medic", 403), ("headquarters", 403)])
def test_others_print_no_cards(web: Web, role: str, status: int) -> None:
    assert web.staff(role).post("/api/checks/cards", {"campaign": "autumn"}).status_code == status


def test_what_the_audit_keeps_of_a_check_names_nobody(web: Web) -> None:
    phone = Phone(web, link(web, came(web.desk, 1)))
    phone.unlock()
    phone.send("/check", answer="wrong", field=["name"], note="张三丰")
    with web.desk.database.read() as session:
        (row,) = session.scalars(select(Audit).where(Audit.action == "check_photo"))
        detail: dict[str, Any] = row.detail
    assert (detail["right"], detail["reported"]) == (False, 1)
    assert "张" not in str(detail) and row.visit is None
