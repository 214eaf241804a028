"""Who is let in, who is not and why, and what becomes of a visit that is open already."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.records.tables import Audit, Campaign, Student
from tests.actions.desk import MORNING, NINGXIA, Desk, card_of, id_number


def change(desk: Desk, student: int, **values: Any) -> None:
    with desk.database.write() as session:
        row = session.scalars(select(Student).where(Student.id_number == id_number(student))).one()
        for name, value in values.items():
            setattr(row, name, value)


def campaign(desk: Desk, **values: Any) -> None:
    with desk.database.write() as session:
        row = session.scalars(select(Campaign)).one()
        for name, value in values.items():
            setattr(row, name, value)


def refused(desk: Desk, student: int, **changes: Any) -> Refusal:
    """Lay the card; it must be refused, be on the screen and leave nothing but its audit row."""
    with pytest.raises(Refusal) as caught:
        desk.card(student, **changes)
    station = desk.station()
    assert station.notice is not None
    assert station.notice["code"] == caught.value.code.value
    assert station.notice["args"] == caught.value.args_
    assert desk.audit()[-1] == ("identify", caught.value.code.value)
    return caught.value


def test_a_card_opens_a_visit_in_front_of_the_kiosk(desk: Desk) -> None:
    outcome = desk.card(1)
    assert outcome["state"] == "confirming"
    assert desk.front() == outcome["visit"]
    assert desk.visit(str(outcome["visit"])).assurance == "chip_verified"


def test_the_number_is_found_however_the_card_writes_it(desk: Desk) -> None:
    wide = id_number(1).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}).lower()
    assert desk.card(1, number=f" {wide}")["state"] == "confirming"


def test_nobody_outside_the_roster(desk: Desk) -> None:
    assert refused(desk, 77).code is Code.NOT_ON_ROSTER
    assert desk.front() is None


def test_a_student_of_another_campaign_is_told_so(desk: Desk) -> None:
    with desk.database.write() as session:
        facts = {
            "title_zh": "另", "title_en": "other", "identity_mode": "id-card", "profile": "chsi-2017-99",
            "screening": "off", "capture_from": MORNING.date(), "capture_until": MORNING.date(),
        }  # fmt: skip
        other = Campaign(code="other", **facts)
        closed = Campaign(code="closed", **{**facts, "active": False})
        session.add_all([other, closed])
        session.flush()
        desk.add_student(session, other.id, 50)
        desk.add_student(session, closed.id, 51)
        queries.ensure_station(session, "kiosk-1", "1", "autumn", MORNING)
    assert refused(desk, 50).code is Code.WRONG_PROGRAMME
    assert refused(desk, 51).code is Code.NOT_ON_ROSTER


def test_a_student_of_another_school_code_is_told_so(desk: Desk) -> None:
    change(desk, 1, school_code="51383")
    assert refused(desk, 1).code is Code.WRONG_PROGRAMME
    campaign(desk, school_codes=[])
    assert desk.card(1)["state"] == "confirming"


def test_whoever_has_a_valid_photo_needs_none(desk: Desk) -> None:
    desk.photograph(1)
    assert refused(desk, 1).args_ == {"until": "2027-11-23"}
    desk.now += timedelta(days=1)
    assert refused(desk, 1).code is Code.ALREADY_PHOTOGRAPHED


def test_a_photo_of_another_campaign_counts_for_the_same_person(desk: Desk) -> None:
    desk.photograph(1)
    with desk.database.write() as session:
        spring = Campaign(
            code="spring", title_zh="春", title_en="spring", identity_mode="id-card", profile="chsi-2017-99",
            screening="off", capture_from=MORNING.date(), capture_until=MORNING.date(),
        )  # fmt: skip
        session.add(spring)
        session.flush()
        desk.add_student(session, spring.id, 1, student_number="2099000000001")
        queries.ensure_station(session, "kiosk-1", "1", "spring", MORNING)
    assert refused(desk, 1).code is Code.ALREADY_PHOTOGRAPHED


def test_an_old_photo_counts_no_more(desk: Desk) -> None:
    campaign(desk, validity_days=3)
    desk.photograph(1)
    desk.now += timedelta(days=3)
    assert refused(desk, 1).code is Code.ALREADY_PHOTOGRAPHED
    desk.now += timedelta(days=1)
    assert desk.card(1)["state"] == "confirming"


def test_a_photo_that_staff_rejected_counts_no_more(desk: Desk) -> None:
    visit = desk.photograph(1)
    with desk.database.read() as session:
        shot = queries.shots(session, desk.visit(visit))[-1].public_id
    desk.staff("decide_shot", visit=visit, shot=shot, decision="reject")
    assert desk.card(1)["state"] == "confirming"


def test_the_time_slot_is_kept(desk: Desk) -> None:
    change(desk, 1, slot_from=MORNING + timedelta(hours=1), slot_until=MORNING + timedelta(hours=2))
    told = refused(desk, 1)
    assert told.code is Code.NOT_IN_TIME_SLOT
    assert told.args_ == {"from": "2026-11-23 10:00", "until": "2026-11-23 11:00"}
    desk.later(hours=1)
    assert desk.card(1)["state"] == "confirming"
    desk.later(hours=3)
    change(desk, 2, slot_until=MORNING + timedelta(hours=2))
    assert refused(desk, 3, number="x").code is Code.CARD_DATA_INVALID
    desk.kiosk("park", cause="left")
    assert refused(desk, 2).code is Code.NOT_IN_TIME_SLOT


def test_a_late_roster_row_is_refused(desk: Desk) -> None:
    change(desk, 1, late=True)
    assert refused(desk, 1).code is Code.ROSTER_LATE


@pytest.mark.parametrize(
    "harm",
    [
        {"number": id_number(1)[:17] + ("0" if id_number(1)[17] != "0" else "1")},
        {"flags": ["check_digit"]},
        {"flags": ["birth_mismatch"]},
        {"flags": ["number_invalid"]},
        {"flags": ["something new"]},
        {"kind": "library card"},
        {"kind": "foreigner_2023"},
        {"number": ""},
        {"number": None},
        {"flags": 3},
    ],
)
def test_a_card_that_contradicts_itself_is_not_searched(desk: Desk, harm: dict[str, Any]) -> None:
    assert refused(desk, 1, **harm).code is Code.CARD_DATA_INVALID


def test_odd_but_readable_cards_open_a_visit_with_flags(desk: Desk) -> None:
    visit = str(desk.card(1, flags=["expired"], name="另一人", sex="female")["visit"])
    assert desk.visit(visit).card == {"flags": ["expired", "name_differs", "sex_differs"]}


def test_spaces_in_a_name_make_no_difference(desk: Desk) -> None:
    assert desk.visit(str(desk.card(1, name=" 学 生1 ")["visit"])).card == {"flags": []}


def test_the_campaigns_way_of_identification_is_kept(desk: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        desk.code(b"code")
    assert caught.value.code is Code.IDENTITY_MODE
    with pytest.raises(Refusal) as caught:
        desk.bridge("identify", assurance="uid_only", card=card_of(1))
    assert caught.value.code is Code.IDENTITY_MODE
    with pytest.raises(Refusal) as caught:
        desk.bridge("identify", assurance="chip_verified", card=card_of(1), code_b64="YQ==")
    assert caught.value.code is Code.IDENTITY_MODE


def test_closed_campaigns_and_none_at_all(desk: Desk) -> None:
    desk.now += timedelta(days=100)
    assert refused(desk, 1).code is Code.CAMPAIGN_CLOSED
    campaign(desk, active=False)
    assert refused(desk, 1).code is Code.NO_CAMPAIGN


def test_a_kiosk_that_is_not_there_is_history_too(desk: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        desk.card(1, "kiosk-9")
    assert caught.value.code is Code.STATION_UNKNOWN
    assert desk.audit()[-1] == ("identify", "station_unknown")


def test_whoever_may_not_identify_writes_on_no_screen(desk: Desk) -> None:
    with pytest.raises(Refusal) as caught:
        desk.kiosk("identify", assurance="chip_verified", card=card_of(1))
    assert caught.value.code is Code.NOT_ALLOWED
    assert desk.station().notice is None


def test_a_strangers_card_disturbs_nobody(desk: Desk) -> None:
    visit = desk.card(1)["visit"]
    with pytest.raises(Refusal) as caught:
        desk.card(2)
    assert caught.value.code is Code.STATION_BUSY
    assert (desk.front(), desk.station().notice) == (visit, None)


def test_the_next_student_takes_the_place_of_a_screen_that_nobody_acts_on(desk: Desk) -> None:
    first = desk.card(1)["visit"]
    desk.kiosk("report_wrong_data", fields=["name"])
    second = desk.card(2)["visit"]
    assert desk.front() == second
    assert desk.state(str(first)) == "data_reported"


def test_the_same_card_again_changes_nothing(desk: Desk) -> None:
    visit = desk.card(1)["visit"]
    assert desk.card(1)["visit"] == visit
    assert desk.front() == visit


def test_the_same_card_resumes_a_parked_visit_where_it_was(desk: Desk) -> None:
    visit = desk.to_capture(1)
    desk.shoot(visit)
    desk.kiosk("park", cause="idle")
    assert desk.state(visit) == "parked"
    assert desk.station().seat_visit_id is None
    assert desk.card(1) == {"visit": visit, "state": "review", "number": 1, "resumed": True}
    assert desk.front() == visit
    assert desk.station().seat_visit_id is not None


def test_a_resumed_visit_speaks_the_language_that_was_just_chosen(desk: Desk) -> None:
    visit = str(desk.card(1)["visit"])
    desk.kiosk("park", cause="left")
    desk.kiosk("begin", language="en")
    desk.card(1)
    assert (desk.visit(visit).language, desk.station().language) == ("en", "en")


def test_a_visit_resumed_from_welcome_keeps_its_language(desk: Desk) -> None:
    desk.kiosk("begin", language="en")
    visit = str(desk.card(1)["visit"])
    desk.kiosk("park", cause="left")
    desk.card(1)
    assert (desk.visit(visit).language, desk.station().language) == ("en", "en")


def test_a_parked_visit_waits_in_the_queue_where_the_seat_was_given_away(desk: Desk) -> None:
    first = desk.to_capture(1)
    desk.kiosk("park", cause="left")
    second = desk.to_capture(2)
    desk.card(1, "kiosk-2")
    assert (desk.state(first), desk.front("kiosk-2")) == ("capturing", first)
    desk.kiosk("park", "kiosk-2", cause="left")
    with pytest.raises(Refusal) as caught:
        desk.bridge("identify", assurance="chip_verified", card=card_of(3))
    assert caught.value.code is Code.STATION_BUSY
    assert desk.front() == second
    assert desk.card(1)["state"] == "queued"
    assert desk.front() == second


def test_a_waiting_visit_is_shown_where_the_card_is_laid(desk: Desk) -> None:
    visit = desk.to_queue(1)
    assert desk.card(1, "kiosk-2")["state"] == "queued"
    assert (desk.front("kiosk-1"), desk.front("kiosk-2")) == (None, visit)


def test_a_visit_under_way_at_another_kiosk_stays_there(desk: Desk) -> None:
    visit = desk.card(1)["visit"]
    with pytest.raises(Refusal) as caught:
        desk.card(1, "kiosk-2")
    assert (caught.value.code, caught.value.args_) == (Code.VISIT_OPEN_ELSEWHERE, {"seat": "1"})
    assert desk.front("kiosk-1") == visit


def test_a_visit_that_waits_for_staff_is_not_resumed_by_a_card(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("report_wrong_data", fields=["name"])
    desk.kiosk("leave")
    assert refused(desk, 1).code is Code.VISIT_WAITS_FOR_STAFF


def test_whoever_was_refused_today_may_come_tomorrow(desk: Desk) -> None:
    desk.card(1)
    desk.kiosk("confirm")
    desk.kiosk("declare", answers={**NINGXIA, "health_code": "red"})
    assert refused(desk, 1).code is Code.VISIT_REFUSED_TODAY
    desk.now += timedelta(days=1)
    assert desk.card(1)["state"] == "confirming"


def test_a_cancelled_visit_leaves_the_way_open(desk: Desk) -> None:
    first = desk.card(1)["visit"]
    desk.staff("cancel", visit=first)
    assert desk.card(1)["visit"] != first


def test_the_notice_goes_with_the_next_card_or_a_press(desk: Desk) -> None:
    refused(desk, 77)
    desk.kiosk("leave")
    assert desk.station().notice is None
    refused(desk, 77)
    desk.card(1)
    assert desk.station().notice is None


def test_a_collection_code_is_its_bytes(bare_desk: Desk) -> None:
    bare_desk.prepare(identity_mode="collection-code", screening="off", temperature_required=False)
    code = bytes(range(256))
    visit = str(bare_desk.code(code)["visit"])
    row = bare_desk.visit(visit)
    assert (row.code, row.student_id, row.assurance) == (code, None, "code")
    bare_desk.kiosk("confirm")
    assert bare_desk.visit(visit).number == 1
    bare_desk.kiosk("call_next")
    bare_desk.kiosk("begin_capture")
    bare_desk.kiosk("accept", shot=bare_desk.shoot(visit))
    bare_desk.kiosk("finish")
    with pytest.raises(Refusal) as caught:
        bare_desk.code(code)
    assert caught.value.code is Code.CODE_ALREADY_USED
    with pytest.raises(Refusal) as caught:
        bare_desk.card(1)
    assert caught.value.code is Code.IDENTITY_MODE
    assert bare_desk.code(b"another")["state"] == "confirming"


@pytest.mark.parametrize("text", ["****", "YQ", ""])
def test_a_code_that_is_no_base64_is_malformed(bare_desk: Desk, text: str) -> None:
    bare_desk.prepare(identity_mode="collection-code")
    with pytest.raises(Refusal) as caught:
        bare_desk.bridge("identify", assurance="code", code_b64=text)
    assert caught.value.code is Code.BAD_REQUEST


def test_nothing_personal_reaches_audit_or_outcomes(desk: Desk) -> None:
    desk.card(1, flags=["expired"], name="另一人")
    refused(desk, 77, name="外人")
    desk.kiosk("report_wrong_data", fields=["name"], note="我的名字写错了")
    with desk.database.read() as session:
        rows = session.scalars(select(Audit)).all()
        told = json.dumps([[row.detail, row.reason, row.actor, row.visit] for row in rows], ensure_ascii=False)
    for secret in (id_number(1), id_number(77), "学生1", "另一人", "外人", "写错", "1990"):
        assert secret not in told
