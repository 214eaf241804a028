"""Checking on the phone: the last four characters open picture and data; what the student says reaches staff."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kiosk.domain.queue import day_of
from kiosk.domain.receipts import Result, Summary, seal_in
from kiosk.records.registry_tables import CollectedPhoto, StudentCheck
from kiosk.records.tables import Campaign
from kiosk.signing import Signer, unseal
from kiosk.web import last_four, receipt, receipts
from tests.actions.desk import id_number
from tests.web.conftest import Web
from tests.web.test_receipt import photographed


class Phone:
    """A student's phone with the receipt's address."""

    def __init__(self, web: Web, path: str) -> None:
        self.web, self.path = web, path
        self.client: FlaskClient = web.app.test_client()
        self.page = self.look()

    def look(self) -> TestResponse:
        self.page = self.client.get(self.path, headers={"Accept-Language": "en"})
        return self.page

    def send(self, path: str = "", **fields: Any) -> TestResponse:
        seen = {
            name: re.search(rf'name="{name}" value="([^"]+)"', self.page.text)
            for name in ("csrf_token", "key", "photo")
        }
        content = {**{name: found.group(1) if found else "" for name, found in seen.items()}, **fields}
        answer = self.client.post(self.path + path, data=content)
        self.page = self.look() if answer.status_code == 303 else answer
        return answer

    def unlock(self) -> TestResponse:
        return self.send(tail=id_number(1)[-4:].lower())


@pytest.fixture
def phone(web: Web) -> Phone:
    return Phone(web, photographed(web))


def checks(web: Web) -> list[StudentCheck]:
    with web.site.database.read() as session:
        return list(session.scalars(select(StudentCheck).order_by(StudentCheck.id)))


def test_the_last_four_characters_open_picture_and_data(phone: Phone) -> None:
    assert phone.client.get(phone.path + "/photo.jpg").status_code != 200
    assert phone.unlock().status_code == 303
    assert 'data-testid="opened"' in phone.page.text and "学生" in phone.page.text
    assert id_number(1) not in phone.page.text
    digest = phone.web.site.vault.put(b"\xff\xd8 a picture")

    def put(session: Any) -> None:
        session.scalars(select(CollectedPhoto)).one().deliverable_sha256 = digest

    phone.web.site.write(put)
    picture = phone.client.get(phone.path + "/photo.jpg")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert picture.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("tail", ["", "0000", "12", "X" * 40, "\u202e123", id_number(2)[-5:]])
def test_anything_else_opens_nothing(phone: Phone, tail: str) -> None:
    answer = phone.send(tail=tail)
    assert answer.status_code == 409 and 'data-code="receipt_locked"' in answer.text
    assert 'data-testid="opened"' not in answer.text
    assert phone.client.get(phone.path + "/photo.jpg").status_code == 409


def test_it_closes_by_itself(phone: Phone) -> None:
    phone.unlock()
    phone.web.desk.now += timedelta(minutes=receipt.OPEN_MINUTES)
    assert 'data-testid="opened"' not in phone.look().text
    assert phone.client.get(phone.path + "/photo.jpg").status_code == 409


def test_trying_the_last_four_is_slowed_down_for_the_receipt_whoever_tries(
    make_web: Callable[..., Web], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_four, "RATE", "2 per hour")
    web = make_web()
    path = photographed(web)
    assert [Phone(web, path).send(tail="0000").status_code for _ in range(3)] == [409, 409, 429]


def test_one_receipt_opens_no_other(phone: Phone) -> None:
    phone.unlock()
    other = phone.path[:-1] + ("A" if phone.path[-1] != "A" else "B")
    assert phone.client.get(other + "/photo.jpg").status_code == 404


def test_what_the_student_confirms_is_kept_once(phone: Phone) -> None:
    phone.unlock()
    old = phone.page
    assert phone.send("/check", answer="right").status_code == 303
    assert 'data-state="confirmed"' in phone.page.text
    phone.page = old
    phone.send("/check", answer="right")  # the same press again
    (kept,) = checks(phone.web)
    assert (kept.confirmed, kept.fields, kept.resolved_at is not None) == (True, [], True)


def test_what_is_wrong_reaches_staff_and_the_newest_word_counts(phone: Phone) -> None:
    phone.unlock()
    phone.send("/check", answer="wrong", field=["name", "photo"], note="<b>少一个字</b>")
    assert 'data-state="reported"' in phone.page.text and "<b>" not in phone.page.text
    phone.send("/check", answer="wrong", field=["major_name"])
    first, second = checks(phone.web)
    assert (first.fields, first.resolution) == (["name", "photo"], "replaced")
    assert (second.fields, second.resolved_at) == (["major_name"], None)
    boss = phone.web.staff()
    listed = boss.get("/api/checks").json["checks"]
    assert [(row["fields"], row["id"]) for row in listed] == [(["major_name"], second.public_id)]
    assert id_number(1) not in str(listed)
    boss.act("resolve_check", reason="已更正", check=second.public_id, resolution="corrected")
    assert boss.get("/api/checks").json["checks"] == []
    assert 'data-state="settled"' in phone.look().text


@pytest.mark.parametrize("fields", [{}, {"field": ["password"]}, {"field": ["name"], "answer": "right"}])
def test_a_bent_report_is_refused_and_writes_nothing(phone: Phone, fields: dict[str, Any]) -> None:
    phone.unlock()
    answer = phone.send("/check", **{"answer": "wrong", **fields})
    if fields.get("answer") == "right":  # ticks under a pressed "right" are not meant
        assert answer.status_code == 303
    else:
        assert answer.status_code == 400 and checks(phone.web) == []


def test_a_report_without_a_tick_is_asked_for_one_and_keeps_its_note(phone: Phone) -> None:
    phone.unlock()
    answer = phone.send("/check", answer="wrong", note="少一点 <b>")
    assert answer.status_code == 400 and checks(phone.web) == []
    assert 'data-code="check_what"' in answer.text and "<details open" in answer.text
    assert "少一点 &lt;b&gt;</textarea>" in answer.text


def test_after_the_deadline_nothing_is_taken(phone: Phone) -> None:
    def over(session: Any) -> None:
        session.scalars(select(Campaign)).first().check_until = day_of(phone.web.desk.now) - timedelta(days=1)

    phone.web.site.write(over)
    phone.unlock()
    assert 'data-testid="right"' not in phone.page.text
    assert phone.send("/check", answer="right", key="k" * 32).status_code in (400, 403, 409)
    assert checks(phone.web) == []


def test_a_form_without_its_token_is_refused(phone: Phone) -> None:
    answer = phone.client.post(phone.path, data={"tail": id_number(1)[-4:]})
    assert answer.status_code == 403


def test_the_code_on_the_screen_carries_a_genuine_summary(web: Web) -> None:
    path = photographed(web)
    with web.site.database.read() as session:
        found = receipt.receipt_card.find(web.site, session, path.removeprefix("/r/"))
        url = receipts.with_seal(web.site.settings, session, found.visit, "http://x" + path)
        digest = found.photo.deliverable_sha256
    content = unseal(Signer.of(web.site.settings).public_key, receipts.PURPOSE, seal_in(url) or "")
    assert content is not None
    until = day_of(web.desk.now + timedelta(days=90))
    assert Summary.from_bytes(content) == Summary(1, Result.ACCEPTED, until, str(digest))
    assert len(url) < 300  # a phone reads it at arm's length


def test_what_the_phone_keeps_holds_nobody(web: Web) -> None:
    answer = web.app.test_client().get("/r/offline")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    worker = web.app.test_client().get("/r/worker.js")
    assert (worker.status_code, worker.mimetype) == (200, "text/javascript")
