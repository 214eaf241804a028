"""What bridge and web say to each other: wanted out of the records, facts once, shots with their hash."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.records.tables import Campaign
from kiosk.web.devices import GONE_AFTER_SECONDS, BridgeLink
from tests.actions.desk import NINGXIA, card_of
from tests.web.conftest import JPEG, PNG, Web

READY = {"state": "ready", "code": None}
HELLO = {"boot": "b1", "preview_port": 8071, "preview_token": "t0ken", "engine": "1.0"}


def test_hello_is_answered_with_the_station(web: Web) -> None:
    assert web.bridge("POST", "hello", HELLO).json == {"station": "kiosk-1", "seat": "1"}
    station = web.kiosk().snapshot()["station"]
    assert station["preview"] == {"url": "http://127.0.0.1:8071/preview?token=t0ken"}
    assert station["devices"]["bridge"] == READY


@pytest.mark.parametrize("port", ["8071", None, True, -1, 70000])
def test_a_preview_port_is_a_port(web: Web, port: object) -> None:
    answer = web.bridge("POST", "hello", {**HELLO, "preview_port": port})
    assert (answer.status_code, answer.json["refusal"]["args"]) == (400, {"what": "preview_port"})


def test_wanted_follows_the_visit(web: Web) -> None:
    modes = [web.wanted()["mode"]]
    page = web.kiosk()
    page.act("begin", language="en")
    modes.append(web.wanted()["mode"])
    visit = web.to_capture(page, 1)
    modes.append(web.wanted()["mode"])
    web.shoot(visit)
    modes.append(web.wanted()["mode"])
    page.act("retake")
    assert web.wanted()["shot_ordinal"] == 2
    page.act("park", cause="left")
    modes.append(web.wanted()["mode"])
    assert modes == ["idle", "identify", "capture", "hold", "idle"]


def test_a_visit_goes_on_with_the_profile_and_questions_it_began_with(web: Web) -> None:
    page = web.kiosk()
    visit = web.to_capture(page, 1)
    with web.desk.database.write() as session:  # the station is given to another campaign meanwhile
        row = session.scalars(select(Campaign)).one()
        session.add(
            Campaign(
                code="other", title_zh="另", title_en="other", identity_mode="id-card", profile="other-profile",
                screening="off", capture_from=row.capture_from + timedelta(days=1),
                capture_until=row.capture_until,
            )
        )  # fmt: skip
    wanted = web.wanted()
    assert (wanted["mode"], wanted["visit"], wanted["profile"]) == ("capture", visit, row.profile)
    assert page.snapshot()["campaign"]["code"] == row.code
    assert web.shoot(visit).status_code == 200


def test_nothing_is_wanted_while_no_campaign_photographs(web: Web) -> None:
    web.desk.later(days=400)
    assert web.wanted()["mode"] == "hold"
    assert web.kiosk().snapshot()["screen"] == "closed"


def test_the_same_card_told_twice_opens_one_visit(web: Web) -> None:
    first, second = web.card(1, key="one-card"), web.card(1, key="one-card")
    assert first.json == second.json
    assert web.desk.audit().count(("identify", "done")) == 1


def test_the_answer_to_a_card_tells_nobody_who_it_is(web: Web) -> None:
    assert "学生" not in web.card(1).text
    assert set(web.card(1).json["result"]) >= {"visit", "state"}


def test_a_shot_is_answered_once_it_is_kept(web: Web) -> None:
    page = web.kiosk()
    visit = web.to_capture(page)
    answer = web.shoot(visit)
    assert (answer.status_code, answer.json["stored"]) == (200, True)
    assert web.site.vault.get(hashlib.sha256(PNG).hexdigest()) == PNG
    assert web.site.vault.get(hashlib.sha256(JPEG + b"\x01").hexdigest()) == JPEG + b"\x01"
    assert web.desk.state(visit) == "review"


def test_a_shot_sent_again_is_quietly_known(web: Web) -> None:
    visit = web.to_capture(web.kiosk())
    web.shoot(visit)
    before = web.desk.sizes()
    assert web.shoot(visit).json["stored"] is True
    assert web.desk.sizes() == before


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"original_sha256": "0" * 64}, "original_sha256"),
        ({"deliverable_sha256": "0" * 64}, "deliverable_sha256"),
        ({"deliverable_sha256": None}, "deliverable_sha256"),
        ({"shot": "zz"}, "key"),
        ({"shot": "z" * 32}, "shot"),
        ({"taken_at": "yesterday"}, "taken_at"),
        ({"judgement": {"profile": "chsi-2017-99"}}, "judgement"),
        ({"profile": "another"}, "profile"),
        ({"surplus": 1}, "arguments"),
        ({"name": "x"}, "arguments"),
    ],
)
def test_a_shot_that_contradicts_itself_is_not_kept(web: Web, changes: dict[str, Any], what: str) -> None:
    visit = web.to_capture(web.kiosk())
    answer = web.shoot(visit, **changes)
    assert (answer.status_code, answer.json["refusal"]["args"]["what"]) == (400, what)
    assert web.desk.state(visit) == "capturing"


def test_a_shot_for_another_visit_than_the_seated_one_is_refused(web: Web) -> None:
    page = web.kiosk()
    visit = web.to_capture(page)
    page.act("park", cause="left")
    answer = web.shoot(visit)
    assert (answer.status_code, answer.json["refusal"]["code"]) == (409, "not_in_seat")


def test_facts_that_are_no_json_are_malformed(web: Web) -> None:
    answer = web.bridge("POST", "shots", data={"facts": "{"}, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["refusal"]["args"]) == (400, {"what": "facts"})


def test_devices_are_shown_and_an_overtaken_report_is_ignored(web: Web) -> None:
    page = web.kiosk()
    gone = {"reader": {"state": "fault", "code": "reader_gone"}, "camera": READY, "surplus": READY}
    web.bridge("POST", "devices", {"sequence": 2, "devices": gone})
    web.bridge("POST", "devices", {"sequence": 1, "devices": {"reader": READY}})
    devices = page.snapshot()["station"]["devices"]
    assert devices["reader"] == {"state": "fault", "code": "reader_gone"}
    assert (devices["camera"]["state"], devices["thermometer"]["state"]) == ("ready", "off")
    assert "surplus" not in devices


@pytest.mark.parametrize("report", [None, [], {"reader": 5}, "x"])
def test_a_report_has_its_shape(web: Web, report: object) -> None:
    answer = web.bridge("POST", "devices", {"sequence": 1, "devices": report})
    assert (answer.status_code, answer.json["refusal"]["args"]) == (400, {"what": "devices"})


def test_words_of_the_bridge_that_nobody_knows_reach_no_page(web: Web) -> None:
    web.bridge("POST", "devices", {"sequence": 1, "devices": {"reader": {"state": "<b>", "code": "学生1"}}})
    assert web.kiosk().snapshot()["station"]["devices"]["reader"] == {"state": "fault", "code": None}


def test_a_bridge_that_falls_silent_is_gone() -> None:
    now = [100.0]
    link = BridgeLink(clock=lambda: now[0])
    assert link.view()["bridge"]["state"] == "starting"
    link.hello("b1", 8071, "t", "1")
    link.report(1, {"camera": READY})
    assert link.view()["camera"] == READY and link.preview() is not None
    now[0] += GONE_AFTER_SECONDS + 0.1
    assert link.view()["bridge"] == {"state": "fault", "code": "bridge_gone"}
    assert link.view()["camera"]["state"] == "starting" and link.preview() is None
    link.touch()
    assert link.present and link.view()["camera"] == READY


def test_a_bridge_that_starts_anew_counts_anew() -> None:
    link = BridgeLink()
    link.hello("b1", 1, "t", "1")
    link.report(50, {"camera": READY})
    link.hello("b2", 1, "t", "1")
    assert link.report(1, {"camera": READY})


def test_a_problem_is_said_to_the_person_at_the_kiosk(web: Web) -> None:
    page = web.kiosk()
    assert web.bridge("POST", "problems", {"key": "p-1234567", "code": "card_unreadable"}).status_code == 200
    assert page.snapshot()["notice"]["code"] == "card_unreadable"
    assert web.bridge("POST", "problems", {"key": "p-1234568", "code": "made_up"}).status_code == 400


def test_a_temperature_that_cannot_be_is_measured_again(web: Web) -> None:
    page = web.kiosk()
    visit = web.card(1).json["result"]["visit"]
    web.desk.kiosk("confirm")
    web.desk.kiosk("declare", answers=NINGXIA)
    answer = web.bridge("POST", "temperatures", {"key": "t-1234567", "visit": visit, "celsius": 20.0})
    assert answer.json["refusal"]["code"] == "temperature_implausible"
    seen = page.snapshot()
    assert (seen["screen"], seen["notice"]["code"]) == ("temperature", "temperature_implausible")
    hot = {"key": "t-1234568", "visit": visit, "celsius": 38.2}
    assert web.bridge("POST", "temperatures", hot).json["result"]["abnormal"] is True
    assert page.snapshot()["screen"] == "observation"


def test_identities_need_their_fields(web: Web) -> None:
    content = {"key": "c-1234567", "assurance": "chip_verified", "card": card_of(1), "actor": "staff:li"}
    assert web.bridge("POST", "identities", content).status_code == 400
