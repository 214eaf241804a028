"""Staff sessions: log-in, every way in which a session ends, guessing, the first administrator."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk.actions import people
from kiosk.actions.base import SYSTEM, Actor
from kiosk.records.tables import Audit, Staff
from kiosk.web.login import SEEN_SECONDS
from kiosk.web.sessions import LOCK_GRACE_SECONDS
from tests.web.conftest import PASSWORD, Page, Web, found, log_in


def still_in(page: Page) -> bool:
    """Whether the session lives, locked or not; a read that keeps nothing alive."""
    return page.get("/api/snapshot").status_code in (200, 423)


def test_a_wrong_name_and_a_wrong_password_are_told_alike(web: Web) -> None:
    web.add_staff("operator", "li")
    answers = [
        log_in(web.app.test_client(), login, password)
        for login, password in (
            ("li", "not the password"),
            ("nobody", PASSWORD),
            ("", ""),
            ("li' or 1=1", PASSWORD),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert all('data-code="login_failed"' in answer.text for answer in answers)


def test_what_was_typed_as_a_name_is_not_written_down(web: Web) -> None:
    log_in(web.app.test_client(), "my-password-by-mistake", "x")
    with web.desk.database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "log_in")).all()
    assert [row.result for row in rows] == ["login_failed"]
    assert "my-password" not in f"{rows[0].actor}{rows[0].detail}"


def test_a_log_in_starts_a_session_with_a_new_cookie(web: Web) -> None:
    page = web.staff("usher")
    assert page.snapshot()["me"] == {
        "login": "the-usher", "display_name": "Usher", "role": "usher", "language": "zh_CN",
    }  # fmt: skip


def test_an_idle_session_ends_though_its_page_reads_on(web: Web) -> None:
    page = web.staff()
    for _ in range(3):
        web.desk.later(minutes=9)
        assert still_in(page)
    web.desk.later(minutes=4)
    assert not still_in(page)


def test_a_touch_keeps_the_session(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"lock_minutes": 0})
    page = web.staff()
    for _ in range(4):
        web.desk.later(minutes=20)
        assert page.post("/api/awake", {}).status_code == 200
    assert still_in(page)


def test_a_kept_session_is_written_anew_every_few_seconds_not_with_every_press(web: Web) -> None:
    page = web.staff()
    web.desk.later(seconds=SEEN_SECONDS - 1)
    assert "Set-Cookie" not in page.post("/api/awake", {}).headers
    web.desk.later(seconds=1)
    assert "Set-Cookie" in page.post("/api/awake", {}).headers
    assert SEEN_SECONDS + 15 < LOCK_GRACE_SECONDS  # the page says that it was touched every 15 s at most


def test_a_clock_that_was_set_back_leaves_no_session_open_for_longer(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"lock_minutes": 2})
    page = web.staff()
    web.desk.later(minutes=-60)
    assert "Set-Cookie" in page.post("/api/awake", {}).headers, "touched now, not an hour from now"
    web.desk.later(minutes=3)
    assert page.get("/api/snapshot").status_code == 423


def test_no_touch_keeps_a_session_for_ever(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"lock_minutes": 0})
    page = web.staff()
    for _ in range(37):
        web.desk.later(minutes=20)
        page.post("/api/awake", {})
    assert not still_in(page)


def test_an_epoch_that_was_raised_ends_every_session(web: Web) -> None:
    page = web.staff("operator", web.add_staff("operator"))
    people.change(
        web.desk.database, web.desk.settings, key="change-123456", actor=Actor(SYSTEM, "test"),
        login="the-operator", password="another long password",
    )  # fmt: skip
    assert not still_in(page)


def test_a_deactivated_member_is_out_at_once(web: Web) -> None:
    page = web.staff("usher")
    with web.desk.database.write() as session:
        session.scalars(select(Staff).where(Staff.login == "the-usher")).one().active = False
    assert not still_in(page)
    assert page.act("call_next", station="kiosk-1").status_code == 401


def test_a_copy_of_the_cookie_is_worth_nothing_after_log_out(web: Web) -> None:
    page = web.staff()
    cookie = page.client.get_cookie("kiosk_staff")
    assert cookie is not None
    answer = page.client.post("/staff/logout", data={"csrf_token": page.csrf})
    assert answer.headers["Location"] == "/staff/login"
    thief = web.app.test_client()
    thief.set_cookie("kiosk_staff", cookie.value)
    assert thief.get("/staff/api/snapshot").status_code == 401


def test_a_forged_cookie_is_no_session(web: Web) -> None:
    client = web.app.test_client()
    client.set_cookie("kiosk_staff", "eyJfdXNlcl9pZCI6IjE6MSJ9.aaaaaa.bbbbbbbbbbbb")
    assert client.get("/staff/api/snapshot").status_code == 401


def test_guessing_is_slowed_down(make_web: Callable[..., Web]) -> None:
    web = make_web(server={"login_rate": "3 per hour"})
    web.add_staff("operator", "li")
    client = web.app.test_client()
    assert [log_in(client, "li", "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
    elsewhere = {"REMOTE_ADDR": "192.0.2.9"}
    assert log_in(client, "li", PASSWORD, environ_base=elsewhere).status_code == 429  # the name is guarded too
    refused = log_in(client, "li", PASSWORD)
    assert 'data-code="too_many_attempts"' in refused.text


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ("/staff/roster", "/staff/roster"), ("https://evil.example/", "/staff/"), ("//evil.example", "/staff/"),
        ("/staff//evil.example", "/staff/"), ("/staff/\\evil", "/staff/"), ("", "/staff/"), ("/kiosk/", "/staff/"),
    ],
)  # fmt: skip
def test_the_log_in_leads_to_our_own_pages_only(web: Web, wish: str, place: str) -> None:
    web.add_staff("operator", "li")
    client = web.app.test_client()
    token = found(r'name="csrf_token" value="([^"]+)"', client.get("/staff/login"))
    content = {"login": "li", "password": PASSWORD, "csrf_token": token, "next": wish}
    assert client.post("/staff/login", data=content).headers["Location"] == place


def test_a_log_in_without_its_token_is_refused(web: Web) -> None:
    web.add_staff("operator", "li")
    answer = web.app.test_client().post("/staff/login", data={"login": "li", "password": PASSWORD})
    assert answer.status_code == 403


def test_a_page_without_a_session_leads_to_the_log_in_and_back(web: Web) -> None:
    answer = web.app.test_client().get("/staff/roster")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/staff/login?next=/staff/roster")


def setup_form(web: Web, token: str, **changes: str) -> tuple[int, str]:
    """Fill in the set-up form: status and where it leads or what it says."""
    client = web.app.test_client()
    form = client.get(f"/setup/{token}")
    if form.status_code != 200:
        return form.status_code, form.text
    content = {
        "login": "first", "display_name": "First", "password": PASSWORD, "password_again": PASSWORD,
        "csrf_token": found(r'name="csrf_token" value="([^"]+)"', form), **changes,
    }  # fmt: skip
    answer = client.post(f"/setup/{token}", data=content)
    if answer.status_code == 302:
        assert client.get("/staff/people").status_code == 200
    return answer.status_code, answer.headers.get("Location", answer.text)


def test_the_set_up_link_makes_one_administrator_once(web: Web) -> None:
    token = _link(web)
    assert setup_form(web, token) == (302, "/staff/")
    assert setup_form(web, token)[0] == 404
    assert setup_form(web, "guessed")[0] == 404


def test_the_set_up_form_keeps_what_was_typed_but_the_password(web: Web) -> None:
    said = setup_form(web, _link(web), login="管理员", display_name="王老师")[1]
    assert 'value="管理员"' in said and 'value="王老师"' in said and PASSWORD not in said


def test_a_log_in_name_with_capitals_is_the_same_name(web: Web) -> None:
    assert setup_form(web, _link(web), login=" Boss ")[0] == 302
    assert log_in(web.app.test_client(), "BOSS", PASSWORD).status_code == 302


def test_the_bare_address_leads_staff_to_their_page(web: Web) -> None:
    answer = web.app.test_client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/staff/")


def test_an_old_set_up_link_opens_nothing(web: Web) -> None:
    assert setup_form(web, _link(web, timedelta(days=2)))[0] == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "short", "password_again": "short"}, "password_too_short"),
        ({"password_again": "something else"}, "bad_request"),
        ({"login": "With Space"}, "login_malformed"),
        ({"login": "管理员"}, "login_malformed"),
        ({"display_name": ""}, "bad_request"),
    ],
)
def test_a_bad_set_up_form_says_so_and_keeps_the_link(web: Web, changes: dict[str, str], code: str) -> None:
    token = _link(web)
    status, said = setup_form(web, token, **changes)
    assert status in (400, 409) and f'data-code="{code}"' in said
    assert setup_form(web, token)[0] == 302


def _link(web: Web, age: timedelta = timedelta()) -> str:
    """A set-up link that was made `age` ago by the machine's clock, which judges it."""
    web.desk.now = datetime.now(UTC) - age
    token = secrets.token_urlsafe(32)
    web.desk.system("create_setup_link", token_sha256=hashlib.sha256(token.encode()).hexdigest())
    web.desk.now = datetime.now(UTC)
    return token
