"""The lock of a staff page: who is locked out of what, PIN and password, five tries, the server's own clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import cast

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from kiosk.records.tables import Audit, Staff
from kiosk.web.access import rule_of
from kiosk.web.sessions import LOCK_GRACE_SECONDS, TwoCookies
from tests.web.conftest import PASSWORD, Page, Web

PIN = "402719"


def code(answer: object) -> str:
    """The refusal's code of an answer, empty for none."""
    content = getattr(answer, "json", None) or {}
    return str(content.get("refusal", {}).get("code", ""))


def with_pin(web: Web, role: str = "operator") -> Page:
    """A tablet of a member with a PIN."""
    page = web.staff(role)
    assert page.post("/api/account/pin", {"password": PASSWORD, "pin": PIN}).json == {"ok": True, "pin": True}
    return page


def session_of(page: Page) -> str:
    """How the pages of this session call it."""
    app, cookie = page.client.application, page.client.get_cookie("kiosk_staff")
    serializer = cast(TwoCookies, app.session_interface).get_signing_serializer(app)
    if cookie is None or serializer is None:
        return ""
    return hashlib.sha256(serializer.loads(cookie.value).get("sid", "").encode()).hexdigest()[:16]


def unlock(page: Page, secret: str) -> TestResponse:
    """Try to open the page with this."""
    return page.post("/api/unlock", {"session": session_of(page), "secret": secret})


def locked(web: Web) -> Page:
    """A tablet that was locked by its button."""
    page = with_pin(web)
    assert page.post("/api/lock", {"cause": "button"}).status_code == 200
    return page


def history(web: Web, action: str) -> list[tuple[str, dict[str, object]]]:
    """Results and details of that action, oldest first."""
    with web.desk.database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.sequence))
        return [(row.result, dict(row.detail or {})) for row in rows]


def test_a_locked_session_gets_nothing_from_any_address_but_those_of_the_lock(web: Web) -> None:
    page = locked(web)
    with web.app.app_context():
        rules = [(str(rule), rule, rule_of(rule.endpoint)) for rule in web.app.url_map.iter_rules()]
    answered = set()
    for path, rule, access in rules:
        if access is None or access.kind != "staff":
            continue
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x" * 32)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if access.locked:
                answered.add(path)
                continue
            answer = page.client.open(path, method=method, json={} if method == "POST" else None)
            told = answer.status_code == 423 and code(answer) == "session_locked"
            led = answer.status_code == 302 and answer.headers["Location"].startswith("/staff/locked")
            assert told or led or (answer.status_code == 423 and access.page), (path, method, answer.status_code)
    assert answered == {"/staff/api/lock", "/staff/api/unlock", "/staff/locked", "/staff/logout"}


def test_pin_or_password_open_it_and_both_stand_in_the_audit(web: Web) -> None:
    page = locked(web)
    assert unlock(page, PIN).json == {"ok": True, "turn": 1}
    assert page.get("/api/snapshot").status_code == 200
    page.post("/api/lock", {"cause": "idle"})
    assert unlock(page, PASSWORD).json == {"ok": True, "turn": 2}
    assert page.get("/api/snapshot").status_code == 200
    assert history(web, "lock") == [("done", {"cause": "button"}), ("done", {"cause": "idle"})]
    assert history(web, "unlock") == [("done", {"by": "pin"}), ("done", {"by": "password"})]
    with web.desk.database.read() as session:
        stored = session.scalars(select(Staff.pin_hash)).one()
    assert stored is not None and stored.startswith("$argon2id$") and PIN not in stored


def test_a_page_is_not_opened_by_whoever_logged_in_meanwhile(web: Web) -> None:
    page = locked(web)
    assert code(page.post("/api/unlock", {"session": "0" * 16, "secret": PIN})) == "login_required"
    assert page.get("/api/snapshot").status_code == 423


def test_without_a_pin_the_password_opens_it(web: Web) -> None:
    page = web.staff("usher")
    page.post("/api/lock", {"cause": "button"})
    assert code(unlock(page, PIN)) == "pin_wrong"
    assert unlock(page, PASSWORD).status_code == 200


def test_after_five_wrong_tries_the_session_is_over(web: Web) -> None:
    page = locked(web)
    answers = [unlock(page, "000000") for _ in range(5)]
    assert [code(answer) for answer in answers] == ["pin_wrong"] * 4 + ["login_required"]
    assert [(answer.json or {})["refusal"]["args"].get("left") for answer in answers] == [4, 3, 2, 1, None]
    assert unlock(page, PIN).status_code == 401
    assert page.client.get("/staff/").headers["Location"].startswith("/staff/login")
    assert [result for result, _ in history(web, "unlock")] == ["pin_wrong"] * 5


def test_a_right_pin_gives_the_tries_back(web: Web) -> None:
    page = locked(web)
    for _ in range(3):
        for _ in range(4):
            assert code(unlock(page, "000000")) == "pin_wrong"
        assert unlock(page, PIN).status_code == 200
        page.post("/api/lock", {"cause": "button"})


def test_a_copy_of_the_cookie_from_before_is_locked_too(web: Web) -> None:
    page = with_pin(web)
    cookie = page.client.get_cookie("kiosk_staff")
    assert cookie is not None
    page.post("/api/lock", {"cause": "button"})
    thief = web.app.test_client()
    thief.set_cookie("kiosk_staff", cookie.value)
    assert thief.get("/staff/api/snapshot").status_code == 423


def test_the_server_counts_for_itself_and_reads_do_not_keep_it_open(web: Web) -> None:
    page = with_pin(web)
    limit = web.desk.settings.server.lock_minutes * 60 + LOCK_GRACE_SECONDS
    web.desk.later(seconds=limit - 1)
    assert page.get("/api/snapshot").status_code == 200
    web.desk.later(seconds=2)
    assert page.get("/api/snapshot").status_code == 423
    assert code(page.post("/api/awake", {})) == "session_locked"
    assert page.act("call_next", station="kiosk-1").status_code == 423
    assert page.get("/api/snapshot").status_code == 423, "a refused press counted as a touch"
    assert unlock(page, PIN).status_code == 200
    assert page.get("/api/snapshot").status_code == 200


def test_a_touch_keeps_the_page_open(web: Web) -> None:
    page = web.staff()
    for _ in range(4):
        web.desk.later(minutes=2)
        assert page.post("/api/awake", {}).status_code == 200


def test_with_zero_minutes_only_the_button_locks(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"lock_minutes": 0})
    page = web.staff()
    web.desk.later(minutes=20)
    assert page.get("/api/snapshot").status_code == 200
    page.post("/api/lock", {"cause": "button"})
    assert page.get("/api/snapshot").status_code == 423


def test_a_locked_session_still_ends_in_its_time(web: Web) -> None:
    page = locked(web)
    web.desk.later(minutes=web.desk.settings.server.session_minutes + 1)
    assert unlock(page, PIN).status_code == 401


def test_whoever_has_no_session_is_not_told_of_a_lock(web: Web) -> None:
    client = web.app.test_client()
    assert client.get("/staff/locked").headers["Location"].startswith("/staff/login")
    assert client.post("/staff/api/unlock", json={"secret": PIN}).status_code == 401


def test_the_page_of_the_lock_works_without_script_and_leads_back(web: Web) -> None:
    page = locked(web)
    led = page.client.get("/staff/usher")
    assert led.headers["Location"] == "/staff/locked?next=/staff/usher"
    shown = page.client.get(led.headers["Location"])
    assert shown.status_code == 200 and 'name="secret"' in shown.text
    form = {"csrf_token": page.csrf, "next": "/staff/usher"}
    wrong = page.client.post("/staff/locked", data={**form, "secret": "000000"})
    assert wrong.status_code == 403 and 'data-code="pin_wrong"' in wrong.text
    right = page.client.post("/staff/locked", data={**form, "secret": PIN})
    assert right.headers["Location"] == "/staff/usher"
    assert page.client.get("/staff/usher").status_code == 200
    page.post("/api/lock", {"cause": "button"})
    evil = page.client.post("/staff/locked", data={**form, "secret": PIN, "next": "//evil.example"})
    assert evil.headers["Location"] == "/staff/"


def test_a_locked_member_may_log_out(web: Web) -> None:
    page = locked(web)
    assert page.client.post("/staff/logout", data={"csrf_token": page.csrf}).headers["Location"] == "/staff/login"
    assert unlock(page, PIN).status_code == 401


@pytest.mark.parametrize(
    ("pin", "password", "refused"),
    [("12345", PASSWORD, "pin_malformed"), ("abcdef", PASSWORD, "pin_malformed"), ("123456", PASSWORD, "pin_weak"),
     (PIN, "not the password", "login_failed")],
)  # fmt: skip
def test_a_bad_pin_and_a_wrong_password_set_nothing(web: Web, pin: str, password: str, refused: str) -> None:
    page = web.staff()
    assert code(page.post("/api/account/pin", {"password": password, "pin": pin})) == refused
    with web.desk.database.read() as session:
        assert session.scalars(select(Staff.pin_hash)).one() is None


def test_the_password_is_not_guessed_at_the_pin(web: Web) -> None:
    page = web.staff()
    wrong = {"password": "not the password", "pin": PIN}
    assert [code(page.post("/api/account/pin", wrong)) for _ in range(6)] == ["login_failed"] * 5 + [
        "too_many_attempts"
    ]


def test_a_pin_is_removed_by_its_owner_and_by_a_new_password_of_the_administrator(web: Web) -> None:
    page = with_pin(web)
    assert page.post("/api/account/pin", {"password": PASSWORD, "pin": ""}).json == {"ok": True, "pin": False}
    page.post("/api/account/pin", {"password": PASSWORD, "pin": PIN})
    boss = web.staff("administrator")
    assert boss.post("/api/people/the-operator", {"password": "another long password"}).status_code == 200
    with web.desk.database.read() as session:
        assert session.scalars(select(Staff.pin_hash).where(Staff.login == "the-operator")).one() is None
