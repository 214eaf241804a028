"""The tablet: the list, presses with their reason, the search, one visit in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.web.staff import ACTIONS
from tests.actions.desk import id_number
from tests.web.conftest import JPEG, Web


def test_the_list_shows_masked_people_and_what_may_be_done(web: Web) -> None:
    visit = web.desk.to_capture(1)
    seen = web.staff("operator").snapshot()
    assert seen["counts"] == {"waiting": 0, "inside": 1, "done": 0, "needs_staff": 0}
    (row,) = seen["visits"]
    assert (row["id"], row["state"], row["number"], row["station"]) == (visit, "capturing", 1, "kiosk-1")
    assert row["name"] == "学**" and row["id_number"].startswith("990") and "***" in row["id_number"]
    assert id_number(1) not in str(seen) and "学生1" not in str(seen)
    assert row["temperature"] == {"celsius": 36.5, "abnormal": False}
    assert {"allow_shot", "park_visit", "cancel"} <= set(row["actions"]) <= ACTIONS
    first = seen["stations"][0]
    assert (first["name"], first["screen"], first["front"], first["seat_visit"]) == (
        "kiosk-1", "capture", visit, visit,
    )  # fmt: skip
    assert set(first["devices"]) == {"bridge", "reader", "camera", "thermometer"}
    assert seen["stations"][1]["devices"] == {}


def test_each_role_sees_its_own_buttons(web: Web) -> None:
    web.desk.to_capture(1)
    buttons = {role: set(web.staff(role).snapshot()["visits"][0]["actions"]) for role in ("usher", "medic")}
    assert "allow_shot" not in buttons["usher"] and "cancel" not in buttons["medic"]
    assert "send_to_observation" in buttons["medic"]


def test_a_press_that_needs_a_reason_needs_one(web: Web) -> None:
    visit = web.desk.to_capture(1)
    page = web.staff("operator")
    refused = page.act("allow_shot", visit=visit)
    assert (refused.status_code, refused.json["refusal"]["code"]) == (409, "reason_required")
    taken = page.act("allow_shot", visit=visit, reason="closed eyes")
    assert taken.json["result"]["shots_allowed"] == 4
    assert taken.json["snapshot"]["visits"][0]["shots_allowed"] == 4


def test_a_press_of_another_role_is_refused_and_written_down(web: Web) -> None:
    visit = web.desk.to_capture(1)
    answer = web.staff("medic").act("cancel", visit=visit, reason="x")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (403, "not_allowed")
    assert ("cancel", "not_allowed") in web.desk.audit()


@pytest.mark.parametrize(
    "name", ["log_in", "change_account", "change_staff", "add_staff", "accept", "close_stale"]
)
def test_accounts_and_presses_of_others_are_not_reachable_as_actions(web: Web, name: str) -> None:
    """`log_in` and `change_account` take password hashes: a member could set one without the old password."""
    answer = web.staff("administrator").act(name, verified=True, password_hash="x")
    assert (answer.status_code, answer.json["refusal"]["code"]) == (404, "not_found")


def test_every_button_of_the_list_is_an_action_that_may_be_pressed() -> None:
    from kiosk.actions.available import STATES
    from kiosk.actions.base import STAFF, find

    assert set(STATES) <= ACTIONS
    assert all(STAFF in find(name).kinds for name in ACTIONS)


def test_a_student_without_a_card_is_found_and_confirmed(web: Web) -> None:
    page = web.staff("usher")
    found = page.post("/api/students", {"q": "学生3"}).json
    assert [(row["name"], row["photographed"]) for row in found] == [("学生3", False)]
    assert found[0]["id_number"] == id_number(3)[:3] + "*" * 11 + id_number(3)[-4:]
    answer = page.act("confirm_without_card", student=found[0]["id"], station="kiosk-1", reason="lost the card")
    assert answer.status_code == 200
    assert web.kiosk().snapshot()["visit"]["assurance"] == "typed"


def test_the_last_four_find_and_little_text_finds_nobody(web: Web) -> None:
    page = web.staff("usher")
    assert len(page.post("/api/students", {"q": id_number(2)[-4:]}).json) == 1
    assert page.post("/api/students", {"q": "学"}).json == []
    assert page.post("/api/students", {"q": ""}).json == []
    assert page.post("/api/students", {"q": "x" * 200}).status_code == 400


def test_one_visit_in_full(web: Web) -> None:
    kiosk = web.kiosk()
    visit = web.to_capture(kiosk, 1)
    web.shoot(visit, verdict="ask")
    page = web.staff("operator")
    seen = page.get(f"/api/visits/{visit}").json
    assert [row["state"] for row in seen["history"]] == [
        "confirming", "declaring", "temperature", "queued", "called", "capturing", "review",
    ]  # fmt: skip
    assert seen["declaration"]["passed"] is True
    assert [row["celsius"] for row in seen["temperatures"]] == [36.5]
    (shot,) = seen["shots"]
    assert (shot["verdict"], shot["reason"]["code"], shot["staff_decision"]) == ("ask", "eyes_open", None)
    assert page.client.get(shot["url"]).data == JPEG + b"\x01"
    assert {"identify", "confirm", "keep_shot"} <= {row["action"] for row in seen["audit"]}
    assert "学生1" not in str(seen) and id_number(1) not in str(seen)


def test_an_unknown_visit_and_an_unknown_shot(web: Web) -> None:
    page = web.staff("usher")
    assert page.get("/api/visits/none").json["refusal"]["code"] == "visit_unknown"
    assert page.get("/api/shots/none.jpg").json["refusal"]["code"] == "shot_unknown"


def test_a_call_for_staff_is_seen_and_answered(web: Web) -> None:
    kiosk, page = web.kiosk(), web.staff("usher")
    kiosk.act("call_staff")
    assert page.snapshot()["stations"][0]["called_staff_since"] is not None
    answered = page.act("answer_call", station="kiosk-1")
    assert answered.status_code == 200, answered.text
    assert answered.json["snapshot"]["stations"][0]["called_staff_since"] is None
    assert kiosk.snapshot()["station"]["called_staff"] is False


def test_a_full_day_is_one_list(make_web: Callable[..., Web]) -> None:
    web = make_web(visit={"auto_call": False})
    ended = web.desk.to_queue(1)
    web.desk.staff("cancel", visit=ended)
    open_visit = web.desk.to_queue(2)
    assert [row["id"] for row in web.staff("usher").snapshot()["visits"]] == [open_visit, ended]
