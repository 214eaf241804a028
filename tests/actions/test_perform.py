"""One decision, one transaction, one audit row, one key."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

import kiosk.actions
from kiosk.actions.base import BRIDGE, KIOSK, REGISTRY, STAFF, SYSTEM, Actor, find, perform
from kiosk.domain.refusals import Code, Refusal
from kiosk.i18n import LANGUAGES, catalog
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.tables import Decision, Visit
from tests.actions.desk import NINGXIA, Desk, settings_for


def refused(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code is code)


def test_every_action_is_in_the_catalogue_and_has_its_own_file() -> None:
    find("begin")
    known = set(REGISTRY)
    for module in pkgutil.iter_modules(kiosk.actions.__path__):
        importlib.import_module(f"kiosk.actions.{module.name}")
    assert set(REGISTRY) == known
    for name, entry in REGISTRY.items():
        assert entry.run.__module__ == f"kiosk.actions.{name}"
        assert entry.run.__doc__


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_and_kind_of_actor_has_a_name(language: str) -> None:
    find("begin")
    texts = catalog(language)
    assert [name for name in REGISTRY if not texts.get(f"action.{name}")] == []
    assert [kind for kind in (KIOSK, STAFF, BRIDGE, SYSTEM) if not texts.get(f"actor.{kind}")] == []


def test_a_repeat_gets_the_first_answer_and_writes_nothing(desk: Desk) -> None:
    first = desk.card(1, key="the-same-key")
    before = desk.sizes()
    desk.later(seconds=5)
    assert desk.card(1, key="the-same-key") == first
    assert desk.sizes() == before


def test_a_repeat_is_quiet_even_after_the_state_moved_on(desk: Desk) -> None:
    desk.card(1)
    first = desk.kiosk("confirm", key="confirm-once")
    desk.kiosk("declare", answers=NINGXIA)
    before = desk.sizes()
    assert desk.kiosk("confirm", key="confirm-once") == first
    assert desk.sizes() == before


def test_a_key_means_one_decision(desk: Desk) -> None:
    desk.kiosk("begin", key="one-key-one-decision", language="en")
    with refused(Code.KEY_REUSED):
        desk.kiosk("begin", key="one-key-one-decision", language="zh_CN")
    with refused(Code.KEY_REUSED):
        desk.kiosk("begin", "kiosk-2", key="one-key-one-decision", language="en")
    with refused(Code.KEY_REUSED):
        desk.kiosk("leave", key="one-key-one-decision")


def test_a_refusal_does_not_use_the_key_up(desk: Desk) -> None:
    with refused(Code.NOT_NOW):
        desk.kiosk("confirm", key="too-early")
    desk.card(1)
    assert desk.kiosk("confirm", key="too-early")["state"] == "declaring"


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
def test_a_key_has_its_length(desk: Desk, key: str) -> None:
    with refused(Code.BAD_REQUEST):
        perform(desk.database, desk.settings, "begin", key=key, actor=Actor(KIOSK, "kiosk-1"), language="en")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("no_such_action", {}),
        ("begin", {}),
        ("begin", {"language": "fr"}),
        ("begin", {"language": 1}),
        ("begin", {"language": "en", "tx": "me"}),
        ("begin", {"language": "en", "more": 1}),
        ("declare", {"answers": ["no"]}),
        ("declare", {"answers": {"a": 1}}),
        ("accept", {"shot": "x" * 5000}),
        ("park", {"cause": "bored"}),
        ("call_next", {"visit": 3}),
    ],
)
def test_malformed_arguments_are_refused_before_anything_is_read(
    desk: Desk, name: str, arguments: dict[str, Any]
) -> None:
    before = desk.sizes()
    with refused(Code.BAD_REQUEST):
        desk.kiosk(name, **arguments)
    assert desk.sizes() == before


@pytest.mark.parametrize("celsius", [float("nan"), float("inf"), "36.5", True, -60, None])
def test_a_temperature_is_a_number(desk: Desk, celsius: Any) -> None:
    with refused(Code.BAD_REQUEST):
        desk.staff("record_temperature", visit="0" * 32, celsius=celsius)


@pytest.mark.parametrize("name", ["actor", "now", "key", "reason", "settings", "database", "name", "arguments"])
def test_a_page_cannot_name_what_is_not_its_to_say(desk: Desk, name: str) -> None:
    with refused(Code.BAD_REQUEST):
        perform(
            desk.database, desk.settings, "call_staff", key="a-key-of-the-page", arguments={name: "x"},
            actor=Actor(KIOSK, "kiosk-1", station="kiosk-1"),
        )  # fmt: skip


def test_what_somebody_sent_is_not_repeated(desk: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        desk.kiosk("begin", language="en", 身份证号=1)
    assert caught.value.args_ == {"what": "arguments"}


def test_a_refusal_leaves_nothing_but_its_audit_row(desk: Desk) -> None:
    before = desk.sizes()
    with refused(Code.NOT_NOW):
        desk.kiosk("confirm")
    rows, decisions, visits, shots = desk.sizes()
    assert (rows, decisions, visits, shots) == (before[0] + 1, *before[1:])
    assert desk.audit()[-1] == ("confirm", "not_now")


def test_an_actor_of_another_kind_is_refused(desk: Desk) -> None:
    with refused(Code.NOT_ALLOWED):
        desk.act("identify", Actor(KIOSK, "kiosk-1", station="kiosk-1"), assurance="chip_verified", card={})
    with refused(Code.STATION_UNKNOWN):
        desk.kiosk("begin", "kiosk-9", language="en")


def test_a_broken_action_writes_nothing_and_shows_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_arguments: object, **_more: object) -> None:
        raise ZeroDivisionError

    before = desk.sizes()
    monkeypatch.setattr(audit, "append", explode)
    with pytest.raises(ZeroDivisionError):
        desk.card(1)
    assert desk.sizes() == before


def test_a_row_that_changed_under_the_decision_is_not_now(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])

    def interfere(_conn: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE visit SET"):
            cursor.execute("UPDATE visit SET version = version + 1")

    event.listen(desk.database.engine, "before_cursor_execute", interfere)
    with refused(Code.NOT_NOW):
        desk.kiosk("confirm")
    event.remove(desk.database.engine, "before_cursor_execute", interfere)
    assert desk.state(visit) == "confirming"
    assert desk.audit()[-1] == ("confirm", "not_now")


def test_a_locked_database_is_busy_and_nothing_is_half_done(desk: Desk, tmp_path: Path) -> None:
    hasty = Database(desk.database.url, busy_seconds=0.05)
    site = Desk(hasty, desk.settings)
    holder = sqlite3.connect(tmp_path / "kiosk.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with refused(Code.DATABASE_BUSY):
        site.card(1, key="busy-at-first")
    holder.execute("ROLLBACK")
    holder.close()
    assert desk.count(Visit) == 0
    assert site.card(1, key="busy-at-first")["state"] == "confirming"
    hasty.close()


def test_a_full_disk_is_said_and_what_was_saved_is_safe(desk: Desk) -> None:
    """SQLite's own limit of pages stands for the disk: the error is the same."""
    visit = str(desk.card(1)["visit"])

    def no_more_pages(connection: Any, _record: Any, _proxy: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(desk.database.engine, "checkout", no_more_pages)
    codes = set()
    for number in range(200):
        try:
            desk.kiosk("set_language", language="en" if number % 2 else "zh_CN")
        except Refusal as refusal:
            codes.add(refusal.code)
    event.remove(desk.database.engine, "checkout", no_more_pages)
    desk.database.close()
    assert codes == {Code.DISK_FULL}
    assert desk.state(visit) == "confirming"
    desk.kiosk("confirm")
    with desk.database.read() as session:
        assert audit.verify(session)[1] is None


def test_a_database_that_is_gone_is_busy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'kiosk.sqlite3'}")
    site = Desk(database, settings_for(tmp_path, database.url))
    with refused(Code.DATABASE_BUSY):
        site.kiosk("begin", language="en")
    database.close()
    with pytest.raises(OperationalError), database.read() as session:
        session.execute(text("SELECT * FROM audit"))
    database.close()


def test_secrets_stay_out_of_the_fingerprint(desk: Desk) -> None:
    facts = {"login": "li", "display_name": "李", "role": "usher"}
    actor = Actor(SYSTEM, "test")
    first = desk.act("add_staff", actor, key="same-form-twice", password_hash="one", **facts)
    assert desk.act("add_staff", actor, key="same-form-twice", password_hash="two", **facts) == first
    assert desk.count(Decision) == 1
