"""What staff may do, with which role, and what nobody may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.actions import available
from kiosk.actions.base import REGISTRY, ROLES, STAFF, Actor, find
from kiosk.domain.device_check import Step
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState, may_move
from kiosk.records import collected, queries
from kiosk.records.tables import Audit, Campaign, Student
from tests.actions.desk import MORNING, NINGXIA, Desk, id_number


def refused(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code is code)


def student(desk: Desk, number: int) -> int:
    with desk.database.read() as session:
        return session.scalars(select(Student.id).where(Student.id_number == id_number(number))).one()


def to_observation(desk: Desk, number: int) -> str:
    visit = str(desk.card(number)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    desk.bridge("take_temperature", visit=visit, celsius=38.5)
    return visit


def test_a_student_without_a_card_still_confirms(desk: Desk) -> None:
    visit = str(desk.staff("confirm_without_card", student=student(desk, 1), station="kiosk-2")["visit"])
    row = desk.visit(visit)
    assert (row.state, row.assurance, desk.front("kiosk-2")) == ("confirming", "typed", visit)
    with desk.database.read() as session:
        line = queries.audit_of(session, visit)[0]
    assert (line.reason, line.actor, line.station) == ("a reason", "staff:li", "kiosk-2")


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_an_override_needs_a_reason(desk: Desk, reason: str | None) -> None:
    with refused(Code.REASON_REQUIRED):
        desk.staff("confirm_without_card", reason=reason, student=student(desk, 1), station="kiosk-1")
    assert desk.front() is None


def test_every_decision_that_sets_a_rule_aside_needs_a_reason() -> None:
    find("begin")
    assert {name for name, entry in REGISTRY.items() if entry.needs_reason} == {
        "admit_late", "allow_shot", "cancel", "confirm_without_card", "decide_shot", "move_visit", "park_visit",
        "refund_payment", "release_shutter", "reopen_session", "replace_photo", "resend_message", "resolve_check",
        "resolve_report", "send_to_observation", "set_priority", "take_back", "waive_payment", "withdraw_delivery",
    }  # fmt: skip


def test_which_roles_may_what() -> None:
    find("begin")
    roles = {
        name: "".join(role[0] for role in ROLES if role in entry.roles)
        for name, entry in REGISTRY.items()
        if STAFF in entry.kinds
    }
    assert roles == {
        "add_staff": "a", "change_staff": "a", "assign_photo": "ao", "unassign_photo": "ao",
        "allow_shot": "ao", "decide_shot": "ao", "release_shutter": "ao", "bind_campus_card": "ao",
        "call_next": "aou", "cancel": "aou", "confirm_without_card": "aou", "park_visit": "aou",
        "requeue": "aou", "resolve_report": "aou", "resume": "aou",
        "hold": "aou", "let_in": "aou", "recall": "aou", "release_hold": "aou", "set_priority": "aou",
        "resend_message": "ah", "order_device": "ao", "record_device_check": "ao", "resolve_check": "ao",
        "remeasure": "aom",
        "answer_call": "aoum", "record_temperature": "aoum", "send_to_observation": "aoum",
        "change_account": "aoumh", "log_in": "aoumh", "log_out": "aoumh",
        "open_session": "ao", "log_hygiene": "aoum", "sign_opening_line": "aoum",
        "close_session": "ao", "reopen_session": "a", "finish_visit": "ao", "move_visit": "ao",
        "assign_branch": "a", "set_pin": "aoumh", "lock": "aoumh", "unlock": "aoumh",
        "hand_out": "aou", "take_back": "aou",
        **dict.fromkeys(
            ("decide_collected", "decide_copy", "make_upload_link", "record_payment", "refund_payment",
             "reopen_photo", "replace_photo", "request_copy", "send_own_photo", "waive_payment",
             "withdraw_delivery"), "ao",
        ),
        **dict.fromkeys(
            ("activate_campaign", "admit_late", "change_slot", "discard_draft", "make_slots", "move_students",
             "publish_draft", "remove_slot", "reoffer_missed", "save_draft", "save_site", "save_units",
             "spread_students"), "ah",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["identify", "accept", "confirm", "declare", "keep_shot", "take_temperature"])
def test_staff_never_act_in_a_students_place(name: str) -> None:
    assert STAFF not in find(name).kinds


def test_a_role_that_may_not_is_refused_and_that_is_history(desk: Desk) -> None:
    visit = desk.to_capture(1)
    with refused(Code.NOT_ALLOWED):
        desk.staff("allow_shot", role="usher", visit=visit)
    assert desk.audit()[-1] == ("allow_shot", "not_allowed")


def test_nobody_passes_a_student_who_was_refused_today(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    desk.kiosk("declare", answers={**NINGXIA, "fever_or_cough": "yes"})
    desk.kiosk("leave")
    arguments = {"student": student(desk, 1), "station": "kiosk-1"}
    for role in ("administrator", "operator", "usher"):
        with refused(Code.VISIT_REFUSED_TODAY):
            desk.staff("confirm_without_card", role=role, **arguments)
        with refused(Code.NEVER_OVERRIDDEN):
            desk.staff("confirm_without_card", role=role, override=["visit_refused_today"], **arguments)
    assert desk.front() is None


def test_a_time_slot_is_overridden_knowingly_and_on_record(desk: Desk) -> None:
    with desk.database.write() as session:
        row = session.get_one(Student, student(desk, 1))
        row.slot_from, row.late = MORNING + timedelta(hours=5), True
    arguments = {"student": student(desk, 1), "station": "kiosk-1"}
    with refused(Code.ROSTER_LATE):
        desk.staff("confirm_without_card", role="administrator", **arguments)
    both = ["roster_late", "not_in_time_slot"]
    with refused(Code.NOT_ALLOWED):
        desk.staff("confirm_without_card", role="operator", override=both, **arguments)
    with refused(Code.SECOND_PERSON_REQUIRED):
        desk.staff("confirm_without_card", role="administrator", override=both, **arguments)
    two = Actor(STAFF, "li", role="administrator", second="wang")
    with refused(Code.NOT_IN_TIME_SLOT):
        desk.act("confirm_without_card", two, reason="a reason", override=both[:1], **arguments)
    desk.act("confirm_without_card", two, reason="a reason", override=both, **arguments)
    with desk.database.read() as session:
        last = session.scalars(select(Audit).order_by(Audit.sequence.desc()).limit(1)).one()
    assert last.detail["overridden"] == both


def test_staff_take_up_the_visit_that_is_open(desk: Desk) -> None:
    visit = desk.to_queue(1)
    arguments = {"student": student(desk, 1), "station": "kiosk-2"}
    assert desk.staff("confirm_without_card", **arguments)["visit"] == visit
    assert desk.front("kiosk-2") == visit


def test_confirming_without_a_card_answers_the_students_call(desk: Desk) -> None:
    desk.kiosk("call_staff")
    assert desk.station().called_staff_at is not None
    desk.staff("confirm_without_card", student=student(desk, 1), station="kiosk-1")
    assert desk.station().called_staff_at is None


def test_staff_put_nobody_over_a_student_who_stands_there(desk: Desk) -> None:
    desk.card(1)
    with refused(Code.STATION_BUSY):
        desk.staff("confirm_without_card", student=student(desk, 2), station="kiosk-1")
    with refused(Code.STUDENT_UNKNOWN):
        desk.staff("confirm_without_card", student=999, station="kiosk-2")
    with refused(Code.STATION_UNKNOWN):
        desk.staff("confirm_without_card", student=student(desk, 2), station="kiosk-9")


def test_no_press_concerns_a_kiosk_of_another_site(desk: Desk) -> None:
    east, west = (desk.with_settings(site={"code": code}) for code in ("east", "west"))
    east.stand("kiosk-1")
    west.stand("kiosk-2")
    mine, theirs = east.to_queue(1), west.to_queue(2, "kiosk-2")
    waiting = east.to_queue(3)
    east.staff("park_visit", visit=waiting)
    west.kiosk("call_staff", "kiosk-2")
    called_at = desk.station("kiosk-2").called_staff_at
    steps = {step.value: {"result": "passed", "why": "", "reason": "", "values": {}} for step in Step}
    presses: dict[str, dict[str, Any]] = {
        "call_next": {},
        "confirm_without_card": {"student": student(desk, 4)},
        "resume": {"visit": waiting},
        "answer_call": {},
        "order_device": {"order": "retry", "device": "camera"},
        "record_device_check": {"steps": steps},
    }
    named = {
        each.name for each in REGISTRY.values() if STAFF in each.kinds and "station" in each.arguments.model_fields
    }
    assert named == presses.keys(), "every press that names a kiosk is here"
    for name, arguments in presses.items():
        with refused(Code.STATION_ELSEWHERE):
            east.staff(name, station="kiosk-2", **arguments)
        assert desk.audit()[-1] == (name, "station_elsewhere")
    assert (desk.front("kiosk-2"), desk.station("kiosk-2").seat_visit_id) == (theirs, None)
    assert desk.station("kiosk-2").called_staff_at == called_at
    assert east.staff("call_next", station="kiosk-1")["visit"] == mine
    assert west.staff("call_next", station="kiosk-2")["visit"] == theirs


def test_a_campaign_may_insist_on_the_chip(bare_desk: Desk) -> None:
    bare_desk.prepare(assurances=["chip_verified"])
    with refused(Code.IDENTITY_MODE):
        bare_desk.staff("confirm_without_card", student=student(bare_desk, 1), station="kiosk-1")


def test_a_typed_temperature_counts_like_a_measured_one(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    with refused(Code.NOT_NOW):
        desk.staff("record_temperature", reason=None, visit=visit, celsius=36.5)
    desk.kiosk("declare", answers=NINGXIA)
    assert desk.staff("record_temperature", reason=None, visit=visit, celsius=36.5)["state"] == "queued"
    with desk.database.read() as session:
        reading = queries.temperatures(session, desk.visit(visit))[0]
    assert (reading.source, reading.by, reading.abnormal) == ("typed", "staff:li", False)


def test_an_abnormal_temperature_keeps_the_place_in_the_queue(desk: Desk) -> None:
    first = to_observation(desk, 1)
    second = desk.to_queue(2)
    assert [desk.visit(visit).number for visit in (first, second)] == [1, 2]
    desk.later(minutes=15)
    assert desk.staff("remeasure", role="medic", reason=None, visit=first, celsius=36.8)["state"] == "queued"
    assert desk.kiosk("call_next")["visit"] == first


def test_still_abnormal_ends_the_day(desk: Desk) -> None:
    visit = to_observation(desk, 1)
    assert desk.staff("remeasure", role="medic", reason=None, visit=visit, celsius=38.1)["state"] == "escalated"
    row = desk.visit(visit)
    assert (row.end_code, row.ended_at) == ("temperature_abnormal", desk.now)
    desk.kiosk("leave")
    with refused(Code.VISIT_REFUSED_TODAY):
        desk.card(1)


def test_there_is_no_way_out_of_observation_but_a_measurement(desk: Desk) -> None:
    visit = to_observation(desk, 1)
    desk.kiosk("leave")
    for name, arguments in {
        "resume": {"station": "kiosk-1"}, "park_visit": {}, "requeue": {}, "allow_shot": {},
        "record_temperature": {"celsius": 36.5}, "resolve_report": {"resolution": "continue"},
    }.items():  # fmt: skip
        for role in ROLES:
            try:
                desk.staff(name, role=role, visit=visit, **arguments)
            except Refusal:
                continue
            assert name == "allow_shot"  # a further shot is no way out
    with refused(Code.VISIT_WAITS_FOR_STAFF):
        desk.card(1)
    with refused(Code.NOT_ALLOWED):
        desk.staff("remeasure", role="usher", reason=None, visit=visit, celsius=36.5)
    assert desk.state(visit) == "observation"
    assert VisitState.OBSERVATION not in available.STATES["resume"]


def test_cancelling_is_no_way_around_the_measurement(desk: Desk) -> None:
    visit = to_observation(desk, 1)
    desk.staff("cancel", visit=visit)
    with refused(Code.VISIT_REFUSED_TODAY):
        desk.card(1)
    with refused(Code.NEVER_OVERRIDDEN):
        desk.staff(
            "confirm_without_card", role="administrator", student=student(desk, 1), station="kiosk-1",
            override=["visit_refused_today"],
        )  # fmt: skip
    desk.now += timedelta(days=1)
    assert desk.card(1)["state"] == "confirming"


def test_another_campaign_is_no_way_around_a_refusal(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    desk.kiosk("declare", answers={**NINGXIA, "health_code": "red"})
    with desk.database.write() as session:
        other = Campaign(
            code="other", title_zh="另", title_en="other", identity_mode="id-card", profile="chsi-2017-99",
            screening="off", capture_from=MORNING.date(), capture_until=MORNING.date(),
        )  # fmt: skip
        session.add(other)
        session.flush()
        desk.add_student(session, other.id, 1, student_number="2099000000001")
        queries.ensure_station(session, "kiosk-2", "2", "other", MORNING)
    with refused(Code.VISIT_REFUSED_TODAY):
        desk.card(1, "kiosk-2")


@pytest.mark.parametrize("as_staff", [False, True])
def test_another_campaign_is_no_way_out_of_observation(desk: Desk, as_staff: bool) -> None:
    to_observation(desk, 1)
    with desk.database.write() as session:
        other = Campaign(
            code="other", title_zh="另", title_en="other", identity_mode="id-card", profile="chsi-2017-99",
            screening="off", capture_from=MORNING.date(), capture_until=MORNING.date(),
        )  # fmt: skip
        session.add(other)
        session.flush()
        desk.add_student(session, other.id, 1, student_number="2099000000001")
        queries.ensure_station(session, "kiosk-2", "2", "other", MORNING)
        session.flush()
        same = session.scalars(select(Student.id).where(Student.campaign_id == other.id)).one()
    with refused(Code.VISIT_WAITS_FOR_STAFF):
        if as_staff:
            desk.staff(
                "confirm_without_card", role="administrator", student=same, station="kiosk-2",
                override=["visit_waits_for_staff"],
            )  # fmt: skip
        else:
            desk.card(1, "kiosk-2")
    assert desk.front("kiosk-2") is None


def test_a_call_that_nobody_answered_ends_with_the_day(desk: Desk) -> None:
    desk.kiosk("call_staff")
    desk.system("close_stale")
    assert desk.station().called_staff_at is not None
    desk.now += timedelta(days=1)
    desk.kiosk("call_staff", "kiosk-2")
    desk.system("close_stale")
    assert (desk.station().called_staff_at, desk.station("kiosk-2").called_staff_at) == (None, desk.now)


def test_somebody_unwell_comes_back_to_the_same_step(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    desk.staff("send_to_observation", role="usher", visit=visit)
    row = desk.visit(visit)
    assert (row.state, row.resume_state, row.number) == ("observation", "declaring", 1)
    desk.kiosk("leave")
    assert desk.staff("remeasure", role="medic", reason=None, visit=visit, celsius=36.5)["state"] == "declaring"
    assert desk.front() is None
    desk.staff("resume", visit=visit, station="kiosk-2")
    assert desk.front("kiosk-2") == visit
    with refused(Code.NOT_NOW):
        desk.staff("resume", visit=visit, station="kiosk-1")


def test_a_second_measurement_counts_where_the_first_was_still_to_come(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    desk.staff("send_to_observation", visit=visit)
    assert desk.staff("remeasure", role="medic", reason=None, visit=visit, celsius=36.5)["state"] == "queued"


def test_observation_frees_the_seat(desk: Desk) -> None:
    visit = desk.to_capture(1)
    desk.staff("send_to_observation", visit=visit)
    assert desk.station().seat_visit_id is None
    assert desk.staff("remeasure", role="medic", reason=None, visit=visit, celsius=36.5)["state"] == "capturing"
    assert desk.station().seat_visit_id is not None


def test_whoever_is_not_there_waits_behind_the_others(desk: Desk) -> None:
    first, second = desk.to_queue(1), desk.to_queue(2)
    desk.staff("call_next", station="kiosk-2")
    desk.staff("requeue", reason=None, visit=first)
    assert desk.visit(first).number == 1
    assert desk.station("kiosk-2").seat_visit_id is None
    assert desk.staff("call_next", station="kiosk-2")["visit"] == second
    assert desk.staff("call_next", station="kiosk-1")["visit"] == first


def test_a_report_is_settled_and_the_student_confirms_again(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("report_wrong_data", fields=["class_name"])
    desk.staff("resolve_report", visit=visit, resolution="continue")
    assert (desk.state(visit), desk.front()) == ("confirming", visit)
    with desk.database.read() as session:
        report = queries.reports(session, desk.visit(visit))[0]
    assert (report.resolved_at, report.resolution) == (desk.now, "a reason")
    desk.kiosk("report_wrong_data", fields=["name"])
    desk.staff("resolve_report", visit=visit, resolution="cancel")
    assert (desk.state(visit), desk.front()) == ("cancelled", None)


def test_parking_by_staff_clears_the_screen_and_resuming_brings_it_back(desk: Desk) -> None:
    visit = desk.to_capture(1)
    desk.staff("park_visit", visit=visit)
    assert (desk.front(), desk.station().seat_visit_id) == (None, None)
    with refused(Code.VISIT_PARKED):
        desk.staff("requeue", visit=visit)
    desk.staff("resume", reason=None, visit=visit, station="kiosk-2")
    assert (desk.state(visit), desk.front("kiosk-2")) == ("capturing", visit)


def test_an_accepted_visit_is_neither_cancelled_nor_parked(desk: Desk) -> None:
    visit = desk.to_capture(1)
    desk.kiosk("accept", shot=desk.shoot(visit))
    for name in ("cancel", "park_visit", "send_to_observation", "allow_shot"):
        with refused(Code.NOT_NOW):
            desk.staff(name, visit=visit)
    assert desk.state(visit) == "accepted"


def test_unknown_visits_are_refused(desk: Desk) -> None:
    with refused(Code.VISIT_UNKNOWN):
        desk.staff("cancel", visit="0" * 32)


def test_shots_are_not_allowed_without_end(desk: Desk) -> None:
    visit = desk.to_capture(1)
    for _ in range(17):
        desk.staff("allow_shot", visit=visit)
    with refused(Code.NO_SHOTS_LEFT):
        desk.staff("allow_shot", visit=visit)


def test_the_shutter_is_released_for_one_shot_of_whoever_is_in_front_of_the_camera(desk: Desk) -> None:
    visit = desk.to_capture(1)
    with refused(Code.NOT_ALLOWED):
        desk.staff("release_shutter", role="usher", visit=visit)
    desk.staff("release_shutter", visit=visit)
    assert desk.visit(visit).shutter_for == 1
    desk.shoot(visit)
    with refused(Code.NOT_NOW):
        desk.staff("release_shutter", visit=visit)
    desk.kiosk("retake")
    assert desk.visit(visit).shutter_for is None  # the second shot is not released


def test_a_released_shutter_does_not_outlast_a_parked_visit(desk: Desk) -> None:
    visit = desk.to_capture(1)
    desk.staff("release_shutter", visit=visit)
    desk.staff("park_visit", visit=visit)
    desk.staff("resume", reason=None, visit=visit, station="kiosk-1")
    assert (desk.state(visit), desk.visit(visit).shutter_for) == ("capturing", None)


def test_yesterdays_visits_do_not_hold_todays_seats(desk: Desk) -> None:
    waiting = desk.to_queue(1)
    desk.kiosk("step_aside")
    accepted = desk.to_queue(2, "kiosk-2")
    desk.staff("cancel", visit=waiting)
    desk.kiosk("call_next", "kiosk-2")
    desk.kiosk("begin_capture", "kiosk-2")
    desk.kiosk("accept", "kiosk-2", shot=desk.shoot(accepted, station="kiosk-2"))
    attended = str(desk.card(3)["visit"])
    assert desk.system("close_stale") == {"visits": 0}
    desk.now += timedelta(days=1)
    assert desk.system("close_stale") == {"visits": 2}
    assert (desk.state(accepted), desk.state(attended)) == ("done", "cancelled")
    assert desk.visit(attended).end_code == "stale"
    for name in ("kiosk-1", "kiosk-2"):
        station = desk.station(name)
        assert (station.front_visit_id, station.seat_visit_id) == (None, None)
    with desk.database.read() as session:
        assert collected.last_of_person(session, id_number(2)) is not None


@pytest.mark.parametrize("role", ROLES)
def test_the_buttons_are_those_that_the_table_and_the_role_allow(role: str) -> None:
    for state in VisitState:
        for name in available.for_visit(state.value, role):
            assert role in find(name).roles
    assert ("cancel" in available.for_visit("queued", role)) == (role not in ("medic", "headquarters"))
    assert available.for_visit("cancelled", role) == []
    assert ("resume" in available.for_visit("declaring", role, in_front=False)) == (
        role not in ("medic", "headquarters")
    )
    for name, target in (
        ("cancel", "cancelled"),
        ("park_visit", "parked"),
        ("send_to_observation", "observation"),
    ):
        for state in available.STATES[name]:
            assert may_move(state, VisitState(target))
