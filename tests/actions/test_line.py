"""The queue: called again, held, missed, priority, sent outside; each as docs/operators.md says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import line
from kiosk.records.site_tables import Site
from kiosk.records.tables import Audit, SiteSession, Station
from tests.actions.desk import Desk


@contextmanager
def refused(code: Code) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code is code


@pytest.fixture
def desk(bare_desk: Desk) -> Desk:
    """Two seats; a number for whoever confirms."""
    bare_desk.prepare(12, screening="off", temperature_required=False)
    return bare_desk


def number(desk: Desk, student: int) -> str:
    visit = str(desk.card(student)["visit"])
    desk.kiosk("confirm")
    if desk.front() is not None:
        desk.kiosk("step_aside")
    return visit


def call(desk: Desk, station: str = "kiosk-1") -> int:
    return int(desk.staff("call_next", station=station)["number"])


def waiting_area(desk: Desk, metres: float, **facts: Any) -> None:
    with desk.database.write() as session:
        values = {"code": "hall", "name": "Hall", "seats": 2, "student_seconds": 300, **facts}
        session.add(Site(waiting_metres=metres, **values))


def line_now(desk: Desk, visit: str) -> line.Line:
    with desk.database.read() as session:
        today = session.get_one(SiteSession, desk.visit(visit).session_id)
        return line.of_session(session, desk.settings, today, desk.now)


def test_a_number_is_called_again_and_keeps_the_seat(desk: Desk) -> None:
    first = number(desk, 1)
    call(desk)
    since = desk.visit(first).state_since
    desk.later(seconds=40)
    desk.staff("recall", role="usher", visit=first)
    assert desk.visit(first).called_again_at == desk.now
    assert (desk.state(first), desk.visit(first).state_since) == ("called", since)
    assert desk.station().active_at == desk.now
    desk.kiosk("begin_capture")
    assert desk.visit(first).called_again_at is None
    with refused(Code.NOT_NOW):
        desk.staff("recall", visit=first)


def test_whoever_is_held_is_passed_over_and_keeps_the_place(desk: Desk) -> None:
    first, _second, third = (number(desk, student) for student in (1, 2, 3))
    desk.staff("hold", visit=first)
    assert call(desk) == 2
    desk.staff("release_hold", visit=first)
    assert call(desk, "kiosk-2") == 1
    desk.staff("hold", visit=third)
    desk.staff("requeue", visit=first)
    assert call(desk, "kiosk-2") == 1
    with refused(Code.NOT_NOW):
        desk.staff("release_hold", visit=first)
    with refused(Code.NOT_NOW):
        desk.staff("hold", visit=first)


def test_with_everybody_held_nobody_is_called(desk: Desk) -> None:
    desk.staff("hold", visit=number(desk, 1))
    with refused(Code.NOBODY_WAITING):
        call(desk)


def test_after_so_many_calls_without_an_answer_the_visit_is_parked(desk: Desk) -> None:
    first = number(desk, 1)
    for missed in (1, 2, 3):
        call(desk)
        told = desk.staff("requeue", visit=first)
        assert told["missed_calls"] == missed
    assert desk.state(first) == "parked"
    assert desk.station().seat_visit_id is None
    desk.card(1)
    assert desk.state(first) == "queued"


def test_priority_goes_first_but_not_for_ever_and_the_kind_is_in_no_audit(desk: Desk) -> None:
    visits = [number(desk, student) for student in range(1, 8)]
    for visit, kind in zip(visits[3:6], ("elderly", "pregnant", "disabled"), strict=True):
        desk.staff("set_priority", role="usher", visit=visit, priority=kind, reason="seen in person")
    order = []
    for place in range(7):
        order.append(call(desk))
        desk.staff("cancel", visit=next(v for v in visits if desk.visit(v).number == order[-1]))
        assert place < 7
    assert order == [4, 5, 1, 6, 2, 3, 7]
    with desk.database.read() as session:
        details = str([row.detail for row in session.query(Audit).filter_by(action="set_priority")])
    assert not any(kind in details for kind in ("elderly", "pregnant", "disabled"))


def test_priority_needs_a_reason_and_a_role_and_can_be_taken_back(desk: Desk) -> None:
    first, second = number(desk, 1), number(desk, 2)
    with refused(Code.REASON_REQUIRED):
        desk.staff("set_priority", reason=None, visit=second, priority="elderly")
    with refused(Code.NOT_ALLOWED):
        desk.staff("set_priority", role="medic", visit=second, priority="elderly")
    with refused(Code.BAD_REQUEST):
        desk.staff("set_priority", visit=second, priority="friend")
    desk.staff("set_priority", visit=second, priority="elderly")
    desk.staff("set_priority", visit=second, priority="")
    assert call(desk) == 1
    with refused(Code.NOT_NOW):
        desk.staff("set_priority", visit=first, priority="elderly")


def test_numbers_have_no_gaps_and_are_never_given_again(desk: Desk) -> None:
    visits = [number(desk, student) for student in (1, 2, 3)]
    desk.staff("cancel", visit=visits[1])
    again = number(desk, 2)
    assert [desk.visit(visit).number for visit in (*visits, again)] == [1, 2, 3, 4]


def test_with_a_full_waiting_area_the_next_are_told_when_to_come_back(desk: Desk) -> None:
    waiting_area(desk, 2.0)
    visits = [number(desk, student) for student in range(1, 8)]
    outside = [desk.visit(visit).outside_until is not None for visit in visits]
    assert outside == [False] * 4 + [True] * 3  # two places, and two seats that are free now
    told = [until for visit in visits[4:] if (until := desk.visit(visit).outside_until)]
    assert told == sorted(told) and all(until > desk.now and until.minute % 5 == 0 for until in told)
    standing = line_now(desk, visits[0])
    assert (standing.inside, standing.outside, standing.places) == (4, 3, 2)


def test_those_inside_are_called_first_and_whoever_came_back_by_the_number(desk: Desk) -> None:
    waiting_area(desk, 2.0)
    visits = [number(desk, student) for student in range(1, 7)]
    with refused(Code.WAITING_AREA_FULL):
        desk.staff("let_in", visit=visits[5])
    assert [call(desk), call(desk, "kiosk-2")] == [1, 2]
    desk.staff("cancel", visit=visits[0])
    assert call(desk) == 3
    desk.staff("let_in", role="usher", visit=visits[5])
    with refused(Code.NOT_NOW):
        desk.staff("let_in", visit=visits[5])
    desk.staff("cancel", visit=visits[1])
    assert call(desk, "kiosk-2") == 4
    desk.staff("cancel", visit=visits[2])
    assert call(desk) == 6  # 5 is outside
    until = desk.visit(visits[4]).outside_until
    assert until is not None
    desk.staff("requeue", visit=visits[3])
    desk.now = until
    assert call(desk, "kiosk-2") == 5  # the time has come: inside again, and no missed call


def test_whoever_was_called_before_the_time_that_was_told_has_missed_nothing(desk: Desk) -> None:
    waiting_area(desk, 1.0)
    visits = [number(desk, student) for student in range(1, 5)]
    for visit in visits[:3]:
        desk.staff("cancel", visit=visit)
    assert desk.visit(visits[3]).outside_until is not None
    assert call(desk) == 4  # nobody inside: rather than an empty seat
    desk.staff("requeue", visit=visits[3])
    assert desk.visit(visits[3]).missed_calls == 0
    assert desk.visit(visits[3]).outside_until is not None


def test_priority_never_waits_in_the_street(desk: Desk) -> None:
    waiting_area(desk, 1.0)
    visits = [number(desk, student) for student in range(1, 5)]
    assert desk.visit(visits[3]).outside_until is not None
    desk.staff("set_priority", visit=visits[3], priority="disabled")
    assert desk.visit(visits[3]).outside_until is None
    assert call(desk) == 4


def test_without_a_site_nobody_is_sent_outside(desk: Desk) -> None:
    assert all(desk.visit(number(desk, student)).outside_until is None for student in range(1, 8))


def test_a_free_kiosk_of_another_site_shortens_nobodys_wait(desk: Desk) -> None:
    first = number(desk, 1)
    assert line_now(desk, first).taken == (-1.0, -1.0)
    with desk.database.write() as session:
        for station in session.scalars(select(Station).where(Station.name == "kiosk-2")):
            station.site = "west"
    assert line_now(desk, first).taken == (-1.0,)


def test_where_somebody_was_sent_outside_the_audit_says_until_when(desk: Desk) -> None:
    waiting_area(desk, 1)
    visits = [number(desk, student) for student in range(1, 5)]
    told = desk.visit(visits[-1]).outside_until
    with desk.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.visit == visits[-1], Audit.action == "confirm")).one()
    assert told is not None and row.detail["come_back_at"] == told.isoformat()


def test_the_estimate_learns_from_the_day(desk: Desk) -> None:
    waiting_area(desk, 20.0)
    for student in range(1, 7):
        visit = number(desk, student)
        call(desk)
        desk.kiosk("begin_capture")
        desk.later(seconds=80)
        desk.kiosk("accept", shot=desk.shoot(visit))
        desk.kiosk("finish")
    last = number(desk, 7)
    assert line_now(desk, last).each == 80
    other = number(desk, 8)
    call(desk)
    desk.later(seconds=30)
    standing = line_now(desk, other)
    assert standing.wait_seconds(standing.ahead(desk.visit(other))) in (0, 50)  # a free second seat, or the first
