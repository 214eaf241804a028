"""The evening: a session closes when nobody is inside, or by two people with a reason; the sum names everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.actions.base import STAFF, Actor, Outcome
from kiosk.domain.queue import day_of
from kiosk.domain.reconciliation import Outcome as Place
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import day_balance, day_figures, queue
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Audit, Campaign, Job, SiteSession, Student
from tests.actions.desk import NINGXIA, Desk


def refused(code: Code, desk: Desk, name: str, role: str = "administrator", **arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.staff(name, role, **arguments)
    assert caught.value.code is code
    return caught.value


def force(
    desk: Desk, role: str = "administrator", reason: str | None = "the hall closes", second: str = "wang"
) -> Outcome:
    actor = replace(Actor(STAFF, "li", role=role), second=second)
    return desk.act("close_session", actor, reason=reason, campaign="autumn", force=True)


def slot(desk: Desk, day: int, hour: float, students: list[int], capacity: int = 9) -> str:
    """A slot of half an hour, `day` days and `hour` hours from now, with students due in it."""
    begin = desk.now + timedelta(days=day, hours=hour)
    with desk.database.write() as session:
        campaign = session.scalars(select(Campaign.id).where(Campaign.code == "autumn")).one()
        hall = session.scalar(select(Site))
        if hall is None:
            hall = Site(code="hall", name="礼堂", waiting_metres=9)
            session.add(hall)
            session.flush()
        row = Slot(
            public_id=f"{int(begin.timestamp()):032x}", campaign_id=campaign, site_id=hall.id,
            day=day_of(begin), starts_at=begin, ends_at=begin + timedelta(minutes=30), capacity=capacity,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for student in students:
            session.add(
                SlotAssignment(slot_id=row.id, student_id=student, state="due", assigned_at=desk.now, by="test")
            )
        return row.public_id


def balance(desk: Desk) -> day_balance.DayBalance:
    with desk.database.read() as session:
        (found,) = day_balance.of_day(session, day_of(desk.now), desk.settings.site.code, desk.now)
        return found


def places(desk: Desk) -> dict[str, tuple[str, str]]:
    """Student's name → outcome and why."""
    with desk.database.read() as session:
        (found,) = day_balance.of_day(session, day_of(desk.now), desk.settings.site.code, desk.now)
        return {line.student.name: (line.outcome.value, line.why) for line in found.lines if line.student}


def test_a_session_closes_when_nobody_is_inside_and_no_number_is_given_after(desk: Desk) -> None:
    desk.photograph(1)
    closed = desk.staff("close_session", reason=None, campaign="autumn")
    with desk.database.read() as session:
        row = session.scalars(select(SiteSession)).one()
        assert (row.closed_by, row.close_reason, row.closed_at) == ("staff:li", None, desk.now)
        job = session.scalars(select(Job).where(Job.public_id == closed["job"])).one()
        assert (job.name, queue.given(job)) == ("day_report", {"day": "2026-11-23"})
    with pytest.raises(Refusal) as caught:
        desk.card(2)
    assert caught.value.code is Code.SESSION_CLOSED
    refused(Code.SESSION_CLOSED, desk, "close_session", campaign="autumn")
    refused(Code.SESSION_CLOSED, desk, "open_session", campaign="autumn")


def test_a_session_with_people_inside_names_them_and_what_to_do_for_each(desk: Desk) -> None:
    accepted = desk.to_capture(1)
    desk.kiosk("accept", shot=desk.shoot(accepted))
    waiting = desk.to_queue(2, "kiosk-2")
    refusal = refused(Code.SESSION_HAS_PEOPLE, desk, "close_session", "operator", campaign="autumn")
    assert refusal.args_ == {
        "count": 2,
        "inside": [
            {"visit": accepted, "number": 1, "state": "accepted", "ways": ["finish_visit"]},
            {"visit": waiting, "number": 2, "state": "queued", "ways": ["cancel", "move_visit"]},
        ],
    }
    assert "学生" not in str(refusal.args_)
    desk.staff("finish_visit", reason=None, visit=accepted)
    desk.staff("cancel", visit=waiting)
    assert desk.staff("close_session", campaign="autumn")["ended"] == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"role": "operator"}, Code.NOT_ALLOWED),
        ({"role": "usher"}, Code.NOT_ALLOWED),
        ({"reason": " "}, Code.REASON_REQUIRED),
        ({"second": ""}, Code.SECOND_PERSON_REQUIRED),
    ],
)
def test_closing_over_people_inside_takes_an_administrator_a_reason_and_a_second(
    desk: Desk, values: dict[str, Any], code: Code
) -> None:
    visit = desk.to_queue(1)
    with pytest.raises(Refusal) as caught:
        force(desk, **values)
    assert caught.value.code is code
    assert desk.state(visit) == "queued" and balance(desk).session.closed_at is None  # type: ignore[union-attr]


def test_a_forced_close_ends_every_visit_and_loses_no_accepted_photo(desk: Desk) -> None:
    accepted = desk.to_capture(1)
    desk.kiosk("accept", shot=desk.shoot(accepted))
    waiting = desk.to_queue(2, "kiosk-2")
    desk.kiosk("step_aside", "kiosk-2")
    observed = str(desk.card(3, "kiosk-2")["visit"])
    desk.staff("send_to_observation", visit=observed)
    parked = str(desk.card(4, "kiosk-2")["visit"])
    desk.staff("park_visit", visit=parked)
    assert force(desk)["ended"] == 4
    assert [desk.state(visit) for visit in (accepted, waiting, observed, parked)] == [
        "done", "cancelled", "cancelled", "cancelled",
    ]  # fmt: skip
    assert desk.front("kiosk-1") is None and desk.station("kiosk-1").seat_visit_id is None
    assert [found.outcome for found in balance(desk).lines] == [
        Place.PHOTOGRAPHED, Place.CANCELLED, Place.OBSERVATION, Place.CANCELLED,
    ]  # fmt: skip
    with desk.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "close_session")).one()
        assert (row.reason, row.visit) == ("the hall closes", None)
        assert row.detail == {
            "campaign": "autumn", "second": "wang", "overridden": ["session_has_people"], "ended": 4,
        }  # fmt: skip
        assert session.scalars(select(SiteSession)).one().close_reason == "the hall closes"
    desk.staff("reopen_session", "administrator", campaign="autumn")
    with pytest.raises(Refusal) as caught:  # nobody came around the measurement by the closing
        desk.card(3)
    assert caught.value.code is Code.VISIT_REFUSED_TODAY


def test_a_session_closed_by_mistake_is_opened_again_and_counts_on(desk: Desk) -> None:
    desk.photograph(1)
    desk.staff("close_session", campaign="autumn")
    refused(Code.NOT_ALLOWED, desk, "reopen_session", "operator", campaign="autumn")
    refused(Code.REASON_REQUIRED, desk, "reopen_session", reason="", campaign="autumn")
    desk.staff("reopen_session", "administrator", campaign="autumn")
    assert desk.visit(desk.to_queue(2)).number == 2
    refused(Code.SESSION_STILL_OPEN, desk, "reopen_session", campaign="autumn")


def test_without_a_session_there_is_nothing_to_close(desk: Desk) -> None:
    refused(Code.SESSION_NOT_OPEN, desk, "close_session", campaign="autumn")
    refused(Code.SESSION_NOT_OPEN, desk, "reopen_session", campaign="autumn")
    refused(Code.NO_CAMPAIGN, desk, "close_session", campaign="spring")


def test_two_who_close_at_once_close_once(desk: Desk) -> None:
    desk.photograph(1)
    first = desk.staff("close_session", reason=None, key="one-press-1", campaign="autumn")
    assert desk.staff("close_session", reason=None, key="one-press-1", campaign="autumn") == first
    refused(Code.SESSION_CLOSED, desk, "close_session", campaign="autumn")
    assert desk.count(Job) == 1


def test_whoever_is_inside_is_moved_to_another_day(desk: Desk) -> None:
    today = slot(desk, 0, -1, [1])
    tomorrow = slot(desk, 1, 1, [], capacity=1)
    visit = desk.staff("confirm_without_card", student=1, station="kiosk-1", override=["not_in_time_slot"])[
        "visit"
    ]
    refused(Code.SLOT_PAST, desk, "move_visit", visit=visit, slot=today)
    refused(Code.REASON_REQUIRED, desk, "move_visit", reason=None, visit=visit, slot=tomorrow)
    desk.staff("move_visit", visit=visit, slot=tomorrow)
    assert desk.state(str(visit)) == "cancelled" and desk.front() is None
    with desk.database.read() as session:
        rows = session.scalars(select(SlotAssignment).order_by(SlotAssignment.id)).all()
        assert [(row.state, row.offers) for row in rows] == [("came", 1), ("due", 2)]
    assert places(desk)["学生1"] == ("cancelled", "moved")
    other = str(desk.card(2)["visit"])
    refused(Code.SLOT_FULL, desk, "move_visit", visit=other, slot=tomorrow)
    assert desk.state(other) == "confirming"  # a move that fails ends nobody's visit
    assert desk.front() == other


def test_moving_out_of_observation_is_no_way_around_the_measurement(desk: Desk) -> None:
    tomorrow = slot(desk, 1, 1, [])
    visit = str(desk.card(1)["visit"])
    desk.staff("send_to_observation", visit=visit)
    desk.staff("move_visit", visit=visit, slot=tomorrow)
    with pytest.raises(Refusal) as caught:
        desk.card(1)
    assert caught.value.code is Code.VISIT_REFUSED_TODAY


def test_the_day_is_accounted_for_person_by_person(desk: Desk) -> None:
    desk.now += timedelta(hours=4)
    slot(desk, 0, -2, [1, 2, 3, 4])
    slot(desk, 0, 0, [5])
    with desk.database.write() as session:
        session.get_one(Student, 4).removed_at = desk.now
    desk.now -= timedelta(hours=2)
    desk.photograph(1)
    visit = str(desk.card(2)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers={**NINGXIA, "fever_or_cough": "yes"})
    desk.staff("cancel", visit=str(desk.card(6)["visit"]))  # came without a place
    assert desk.state(visit) == "refused"
    assert places(desk) == {
        "学生1": ("photographed", ""),
        "学生2": ("refused", "declaration_not_passed"),
        "学生3": ("open", "awaited"),
        "学生4": ("absent", "off_roster"),
        "学生5": ("open", "awaited"),
        "学生6": ("cancelled", "staff"),
    }
    found = balance(desk).sum
    assert (found.due, found.walked_in, found.holds) == (5, 1, False)
    desk.later(hours=1)
    assert places(desk)["学生3"] == ("absent", "no_show")
    desk.staff("close_session", campaign="autumn")
    assert places(desk)["学生5"] == ("absent", "closed_before")
    found = balance(desk).sum
    assert found.outcomes == {
        "photographed": 1, "refused": 1, "observation": 0, "absent": 3, "cancelled": 1, "open": 0,
    }  # fmt: skip
    assert found.holds
    assert [line.student.name for line in balance(desk).walked_in if line.student] == ["学生6"]


def test_a_photo_that_staff_rejected_is_named_and_counts_for_nobody(desk: Desk) -> None:
    visit = desk.photograph(1)
    with desk.database.read() as session:
        shot = session.scalars(select(day_balance.Shot.public_id)).one()
    desk.staff("decide_shot", visit=visit, shot=shot, decision="reject")
    assert places(desk)["学生1"] == ("cancelled", "photo_rejected")


def test_two_sites_count_their_own_numbers_and_close_by_themselves(desk: Desk) -> None:
    east, west = (desk.with_settings(site={"code": code}) for code in ("east", "west"))
    east.stand("kiosk-1")
    west.stand("kiosk-2")
    one, two = east.to_queue(1), west.to_queue(2, "kiosk-2")
    assert (east.visit(one).number, west.visit(two).number) == (1, 1)
    east.staff("cancel", visit=one)
    east.staff("close_session", campaign="autumn")
    with pytest.raises(Refusal) as caught:
        east.card(3)
    assert caught.value.code is Code.SESSION_CLOSED
    assert west.staff("call_next", station="kiosk-2")["visit"] == two
    assert places(west) == {"学生2": ("open", "called")}


def test_the_evening_on_each_database(any_desk: Desk) -> None:
    desk = any_desk
    slot(desk, 0, 0, [1, 2])
    desk.photograph(1)
    resting = str(desk.card(3)["visit"])
    desk.staff("send_to_observation", visit=resting)
    desk.to_queue(4)
    force(desk)
    day, site = day_of(desk.now), desk.settings.site.code
    with desk.database.read() as session:
        (found,) = day_balance.of_day(session, day, site, desk.now)
        assert found.sum.holds and (found.sum.due, found.sum.walked_in) == (2, 2)
        assert [line.why for line in found.differences] == ["closed_before", "observation", "closed"]
        assert day_balance.todo(session, day, site, [found]) == day_balance.Todo(0, 0, 0, 0, 0)
        assert [stop.visit.public_id for stop in day_figures.stops(session, day, site)] == [resting]
        assert day_figures.stops(session, day, "elsewhere") == []
        assert [row.action for row in day_figures.overridden(session, day, site)][-1] == "close_session"
        assert day_figures.funnel(session, day, site)["came"] == 3
        job = day_balance.newest_report(session, day)
        assert job is not None and job.state == "queued"
