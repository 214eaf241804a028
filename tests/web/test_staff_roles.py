"""The pages of the roles: who may see which, what they are told, the incident report from press to download."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from kiosk.domain.queue import day_of
from kiosk.jobs import incident_report
from kiosk.jobs.context import Context
from kiosk.records import incidents, queries
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Audit, Job
from tests.actions.desk import NINGXIA
from tests.web.conftest import Web

PAGES = {"usher": "aou", "room": "aoum", "seat": "ao", "day": "aoh"}


@pytest.mark.parametrize("role", ["administrator", "operator", "usher", "medic", "headquarters"])
def test_each_role_opens_its_pages_and_no_others(web: Web, role: str) -> None:
    page = web.staff(role)
    listed = page.get("/").text
    for name, roles in PAGES.items():
        answer = page.get(f"/{name}")
        assert answer.status_code == (200 if role[0] in roles else 403), name
        assert (f'data-testid="nav-{name}"' in listed) == (role[0] in roles)


def test_the_usher_sees_who_is_late_and_who_is_due(web: Web) -> None:
    now = web.desk.now
    with web.desk.database.write() as session:
        session.add(Site(code="hall", name="Hall", waiting_metres=5))
        session.flush()
        for slot, (begin, students) in enumerate(((-20, (1, 2)), (40, (3,)), (90, (4,))), start=1):
            session.add(
                Slot(
                    public_id=f"{slot:032x}", campaign_id=1, site_id=1, day=day_of(now), capacity=9,
                    starts_at=now + timedelta(minutes=begin), ends_at=now + timedelta(minutes=begin + 30),
                )
            )  # fmt: skip
            session.flush()
            for student in students:
                session.add(
                    SlotAssignment(slot_id=slot, student_id=student, state="due", assigned_at=now, by="test")
                )
    web.card(1)
    told = web.staff("usher").get("/api/usher").json
    assert told is not None
    assert [(slot["phase"], slot["due"], slot["came"], len(slot["missing"])) for slot in told["slots"]] == [
        ("now", 2, 1, 1), ("next", 1, 0, 1), ("later", 1, 0, 0),
    ]  # fmt: skip
    assert told["slots"][0]["missing"][0]["name"] == "学**"


def escalated(web: Web, station: str = "kiosk-1", student: int = 1) -> str:
    desk = web.desk
    visit = str(desk.card(student, station)["visit"])
    desk.kiosk("confirm", station)
    desk.kiosk("declare", station, answers=NINGXIA)
    desk.bridge("take_temperature", station, visit=visit, celsius=38.0)
    desk.staff("remeasure", role="medic", visit=visit, celsius=38.0)
    return visit


def test_the_report_is_made_by_the_worker_and_taken_on_record(web: Web) -> None:
    visit = escalated(web)
    medic = web.staff("medic")
    told = medic.get("/api/room").json
    assert told is not None
    (incident,) = told["incidents"]
    assert (incident["visit"], incident["notice"], incident["report"]["state"]) == (visit, "off", "queued")
    job = incident["report"]["job"]
    assert medic.get(f"/api/room/reports/{job}.pdf").status_code == 404  # not made yet
    context = Context(web.desk.database, web.desk.settings, job, "staff:li", web.desk.now, lambda share: None)
    result = incident_report.run(context, visit=visit)
    with web.desk.database.write() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        row.state, row.result = "done", result
    answer = medic.get(f"/api/room/reports/{job}.pdf")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    answer.close()
    assert web.staff("usher").get(f"/api/room/reports/{job}.pdf").status_code == 403
    with web.desk.database.read() as session:
        taken = session.scalars(select(Audit).where(Audit.action == "incident_download")).one()
    assert (taken.visit, taken.actor) == (visit, "staff:the-medic")


def test_a_report_is_made_again_only_of_an_incident(web: Web) -> None:
    visit = escalated(web)
    medic = web.staff("medic")
    assert medic.post("/api/room/reports", {"visit": visit, "language": "en"}).status_code == 200
    other = str(web.desk.card(2)["visit"])
    assert medic.post("/api/room/reports", {"visit": other, "language": "en"}).status_code == 409


def test_the_day_in_figures(web: Web) -> None:
    desk = web.desk
    desk.photograph(2)
    visit = desk.to_capture(3)
    desk.shoot(visit, verdict="fail")
    desk.kiosk("retake")
    desk.staff("cancel", visit=visit, reason="has to leave")
    escalated(web)
    told = web.staff("administrator").get("/api/day").json
    assert told is not None
    assert told["funnel"] == {
        "due": 0, "came": 3, "confirmed": 3, "number": 2, "called": 2, "camera": 2, "photographed": 1,
    }  # fmt: skip
    assert told["retakes"] == {"eyes_open": 1}
    assert told["refusals"] == {"temperature_abnormal": 1}
    assert told["states"] == {"done": 1, "cancelled": 1, "escalated": 1}
    (hour,) = told["hours"]
    assert (hour["came"], hour["photographed"], hour["wait_minutes"]) == (3, 1, 0)
    assert [(row["action"], row["reason"]) for row in told["overridden"] if row["action"] == "cancel"] == [
        ("cancel", "has to leave")
    ]


def test_usher_room_and_day_are_told_of_their_own_site_alone(make_web: object) -> None:
    web: Web = make_web(site={"code": "east"})  # type: ignore[operator]
    east, now = web.desk, web.desk.now
    west = east.with_settings(site={"code": "west"})
    with east.database.write() as session:
        for slot, code in enumerate(("east", "west"), start=1):
            session.add(Site(code=code, name=code, waiting_metres=5))
            session.flush()
            session.add(
                Slot(
                    public_id=f"{slot:032x}", campaign_id=1, site_id=slot, day=day_of(now), capacity=9,
                    starts_at=now, ends_at=now + timedelta(minutes=30),
                )
            )  # fmt: skip
            session.flush()
            for student in (slot, slot + 2):
                session.add(
                    SlotAssignment(slot_id=slot, student_id=student, state="due", assigned_at=now, by="test")
                )
    here, there = escalated(web), escalated(replace(web, desk=west), "kiosk-2", 2)
    with east.database.write() as session:
        queries.ensure_station(session, "kiosk-2", "2", "", now).site = "west"
    for at, station in ((east, "kiosk-1"), (west, "kiosk-2")):
        at.kiosk("call_staff", station)
    west.card(3, "kiosk-2")  # was due in the east and went to the west: nobody waits for them any more
    (slot,) = web.staff("usher").get("/api/usher").json["slots"]  # type: ignore[index]
    assert (slot["due"], slot["came"], slot["missing"]) == (2, 2, [])
    (incident,) = web.staff("medic").get("/api/room").json["incidents"]  # type: ignore[index]
    assert incident["visit"] == here
    told = web.staff("administrator").get("/api/day").json
    assert told is not None
    assert told["states"] == {"escalated": 1} and told["funnel"]["came"] == 1
    assert (told["evening"]["todo"]["notices"], told["evening"]["todo"]["calls"]) == (1, 1)
    assert [station["name"] for station in web.staff("operator").snapshot()["stations"]] == ["kiosk-1"]
    with east.database.read() as session:
        case = east.visit(here)
        assert incidents.contacts(session, case, now, 30) == [], "at the other site nobody was near"
        assert [visit.public_id for visit in incidents.of_day(session, day_of(now), "west")] == [there]


def test_the_board_says_masked_names_only_where_the_setting_says_so(make_web: object) -> None:
    for names, wanted in ((False, None), (True, "学**")):
        web: Web = make_web(board={"names": names})  # type: ignore[operator]
        web.desk.to_queue(1)
        board = web.app.test_client().get("/board/api/snapshot").json
        assert board is not None and board["next"] == [{"number": 1, "seat": None, "name": wanted}]


def test_the_phone_follows_its_place_until_the_day_is_over(web: Web) -> None:
    desk, phone = web.desk, web.app.test_client()
    desk.to_queue(1)
    desk.kiosk("step_aside")
    visit = desk.to_queue(2)
    nonce = desk.visit(visit).place_nonce

    def step() -> tuple[str, int]:
        told = phone.get(f"/q/{nonce}/snapshot").json
        assert told is not None and "学" not in str(told)
        return told["step"], told["ahead"]

    assert phone.get(f"/q/{nonce}").status_code == 200
    assert step() == ("waiting", 1)
    desk.staff("hold", visit=visit)
    assert step()[0] == "held"
    desk.staff("release_hold", visit=visit)
    desk.staff("send_to_observation", visit=visit)
    assert step()[0] == "staff"  # the phone names no illness
    assert phone.get("/q/nonsense").status_code == 404
    desk.later(days=1)
    assert phone.get(f"/q/{nonce}").status_code == 404
