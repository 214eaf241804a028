"""The named reads: what each finds and, as important, what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from kiosk.domain.queue import day_of
from kiosk.records import collected, migrate, planning, queries
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Student, Visit
from tests.actions.desk import MORNING, Desk, id_number, settings_for

TODAY = day_of(MORNING)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url = f"sqlite:///{tmp_path / 'kiosk.sqlite3'}"
    migrate.upgrade(url)
    database = Database(url)
    found = Desk(database, settings_for(tmp_path, url))
    found.prepare(screening="off", temperature_required=False)
    yield found
    database.close()


def number(desk: Desk, student: int, station: str = "kiosk-1") -> str:
    visit = str(desk.card(student, station)["visit"])
    desk.kiosk("confirm", station)
    desk.kiosk("step_aside", station)
    return visit


def campaign(code: str, **values: Any) -> Campaign:
    facts = {
        "code": code, "title_zh": "中", "title_en": "en", "identity_mode": "id-card", "profile": "chsi-2017-99",
        "screening": "off", "capture_from": TODAY, "capture_until": TODAY,
    }  # fmt: skip
    return Campaign(**{**facts, **values})


def test_the_campaign_of_a_station(desk: Desk) -> None:
    with desk.database.write() as session:
        session.add_all(
            [
                campaign("over", capture_from=date(2026, 11, 20), capture_until=date(2026, 11, 21)),
                campaign("off", active=False),
                campaign("named", capture_until=TODAY + timedelta(days=9)),
            ]
        )
    with desk.database.read() as session:

        def code(name: str, day: date = TODAY) -> str | None:
            found = queries.campaign_of(session, name, day)
            return found.code if found else None

        assert code("autumn") == "autumn"
        assert code("over") == "over"
        assert code("off") is None
        assert code("nonsense") is None
        assert code("") == "named"
        assert code("", date(2026, 11, 21)) == "over"
        assert code("", date(2026, 12, 31)) == "autumn"
        assert code("", date(2027, 12, 31)) == "named"


def test_the_queue_and_who_is_ahead(desk: Desk) -> None:
    visits = [number(desk, student) for student in (1, 2, 3)]
    desk.staff("call_next", station="kiosk-1")
    desk.staff("requeue", visit=visits[0])
    with desk.database.read() as session:
        today = queries.site_session(session, desk.visit(visits[0]).campaign_id, TODAY, "")
        assert today is not None
        assert [visit.public_id for visit in queries.waiting(session, today.id)] == [*visits[1:], visits[0]]
        assert [queries.ahead(session, desk.visit(visit)) for visit in visits] == [2, 0, 1]


def test_counts_and_the_list_of_the_day(desk: Desk) -> None:
    waiting, called = number(desk, 1), number(desk, 2)
    ended = [number(desk, 3), number(desk, 5)]
    for visit in reversed(ended):  # the one that ended last stands before the other
        desk.staff("cancel", visit=visit)
        desk.later(seconds=1)
    parked = str(desk.card(4)["visit"])
    desk.staff("park_visit", visit=parked)
    first = str(desk.staff("call_next", station="kiosk-2")["visit"])
    assert first == waiting
    with desk.database.read() as session:
        listed = queries.listed(session, TODAY)
        assert listed.counts == {"waiting": 1, "inside": 3, "done": 0, "needs_staff": 1}
        rows = [session.get_one(Visit, key) for key in listed.versions]
        assert [row.public_id for row in rows] == [waiting, called, parked, *ended]
        assert list(listed.versions.values()) == [row.version for row in rows]
        assert queries.listed(session, TODAY + timedelta(days=1)).versions == {}
        assert [(visit.public_id, at.seat) for visit, at in queries.calling(session, TODAY)] == [(waiting, "2")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("学生1", [1]),
        ("学生", [1, 2, 3, 4, 5, 6]),
        ("学 生2", [2]),
        ("2026000000003", [3]),
        (id_number(4), [4]),
        (id_number(5)[-4:], [5]),
        (id_number(5)[-4:].lower(), [5]),
        ("1", []),
        ("", []),
        ("%", []),
        ("%%", []),
        ("学生_", []),
        ("2026", []),
        (id_number(4)[:10], []),
    ],
)
def test_the_roster_search_finds_people_and_lists_nobody_else(desk: Desk, text: str, found: list[int]) -> None:
    with desk.database.read() as session:
        students = queries.find_students(session, 1, text)
        assert [student.id_number for student in students] == [id_number(one) for one in found]
        assert queries.find_students(session, 2, text) == []


def test_the_roster_search_stops_at_its_limit(desk: Desk) -> None:
    with desk.database.read() as session:
        assert len(queries.find_students(session, 1, "学生", limit=2)) == 2


def test_the_roster_search_of_a_branch_is_not_filled_up_by_others(desk: Desk) -> None:
    with desk.database.write() as session:
        session.get_one(Student, 4).branch = "南"
    with desk.database.read() as session:
        assert [row.id for row in queries.find_students(session, 1, "学生", limit=2, branch="南")] == [4]


def test_who_was_photographed(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    desk.kiosk("call_next")
    desk.kiosk("begin_capture")
    visit = desk.front() or ""
    shot = desk.shoot(visit)
    with desk.database.read() as session:
        ids = [student.id for student in queries.find_students(session, 1, "学生")]
        assert collected.photographed(session, ids) == set()
    desk.kiosk("accept", shot=shot)
    with desk.database.read() as session:
        assert collected.photographed(session, ids) == {ids[0]}
        assert collected.photographed(session, []) == set()
    desk.staff("decide_shot", visit=visit, shot=shot, decision="reject")
    with desk.database.read() as session:
        assert collected.photographed(session, ids) == set()
        assert collected.last_of_person(session, id_number(1)) is None


def test_a_photo_whose_days_are_over_keeps_nobody_from_another_campaign(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    desk.kiosk("call_next")
    desk.kiosk("begin_capture")
    desk.kiosk("accept", shot=desk.shoot(desk.front() or ""))
    for purged_at, known in ((None, {id_number(1)}), (desk.now, set())):
        with desk.database.write() as session:
            session.execute(update(CollectedPhoto).values(purged_at=purged_at))
        with desk.database.read() as session:
            assert (collected.last_of_person(session, id_number(1)) is not None) == bool(known)
            assert planning.numbers_with_photo(session, desk.now - timedelta(days=1)) == known


def test_the_version_moves_with_every_decision_and_refusal(desk: Desk) -> None:
    with desk.database.read() as session:
        before = queries.version(session)
    number(desk, 1)
    with desk.database.read() as session:
        assert queries.version(session) == before + 3


def test_pages_of_the_audit(desk: Desk) -> None:
    for student in (1, 2):
        number(desk, student)
    with desk.database.read() as session:
        assert [row.sequence for row in queries.audit_page(session, limit=2)] == [6, 5]
        assert [row.sequence for row in queries.audit_page(session, before=5, limit=2)] == [4, 3]
        assert [row.action for row in queries.audit_page(session, action="identify")] == ["identify"] * 2
        assert len(queries.audit_page(session, actor="kiosk-1")) == 6
        assert queries.audit_page(session, actor="%") == []
        assert queries.audit_page(session, result="not_now") == []


def test_a_stations_row_follows_its_settings(desk: Desk) -> None:
    with desk.database.write() as session:
        queries.ensure_station(session, "kiosk-1", "7", "autumn", MORNING)
        queries.touch_station(session, "kiosk-1", MORNING + timedelta(minutes=1))
        queries.touch_station(session, "no such", MORNING)
    with desk.database.read() as session:
        names = [(row.name, row.seat, row.campaign_code) for row in queries.stations(session)]
        assert names == [("kiosk-1", "7", "autumn"), ("kiosk-2", "2", "")]
        found = queries.station(session, "kiosk-1")
        assert found is not None and found.active_at == MORNING + timedelta(minutes=1)
