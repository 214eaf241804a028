"""The schedule's decisions: slots that never overlap, students spread and moved, missed ones offered again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning
from kiosk.records.site_tables import Slot, SlotAssignment
from kiosk.records.tables import Campaign, Student
from tests.actions.desk import Desk, id_number

#: The desk's morning is 2026-11-23 09:00 in China.
TODAY, TOMORROW = "2026-11-23", "2026-11-24"


def refused(code: Code, desk: Desk, name: str, role: str = "headquarters", **arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.staff(name, role, **arguments)
    assert caught.value.code is code
    return caught.value


def site(desk: Desk, **changes: Any) -> None:
    facts = {"code": "hall", "title": "礼堂", "waiting_metres": 9.0, "seats": 2, "student_seconds": 180}
    desk.staff("save_site", "headquarters", **{**facts, **changes})


def make(desk: Desk, **changes: Any) -> dict[str, Any]:
    facts = {"campaign": "autumn", "days": [TOMORROW], "opens": "09:00", "closes": "10:30", "minutes": 15}
    return desk.staff("make_slots", "headquarters", **{**facts, **changes})


def slots(desk: Desk) -> list[Slot]:
    with desk.database.read() as session:
        return list(session.scalars(select(Slot).order_by(Slot.starts_at)))


def due(desk: Desk) -> dict[int, int]:
    with desk.database.read() as session:
        rows = session.execute(
            select(SlotAssignment.student_id, SlotAssignment.slot_id).where(SlotAssignment.state == planning.DUE)
        )
        return {row[0]: row[1] for row in rows}


def states(desk: Desk, student: int) -> list[tuple[str, int]]:
    with desk.database.read() as session:
        rows = session.execute(
            select(SlotAssignment.state, SlotAssignment.offers)
            .where(SlotAssignment.student_id == student)
            .order_by(SlotAssignment.id)
        )
        return [(row[0], row[1]) for row in rows]


def test_slots_are_made_with_the_capacity_of_the_formula(desk: Desk) -> None:
    site(desk)
    assert make(desk) == {"slots": 6, "capacity": 10, "places": 60}  # 15 min × 2 seats / 3 min, 9 wait + 2 sit
    assert [slot.ends_at - slot.starts_at for slot in slots(desk)] == [timedelta(minutes=15)] * 6
    assert slots(desk)[0].day == date(2026, 11, 24)


def test_the_waiting_area_limits_a_slot(desk: Desk) -> None:
    site(desk, waiting_metres=3.5)
    assert make(desk)["capacity"] == 5  # three wait, two sit
    refused(Code.SLOT_CAPACITY, desk, "make_slots", campaign="autumn", days=["2026-11-25"], opens="09:00",
            closes="10:00", capacity=6)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"capacity": 0}, Code.SLOT_CAPACITY),
        ({"capacity": -3}, Code.SLOT_CAPACITY),
        ({"capacity": 11}, Code.SLOT_CAPACITY),
        ({"opens": "10:30", "closes": "09:00"}, Code.SLOT_TIME_INVALID),
        ({"closes": "09:10"}, Code.SLOT_TIME_INVALID),
        ({"days": ["2026-02-30"]}, Code.SLOT_TIME_INVALID),
        ({"days": ["2027-01-01"]}, Code.SLOT_OUTSIDE_WINDOW),
        ({"days": [TODAY], "opens": "08:00"}, Code.SLOT_PAST),
        ({"site": "nowhere"}, Code.SITE_UNKNOWN),
        ({"campaign": "nothing"}, Code.NO_CAMPAIGN),
        ({"days": ["someday"]}, Code.BAD_REQUEST),
        ({"minutes": 4}, Code.BAD_REQUEST),
    ],
)
def test_what_is_no_slot_is_refused(desk: Desk, changes: dict[str, Any], code: Code) -> None:
    site(desk)
    facts = {"campaign": "autumn", "days": [TOMORROW], "opens": "09:00", "closes": "10:30", "minutes": 15}
    refused(code, desk, "make_slots", **{**facts, **changes})
    assert slots(desk) == []


def test_slots_of_a_site_never_overlap_whatever_their_campaign(desk: Desk) -> None:
    site(desk)
    make(desk)
    with desk.database.write() as session:
        first = session.scalars(select(Campaign)).one()
        session.add(
            Campaign(
                code="winter", title_zh="冬", title_en="Winter", identity_mode="id-card", profile=first.profile,
                screening="off", capture_from=first.capture_from, capture_until=first.capture_until,
            )
        )  # fmt: skip
    for campaign in ("autumn", "winter"):
        refused(Code.SLOT_OVERLAPS, desk, "make_slots", campaign=campaign, days=["2026-11-25", TOMORROW],
                opens="10:20", closes="11:20", minutes=30)  # fmt: skip
    assert len(slots(desk)) == 6  # all days or none
    make(desk, campaign="winter", opens="10:30", closes="11:30")
    site(desk, code="annex", title="副楼")
    make(desk, site="annex")


def test_students_are_spread_by_class_and_the_rest_is_told(desk: Desk) -> None:
    with desk.database.write() as session:
        for number in range(7, 31):
            desk.add_student(session, 1, number, class_name=f"{number % 3}班", branch="银川分校")
    site(desk, waiting_metres=2, seats=1)
    make(desk, closes="10:00")
    assert desk.staff("spread_students", "headquarters", campaign="autumn") == {
        "assigned": 12, "left": 18, "skipped": {}
    }  # fmt: skip
    loads = [list(due(desk).values()).count(slot.id) for slot in slots(desk)]
    assert loads == [3, 3, 3, 3]
    make(desk, days=["2026-11-25"], closes="11:00")
    again = desk.staff("spread_students", "headquarters", campaign="autumn")
    assert (again["assigned"], again["left"]) == (18, 0)
    assert desk.staff("spread_students", "headquarters", campaign="autumn")["assigned"] == 0


def test_spreading_passes_over_those_who_are_not_photographed(desk: Desk) -> None:
    desk.photograph(1)
    with desk.database.write() as session:
        session.execute(update(Student).where(Student.id == 2).values(late=True))
        session.execute(update(Student).where(Student.id == 3).values(intake="2026年9月"))
        session.execute(update(Campaign).values(intake_terms=["202403"], earlier_students=True))
        session.execute(update(Student).where(Student.id == 4).values(intake="202309"))
        session.execute(update(Student).where(Student.id.in_((5, 6))).values(intake="2024-03"))
    site(desk)
    make(desk)
    found = desk.staff("spread_students", "headquarters", campaign="autumn")
    assert found["skipped"] == {"photographed": 1, "roster_late": 1, "not_called_up": 1}
    assert sorted(due(desk)) == [4, 5, 6]
    refused(Code.NOT_CALLED_UP, desk, "move_students", students=[3], slot=slots(desk)[0].public_id)
    refused(Code.ROSTER_LATE, desk, "move_students", students=[2], slot=slots(desk)[0].public_id)


def test_a_full_slot_takes_nobody_and_a_move_is_whole_or_nothing(desk: Desk) -> None:
    site(desk, waiting_metres=0, seats=2, student_seconds=900)
    make(desk, closes="09:30")
    one, two = slots(desk)
    desk.staff("move_students", "headquarters", students=[1, 2], slot=one.public_id)
    refused(Code.SLOT_FULL, desk, "move_students", students=[3], slot=one.public_id)
    desk.staff("move_students", "headquarters", students=[3], slot=two.public_id)
    refused(Code.SLOT_FULL, desk, "move_students", students=[1, 2], slot=two.public_id)
    assert due(desk) == {1: one.id, 2: one.id, 3: two.id}
    assert desk.staff("move_students", "headquarters", students=[1], slot=one.public_id) == {"moved": 0}
    desk.staff("move_students", "headquarters", students=[1], slot=None)
    assert (due(desk), states(desk, 1)) == ({2: one.id, 3: two.id}, [("moved", 1)])
    refused(Code.SLOT_NOT_EMPTY, desk, "remove_slot", slot=one.public_id)
    refused(Code.SLOT_CAPACITY, desk, "change_slot", slot=one.public_id, capacity=0)
    desk.staff("change_slot", "headquarters", slot=one.public_id, capacity=1)
    desk.staff("move_students", "headquarters", students=[2], slot=None)
    desk.staff("remove_slot", "headquarters", slot=one.public_id)
    refused(Code.SLOT_UNKNOWN, desk, "remove_slot", slot=one.public_id)
    refused(Code.STUDENT_UNKNOWN, desk, "move_students", students=[999], slot=two.public_id)


def test_a_student_in_two_campaigns_is_due_in_one(desk: Desk) -> None:
    site(desk)
    make(desk)
    with desk.database.write() as session:
        first = session.scalars(select(Campaign)).one()
        second = Campaign(
            code="winter", title_zh="冬", title_en="Winter", identity_mode="id-card", profile=first.profile,
            screening="off", capture_from=first.capture_from, capture_until=first.capture_until,
        )  # fmt: skip
        session.add(second)
        session.flush()
        desk.add_student(session, second.id, 1)
        desk.add_student(session, second.id, 50)
    make(desk, campaign="winter", opens="14:00", closes="15:00")
    desk.staff("spread_students", "headquarters", campaign="autumn")
    found = desk.staff("spread_students", "headquarters", campaign="winter")
    assert (found["assigned"], found["skipped"]) == (1, {"elsewhere": 1})
    with desk.database.read() as session:
        twin = session.scalars(select(Student.id).where(Student.campaign_id == 2).order_by(Student.id)).first()
        assert session.get_one(Student, twin).id_number == id_number(1)
    said = refused(Code.DUE_ELSEWHERE, desk, "move_students", students=[twin], slot=slots(desk)[-1].public_id)
    assert said.args_ == {"campaign": "autumn", "from": "2026-11-24 09:00"}


def test_who_missed_the_slot_is_offered_the_next_place(desk: Desk) -> None:
    site(desk, waiting_metres=0, seats=2, student_seconds=900)
    make(desk, days=[TODAY], opens="09:15", closes="09:45")
    first, second = slots(desk)
    desk.staff("move_students", "headquarters", students=[1, 2], slot=first.public_id)
    desk.staff("move_students", "headquarters", students=[3, 4], slot=second.public_id)
    desk.later(minutes=20)
    desk.photograph(1)
    desk.kiosk("leave")
    visit = desk.card(2)["visit"]
    desk.staff("cancel", visit=visit)
    desk.later(minutes=60)
    nowhere = desk.staff("reoffer_missed", "headquarters", campaign="autumn")
    assert nowhere == {"missed": 2, "came": 1, "offered": 0, "left": 3}
    assert [states(desk, student) for student in (1, 2, 3)] == [[("due", 1)], [("came", 1)], [("missed", 1)]]
    make(desk)
    desk.staff("spread_students", "headquarters", campaign="autumn")
    assert states(desk, 3) == [("missed", 1), ("due", 2)]
    assert desk.staff("reoffer_missed", "headquarters", campaign="autumn")["missed"] == 0


def test_missed_places_go_to_the_earliest_free_ones(desk: Desk) -> None:
    site(desk, waiting_metres=0, seats=2, student_seconds=900)
    make(desk, days=[TODAY], opens="09:15", closes="09:30")
    make(desk, opens="09:00", closes="09:30")
    now, tomorrow, later = slots(desk)
    desk.staff("move_students", "headquarters", students=[1, 2], slot=now.public_id)
    desk.staff("move_students", "headquarters", students=[3], slot=tomorrow.public_id)
    desk.later(hours=1)
    assert desk.staff("reoffer_missed", "headquarters", campaign="autumn")["offered"] == 2
    assert due(desk) == {3: tomorrow.id, 1: tomorrow.id, 2: later.id}


def test_the_kiosk_admits_by_the_schedule(desk: Desk) -> None:
    site(desk)
    make(desk, days=[TODAY], opens="10:00", closes="10:30")
    desk.staff("move_students", "headquarters", students=[1], slot=slots(desk)[0].public_id)
    with pytest.raises(Refusal) as early:
        desk.card(1)
    assert (early.value.code, early.value.args_) == (
        Code.NOT_IN_TIME_SLOT, {"from": "2026-11-23 10:00", "until": "2026-11-23 10:15"}
    )  # fmt: skip
    desk.kiosk("leave")
    desk.later(minutes=65)
    assert desk.card(1)["state"] == "confirming"


def test_a_clock_that_was_set_back_does_not_shut_anybody_out(desk: Desk) -> None:
    site(desk)
    make(desk, days=[TODAY], opens="09:15", closes="09:30")
    desk.staff("move_students", "headquarters", students=[1], slot=slots(desk)[0].public_id)
    desk.later(minutes=40)
    assert desk.staff("reoffer_missed", "headquarters", campaign="autumn")["missed"] == 1
    desk.later(minutes=-20)  # it was only 09:20
    assert desk.card(1)["state"] == "confirming"


def test_late_rows_wait_for_headquarters(desk: Desk) -> None:
    with desk.database.write() as session:
        session.execute(update(Student).where(Student.id.in_((1, 2))).values(late=True))
    with pytest.raises(Refusal) as held:
        desk.card(1)
    assert held.value.code is Code.ROSTER_LATE
    desk.kiosk("leave")
    for role in ("operator", "usher", "medic"):
        refused(Code.NOT_ALLOWED, desk, "admit_late", role, campaign="autumn")
    refused(Code.REASON_REQUIRED, desk, "admit_late", reason=" ", campaign="autumn")
    refused(Code.STUDENT_UNKNOWN, desk, "admit_late", campaign="autumn", students=[1, 3])
    assert desk.staff("admit_late", "headquarters", campaign="autumn", students=[1]) == {"admitted": 1}
    assert desk.card(1)["state"] == "confirming"
    assert desk.staff("admit_late", "headquarters", campaign="autumn") == {"admitted": 1}
    with desk.database.read() as session:
        row = session.get_one(Student, 1)
        assert (row.late, row.late_admitted_by) == (True, "staff:li")


@pytest.mark.parametrize("role", ["operator", "usher", "medic"])
def test_who_works_at_the_site_does_not_plan(desk: Desk, role: str) -> None:
    refused(Code.NOT_ALLOWED, desk, "spread_students", role, campaign="autumn")
    refused(Code.NOT_ALLOWED, desk, "move_students", role, students=[1])
    refused(Code.NOT_ALLOWED, desk, "reoffer_missed", role, campaign="autumn")


@pytest.mark.parametrize(
    "name", ["cancel", "record_temperature", "send_to_observation", "call_next", "answer_call"]
)
def test_headquarters_decides_nothing_at_the_site(desk: Desk, name: str) -> None:
    refused(Code.NOT_ALLOWED, desk, name, **{
        "cancel": {"visit": "x"}, "record_temperature": {"visit": "x", "celsius": 36.5},
        "send_to_observation": {"visit": "x"}, "call_next": {"station": "kiosk-1"},
        "answer_call": {"station": "kiosk-1"},
    }[name])  # fmt: skip


def test_the_schedule_on_each_database(any_desk: Desk) -> None:
    site(any_desk, waiting_metres=0, seats=2, student_seconds=900)
    make(any_desk, days=[TODAY], opens="09:15", closes="09:45")
    make(any_desk, opens="09:00", closes="10:00")
    found = any_desk.staff("spread_students", "headquarters", campaign="autumn", by="teaching_point")
    assert found == {"assigned": 6, "left": 0, "skipped": {}}
    first = slots(any_desk)[0]
    any_desk.staff("move_students", "headquarters", students=[1], slot=slots(any_desk)[-1].public_id)
    any_desk.later(hours=1)
    counts = any_desk.staff("reoffer_missed", "headquarters", campaign="autumn")
    assert (counts["came"], counts["left"]) == (0, 0) and counts["missed"] == counts["offered"] > 0
    assert first.id not in due(any_desk).values() and len(due(any_desk)) == 6
    with any_desk.database.read() as session:
        assert planning.numbers_with_photo(session, any_desk.now - timedelta(days=1)) == set()
        assert planning.measured_student_seconds(session, any_desk.now) is None


def test_the_time_a_student_takes_is_measured_once_there_are_enough(desk: Desk) -> None:
    with desk.database.write() as session:
        for number in range(7, 40):
            desk.add_student(session, 1, number)
    site(desk, student_seconds=600)
    for student in range(1, planning.MEASURED_AT_LEAST + 1):
        with desk.database.read() as session:
            assert planning.measured_student_seconds(session, desk.now) is None
        desk.to_capture(student)
        desk.later(seconds=100)
        shot = desk.shoot(str(desk.front()))
        desk.kiosk("accept", shot=shot)
        desk.later(seconds=20)
        desk.kiosk("finish")
        desk.later(seconds=30)
    with desk.database.read() as session:
        assert planning.measured_student_seconds(session, desk.now) == 120
    assert make(desk)["capacity"] == 11  # 15 min × 2 / 2 min = 15, but nine wait and two sit
