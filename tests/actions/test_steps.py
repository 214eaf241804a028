"""The student's own steps: skipped where the campaign does not ask for them, refused where they come too late."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.records.tables import Declaration, Shot, TemperatureReading
from tests.actions.desk import NINGXIA, Desk, shot_facts


def refused(code: Code) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code is code)


@pytest.mark.parametrize(
    ("screening", "temperature", "state"),
    [
        ("short", True, "declaring"),
        ("off", True, "temperature"),
        ("short", False, "declaring"),
        ("off", False, "queued"),
    ],
)
def test_steps_that_a_campaign_does_not_ask_for_are_skipped(
    bare_desk: Desk, screening: str, temperature: bool, state: str
) -> None:
    bare_desk.prepare(screening=screening, temperature_required=temperature)
    visit = str(bare_desk.card(1)["visit"])
    assert bare_desk.kiosk("confirm")["state"] == state
    if state == "declaring":
        after = bare_desk.kiosk("declare", answers={"fever_or_cough": False})
        assert after["state"] == ("temperature" if temperature else "queued")
    assert (bare_desk.visit(visit).number is not None) == (bare_desk.state(visit) == "queued")


def test_a_site_without_thermometer_skips_the_temperature(desk: Desk) -> None:
    site = desk.with_settings(temperature={"required": False})
    site.card(1)
    site.kiosk("confirm")
    assert site.kiosk("declare", answers=NINGXIA)["state"] == "queued"


def test_a_ruleset_that_is_missing_stops_everybody(bare_desk: Desk) -> None:
    bare_desk.prepare(screening="no such file")
    bare_desk.card(1)
    with refused(Code.INTERNAL):
        bare_desk.kiosk("confirm")


def test_wrong_data_goes_to_staff(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    assert desk.kiosk("report_wrong_data", fields=["name", "name", "sex"], note=" 少一个字 ")["state"] == (
        "data_reported"
    )
    assert desk.station().called_staff_at == desk.now
    with desk.database.read() as session:
        report = queries.reports(session, desk.visit(visit))[0]
    assert (report.fields, report.note) == (["name", "sex"], "少一个字")


@pytest.mark.parametrize("fields", [[], ["address"], ["name"] * 13, "name"])
def test_only_fields_that_are_shown_can_be_reported(desk: Desk, fields: object) -> None:
    desk.card(1)
    with refused(Code.BAD_REQUEST):
        desk.kiosk("report_wrong_data", fields=fields)


@pytest.mark.parametrize("answers", [{}, {**NINGXIA, "more": "no"}, {**NINGXIA, "health_code": "blue"}])
def test_a_declaration_is_whole_or_not_signed(desk: Desk, answers: dict[str, str]) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    with refused(Code.DECLARATION_INCOMPLETE):
        desk.kiosk("declare", answers=answers)
    assert desk.count(Declaration) == 0


def test_a_declaration_that_does_not_pass_ends_the_visit_and_calls_staff(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    outcome = desk.kiosk("declare", answers={**NINGXIA, "health_code": "yellow"})
    assert (outcome["state"], outcome["passed"]) == ("refused", False)
    row = desk.visit(visit)
    assert (row.end_code, row.ended_at, row.number) == ("declaration_not_passed", desk.now, None)
    assert desk.station().called_staff_at == desk.now
    with desk.database.read() as session:
        signed = queries.declaration(session, row)
    assert signed is not None
    assert (signed.failed_questions, signed.ruleset, signed.ruleset_version) == (
        ["health_code"], "ningxia-2020", "2020.1",
    )  # fmt: skip
    assert desk.front() == visit
    desk.kiosk("leave")
    assert desk.front() is None


@pytest.mark.parametrize(
    ("celsius", "state"), [(35.0, "queued"), (37.2, "queued"), (37.3, "observation"), (41, "observation")]
)
def test_the_limit_decides(desk: Desk, celsius: float, state: str) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    outcome = desk.bridge("take_temperature", visit=visit, celsius=celsius)
    assert (outcome["state"], outcome["number"]) == (state, 1)
    assert (desk.station().called_staff_at is not None) == (state == "observation")


@pytest.mark.parametrize("celsius", [34.9, 20, 43.1, 0])
def test_an_implausible_reading_is_repeated(desk: Desk, celsius: float) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    with refused(Code.TEMPERATURE_IMPLAUSIBLE):
        desk.bridge("take_temperature", visit=visit, celsius=celsius)
    notice = desk.station().notice
    assert notice is not None and notice["code"] == "temperature_implausible"
    assert desk.count(TemperatureReading) == 0
    desk.bridge("take_temperature", visit=visit, celsius=36.5)
    assert desk.station().notice is None


def test_a_reading_for_somebody_else_is_not_taken(desk: Desk) -> None:
    first = str(desk.card(1)["visit"])
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    desk.kiosk("park", cause="left")
    desk.card(2)
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    with refused(Code.NOT_NOW):
        desk.bridge("take_temperature", visit=first, celsius=36.5)
    assert desk.count(TemperatureReading) == 0


def test_a_press_that_was_meant_for_somebody_else_is_refused(desk: Desk) -> None:
    first = str(desk.card(1)["visit"])
    desk.kiosk("park", cause="left")
    second = str(desk.card(2)["visit"])
    with refused(Code.NOT_NOW):
        desk.kiosk("confirm", visit=first)
    assert desk.state(second) == "confirming"


def test_an_older_page_may_not_act(desk: Desk) -> None:
    from kiosk.actions.base import KIOSK, Actor

    desk.kiosk("claim", page="page-one")
    desk.act("begin", Actor(KIOSK, "kiosk-1", station="kiosk-1", page="page-one"), language="en")
    desk.kiosk("claim", page="page-two")
    with refused(Code.PAGE_SUPERSEDED):
        desk.act("leave", Actor(KIOSK, "kiosk-1", station="kiosk-1", page="page-one"))
    assert desk.station().mode == "identify"


def test_numbers_are_given_once_and_gaps_are_never_filled(desk: Desk) -> None:
    first, second = desk.to_queue(1), desk.to_queue(2)
    desk.staff("cancel", visit=second)
    third = desk.to_queue(3)
    assert [desk.visit(visit).number for visit in (first, second, third)] == [1, 2, 3]
    desk.now += timedelta(days=1)
    assert desk.visit(desk.to_queue(4)).number == 1


def test_the_lowest_number_is_called(desk: Desk) -> None:
    first, second = desk.to_queue(1), desk.to_queue(2)
    assert desk.kiosk("call_next", "kiosk-2")["visit"] == first
    assert desk.kiosk("call_next", "kiosk-1")["visit"] == second
    assert (desk.front("kiosk-2"), desk.front("kiosk-1")) == (first, second)


def test_a_kiosk_does_not_call_away_whom_another_free_kiosk_shows(desk: Desk) -> None:
    visit = desk.to_queue(1, "kiosk-1")
    with refused(Code.NOBODY_WAITING):
        desk.kiosk("call_next", "kiosk-2")
    assert desk.staff("call_next", station="kiosk-2")["visit"] == visit


def test_who_may_not_be_called_over(desk: Desk) -> None:
    desk.to_queue(1)
    desk.kiosk("step_aside")
    desk.card(2)
    with refused(Code.STATION_BUSY):
        desk.kiosk("call_next")
    with refused(Code.STATION_BUSY):
        desk.staff("call_next", station="kiosk-1")
    desk.kiosk("park", cause="left")
    desk.kiosk("begin", language="zh_CN")
    with refused(Code.STATION_BUSY):
        desk.kiosk("call_next")
    desk.staff("call_next", station="kiosk-1")
    with refused(Code.SEAT_TAKEN):
        desk.staff("call_next", station="kiosk-1")


def test_an_empty_queue_says_so(desk: Desk) -> None:
    with refused(Code.NOBODY_WAITING):
        desk.kiosk("call_next")


def test_a_kiosk_that_may_not_call_leaves_it_to_staff(desk: Desk) -> None:
    site = desk.with_settings(visit={"auto_call": False})
    visit = site.to_queue(1)
    with refused(Code.NOT_ALLOWED):
        site.kiosk("call_next")
    assert site.staff("call_next", station="kiosk-1")["visit"] == visit


def test_three_shots_and_no_more(desk: Desk) -> None:
    visit = desk.to_capture(1)
    for ordinal in (1, 2, 3):
        desk.shoot(visit, ordinal, verdict="fail")
        if ordinal < 3:
            assert desk.kiosk("retake")["shots_left"] == 3 - ordinal
    with refused(Code.NO_SHOTS_LEFT):
        desk.kiosk("retake")
    desk.staff("allow_shot", visit=visit)
    desk.kiosk("retake")
    desk.shoot(visit, 4)
    assert desk.count(Shot) == 4


def test_a_shot_that_is_sent_again_is_kept_once(desk: Desk) -> None:
    visit = desk.to_capture(1)
    facts = shot_facts(visit, 1, desk.now)
    first = desk.bridge("keep_shot", **facts)
    assert desk.bridge("keep_shot", **facts) == first
    desk.kiosk("accept", shot=facts["shot"])
    desk.kiosk("finish")
    again = desk.bridge("keep_shot", **facts)
    assert (again["shot"], again["ordinal"]) == (first["shot"], 1)
    assert desk.count(Shot) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ordinal": 2}, Code.SHOT_STALE),
        ({"ordinal": 0}, Code.SHOT_STALE),
        ({"taken_at": "2026-11-23T00:59:59+00:00"}, Code.SHOT_STALE),
        ({"taken_at": "2026-11-23T01:00:00"}, Code.BAD_REQUEST),
        ({"profile": "us-visa"}, Code.BAD_REQUEST),
        ({"original_sha256": "A" * 64}, Code.BAD_REQUEST),
        ({"shot": "short"}, Code.BAD_REQUEST),
        ({"judgement": {"verdict": "pass"}}, Code.BAD_REQUEST),
        ({"judgement": {"profile": "chsi-2017-99", "verdict": "perfect", "checks": []}}, Code.BAD_REQUEST),
        ({"judgement": {"profile": "chsi-2017-99", "verdict": "pass", "checks": [{"code": 1}]}}, Code.BAD_REQUEST),
        ({"visit": "nobody"}, Code.VISIT_UNKNOWN),
    ],
)
def test_a_shot_whose_facts_do_not_fit_is_refused(desk: Desk, changes: dict[str, object], code: Code) -> None:
    visit = desk.to_capture(1)
    with refused(code):
        desk.bridge("keep_shot", **{**shot_facts(visit, 1, desk.now), **changes})
    assert (desk.count(Shot), desk.state(visit)) == (0, "capturing")


def test_a_shot_binds_only_to_who_holds_the_seat(desk: Desk) -> None:
    first = desk.to_capture(1)
    desk.kiosk("park", cause="idle")
    second = desk.to_capture(2)
    with refused(Code.NOT_IN_SEAT):
        desk.shoot(first)
    with refused(Code.NOT_IN_SEAT):
        desk.shoot(second, station="kiosk-2")
    desk.shoot(second)
    assert desk.state(first) == "parked"


def test_a_late_shot_does_not_replace_the_one_on_the_screen(desk: Desk) -> None:
    visit = desk.to_capture(1)
    desk.shoot(visit, 1)
    with refused(Code.SHOT_STALE):
        desk.shoot(visit, 2)


@pytest.mark.parametrize(("verdict", "ok"), [("pass", True), ("ask", True), ("fail", False)])
def test_which_verdicts_a_student_may_accept(desk: Desk, verdict: str, ok: bool) -> None:
    visit = desk.to_capture(1)
    shot = desk.shoot(visit, verdict=verdict)
    if ok:
        assert desk.kiosk("accept", shot=shot)["state"] == "accepted"
        return
    with refused(Code.SHOT_NOT_ACCEPTABLE):
        desk.kiosk("accept", shot=shot)
    desk.staff("decide_shot", visit=visit, shot=shot, decision="accept")
    assert desk.kiosk("accept", shot=shot)["state"] == "accepted"


def test_only_the_shown_shot_is_accepted(desk: Desk) -> None:
    visit = desk.to_capture(1)
    first = desk.shoot(visit, 1)
    desk.kiosk("retake")
    second = desk.shoot(visit, 2)
    with refused(Code.SHOT_STALE):
        desk.kiosk("accept", shot=first)
    with refused(Code.SHOT_UNKNOWN):
        desk.kiosk("accept", shot="0" * 32)
    desk.kiosk("accept", shot=second)
    with refused(Code.NOT_NOW):
        desk.kiosk("accept", shot=second)


def test_a_shot_without_a_picture_is_never_accepted(desk: Desk) -> None:
    visit = desk.to_capture(1)
    shot = desk.shoot(visit, verdict="ask", deliverable_sha256=None)
    with refused(Code.SHOT_NOT_ACCEPTABLE):
        desk.kiosk("accept", shot=shot)
    with refused(Code.SHOT_NOT_ACCEPTABLE):
        desk.staff("decide_shot", visit=visit, shot=shot, decision="accept")


def test_the_receipts_secret_is_in_no_outcome(desk: Desk) -> None:
    visit = desk.to_capture(1)
    outcome = desk.kiosk("accept", shot=desk.shoot(visit))
    nonce = desk.visit(visit).receipt_nonce
    assert nonce and nonce not in str(outcome)


@pytest.mark.parametrize("cause", ["idle", "left"])
def test_silence_parks_and_never_accepts(desk: Desk, cause: str) -> None:
    visit = desk.to_capture(1)
    desk.shoot(visit)
    desk.kiosk("park", cause=cause)
    row = desk.visit(visit)
    assert (row.state, row.accepted_shot_id, row.resume_state) == ("parked", None, "review")
    assert desk.front() == (visit if cause == "idle" else None)


def test_a_timer_of_the_page_ends_no_step(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    with refused(Code.NOT_NOW):
        desk.kiosk("leave")
    with refused(Code.NOT_NOW):
        desk.kiosk("finish")
    with refused(Code.NOT_NOW):
        desk.kiosk("step_aside")
    with refused(Code.STATION_BUSY):
        desk.kiosk("begin", language="zh_CN")
    assert (desk.state(visit), desk.front()) == ("confirming", visit)


def test_a_visit_whose_shots_were_used_up_comes_back_to_its_photo(desk: Desk) -> None:
    visit = desk.to_capture(1)
    for ordinal in (1, 2, 3):
        shot = desk.shoot(visit, ordinal)
        if ordinal < 3:
            desk.kiosk("retake")
    desk.kiosk("park", cause="left")
    desk.to_capture(2)
    assert desk.card(1, "kiosk-2")["state"] == "review"
    desk.kiosk("park", "kiosk-2", cause="left")
    desk.staff("resume", visit=visit, station="kiosk-1")
    assert desk.state(visit) == "queued"
    desk.kiosk("call_next", "kiosk-2")
    assert desk.kiosk("begin_capture", "kiosk-2")["state"] == "review"
    assert desk.kiosk("accept", "kiosk-2", shot=shot)["state"] == "accepted"


def test_the_language_follows_the_student_and_leaves_with_them(desk: Desk) -> None:
    desk.kiosk("begin", language="en")
    visit = str(desk.card(1)["visit"])
    desk.kiosk("set_language", language="zh_CN")
    assert desk.visit(visit).language == "zh_CN"
    desk.kiosk("set_language", language="en")
    desk.kiosk("park", cause="left")
    assert desk.station().language == "zh_CN"
    desk.card(1, "kiosk-2")
    assert desk.station("kiosk-2").language == "en"


def test_calling_staff_keeps_the_first_time_until_somebody_comes(desk: Desk) -> None:
    first = desk.now
    desk.kiosk("call_staff")
    desk.later(seconds=30)
    desk.kiosk("call_staff")
    assert desk.station().called_staff_at == first
    desk.staff("answer_call", role="medic", station="kiosk-1")
    assert desk.station().called_staff_at is None


def test_a_call_outlives_its_caller_for_staff_but_not_for_the_next_student(desk: Desk) -> None:
    first = desk.now
    desk.kiosk("begin", language="zh_CN")
    desk.kiosk("call_staff")
    desk.card(1)
    assert desk.station().caller_left_at is None, "the card was laid by whoever called"
    desk.later(seconds=30)
    desk.kiosk("park", cause="left")
    assert (desk.station().called_staff_at, desk.station().caller_left_at) == (first, desk.now)
    desk.kiosk("call_staff")
    assert (desk.station().called_staff_at, desk.station().caller_left_at) == (desk.now, None), "a call of its own"
    desk.kiosk("begin", language="zh_CN")
    desk.staff("answer_call", role="medic", station="kiosk-1")
    assert (desk.station().called_staff_at, desk.station().caller_left_at) == (None, None)


def test_a_problem_of_the_devices_is_on_the_screen_until_something_happens(desk: Desk) -> None:
    desk.bridge("show_problem", code="card_unreadable")
    assert desk.station().notice == {"code": "card_unreadable", "args": {}, "at": desk.now.isoformat()}
    desk.kiosk("begin", language="zh_CN")
    assert desk.station().notice is None
    with refused(Code.BAD_REQUEST):
        desk.bridge("show_problem", code="no such code")


def test_a_clock_that_goes_back_harms_nothing(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.later(hours=-3)
    desk.kiosk("confirm")
    desk.kiosk("declare", answers=NINGXIA)
    desk.bridge("take_temperature", visit=visit, celsius=36.5)
    with desk.database.read() as session:
        history = queries.history(session, desk.visit(visit))
    for before, after in itertools.pairwise(history):
        assert before.ended_at == after.started_at
        assert before.ended_at is not None and before.ended_at >= before.started_at
