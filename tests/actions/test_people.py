"""Staff accounts: the first administrator, log-in, changes that end sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from kiosk.actions import people
from kiosk.actions.base import STAFF, SYSTEM, Actor
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.records.tables import Audit, Decision, SetupLink, Staff
from tests.actions.desk import Desk

PASSWORD = "a long password"
ROOT = Actor(STAFF, "root", "administrator")


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 with the least work: what is tested here is who gets in, not how long it takes."""
    monkeypatch.setattr(people, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    people._decoy.cache_clear()
    yield
    people._decoy.cache_clear()


def refused(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code is code)


def set_up(desk: Desk, token: str | None, login: str = "root", password: str = PASSWORD) -> None:
    people.set_up(
        desk.database, desk.settings, key=f"set-up-{login}-{next(desk.keys)}", token=token or "", login=login,
        display_name="Root", password=password,
    )  # fmt: skip


def add(desk: Desk, login: str, role: str = "operator", password: str = PASSWORD) -> None:
    people.add(
        desk.database, desk.settings, key=f"add-{login}-{role}", actor=ROOT, login=login, display_name=login,
        role=role, password=password,
    )  # fmt: skip


def change(desk: Desk, login: str, actor: Actor = ROOT, **changes: object) -> None:
    key = f"change-{login}-{sorted(changes)}-{next(desk.keys)}"[:60]
    people.change(desk.database, desk.settings, key=key, actor=actor, login=login, **changes)


def staff(desk: Desk, login: str) -> Staff:
    with desk.database.read() as session:
        found = queries.staff(session, login)
        assert found is not None
        return found


def test_the_link_makes_one_administrator_once(desk: Desk) -> None:
    token = people.setup_link(desk.database, desk.settings)
    other = people.setup_link(desk.database, desk.settings)
    set_up(desk, token)
    assert (staff(desk, "root").role, staff(desk, "root").active) == ("administrator", True)
    for again in (token, other):
        with refused(Code.SETUP_LINK_INVALID):
            set_up(desk, again, "second")
    assert people.setup_link(desk.database, desk.settings) is None


def test_a_wrong_or_old_link_makes_nobody(desk: Desk) -> None:
    token = people.setup_link(desk.database, desk.settings)
    with refused(Code.SETUP_LINK_INVALID):
        set_up(desk, "guessed")
    with desk.database.write() as session:
        for link in session.query(SetupLink):
            link.expires_at -= timedelta(hours=25)
    with refused(Code.SETUP_LINK_INVALID):
        set_up(desk, token)
    assert desk.count(Staff) == 0


def test_only_hashes_are_kept(desk: Desk) -> None:
    token = people.setup_link(desk.database, desk.settings)
    assert token is not None
    set_up(desk, token)
    with desk.database.read() as session:
        rows = [str(vars(row)) for table in (Audit, Decision, SetupLink, Staff) for row in session.query(table)]
    told = "\n".join(rows)
    assert token not in told and PASSWORD not in told
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() not in told
    assert staff(desk, "root").password_hash.startswith("$argon2id$")


def test_log_in(desk: Desk) -> None:
    add(desk, "li")
    found = people.log_in(desk.database, desk.settings, " LI ", PASSWORD)
    assert found == {"login": "li", "display_name": "li", "role": "operator", "language": "zh_CN", "epoch": 1}
    assert staff(desk, "li").last_login_at is not None


@pytest.mark.parametrize(("login", "password"), [("li", "wrong"), ("nobody", PASSWORD), ("li", ""), ("", "")])
def test_a_failed_log_in_is_history_without_what_was_typed(desk: Desk, login: str, password: str) -> None:
    add(desk, "li")
    with refused(Code.LOGIN_FAILED):
        people.log_in(desk.database, desk.settings, login, password)
    with desk.database.read() as session:
        last = queries.audit_page(session)[0]
    assert (last.action, last.result) == ("log_in", "login_failed")
    assert last.actor == ("staff:li" if login == "li" else "system:login")


def test_an_unknown_name_costs_a_hash_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            checked.append(str(hash)[:10])
            return super().verify(hash, password)

    monkeypatch.setattr(people, "HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    with refused(Code.LOGIN_FAILED):
        people.log_in(desk.database, desk.settings, "nobody", PASSWORD)
    assert checked == ["$argon2id$"]


def test_a_weaker_hash_is_renewed_at_log_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    add(desk, "li")
    before = staff(desk, "li").password_hash
    monkeypatch.setattr(people, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    people.log_in(desk.database, desk.settings, "li", PASSWORD)
    assert staff(desk, "li").password_hash != before
    people.log_in(desk.database, desk.settings, "li", PASSWORD)


@pytest.mark.parametrize("changes", [{"role": "usher"}, {"active": False}, {"password": "another password"}])
def test_a_change_of_rights_ends_the_sessions(desk: Desk, changes: dict[str, object]) -> None:
    add(desk, "root", "administrator")
    add(desk, "li")
    change(desk, "li", **changes)
    assert staff(desk, "li").epoch == 2


def test_a_new_display_name_ends_nothing(desk: Desk) -> None:
    add(desk, "root", "administrator")
    add(desk, "li")
    change(desk, "li", display_name="李老师", language="en")
    assert (staff(desk, "li").epoch, staff(desk, "li").display_name) == (1, "李老师")


def test_whoever_was_deactivated_does_not_get_in(desk: Desk) -> None:
    add(desk, "root", "administrator")
    add(desk, "li")
    change(desk, "li", active=False)
    with refused(Code.LOGIN_FAILED):
        people.log_in(desk.database, desk.settings, "li", PASSWORD)


def test_somebody_is_always_left_to_administrate(desk: Desk) -> None:
    add(desk, "root", "administrator")
    for changes in ({"active": False}, {"role": "usher"}):
        with refused(Code.NOT_ALLOWED):
            change(desk, "root", **changes)
    add(desk, "second", "administrator")
    change(desk, "root", active=False)
    with refused(Code.NOT_ALLOWED):
        change(desk, "second", role="medic")


def test_only_administrators_make_accounts(desk: Desk) -> None:
    with refused(Code.NOT_ALLOWED):
        people.add(
            desk.database, desk.settings, key="by-an-usher", actor=Actor(STAFF, "wu", "usher"), login="li",
            display_name="li", role="administrator", password=PASSWORD,
        )  # fmt: skip
    with refused(Code.NOT_FOUND):
        change(desk, "nobody", role="usher")


@pytest.mark.parametrize("login", ["", "L", "李", "li li", "-li", "x" * 41])
def test_log_in_names_are_plain(desk: Desk, login: str) -> None:
    with refused(Code.LOGIN_MALFORMED):
        add(desk, login)


def test_names_are_taken_once(desk: Desk) -> None:
    add(desk, "li")
    with refused(Code.NAME_TAKEN):
        add(desk, "li", "usher")


@pytest.mark.parametrize(("password", "code"), [("short", Code.PASSWORD_TOO_SHORT), ("x" * 201, Code.BAD_REQUEST)])
def test_passwords_have_their_length(desk: Desk, password: str, code: Code) -> None:
    with refused(code):
        add(desk, "li", password=password)


def test_the_own_password_asks_for_the_old_one(desk: Desk) -> None:
    add(desk, "li")
    me = Actor(STAFF, "li", "operator")
    with refused(Code.LOGIN_FAILED):
        people.change_password(
            desk.database, desk.settings, key="wrong-old", actor=me, password="no", new_password=PASSWORD + "2"
        )
    people.change_password(
        desk.database, desk.settings, key="right-old", actor=me, password=PASSWORD, new_password=PASSWORD + "2"
    )
    assert staff(desk, "li").epoch == 2
    people.log_in(desk.database, desk.settings, "li", PASSWORD + "2")


def test_the_command_line_decides_as_the_system(desk: Desk) -> None:
    people.add(
        desk.database, desk.settings, key="from-the-shell", actor=Actor(SYSTEM, "command"), login="root",
        display_name="Root", role="administrator", password=PASSWORD,
    )  # fmt: skip
    assert staff(desk, "root").role == "administrator"
