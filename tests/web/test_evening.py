"""The evening over HTTP: who may close, what the page is told, who hears of it, the report's way to the tablet."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.exchange.day_report_check import verify
from kiosk.jobs import day_report
from kiosk.jobs.context import Context
from kiosk.records.tables import Audit, Job
from tests.actions.test_evening import slot
from tests.web.conftest import PASSWORD, Page, Web


def told(page: Page) -> dict[str, Any]:
    answer = page.get("/api/day")
    assert answer.status_code == 200, answer.text
    return dict((answer.json or {})["evening"])


def press(page: Page, name: str, **values: Any) -> Any:
    return page.post(f"/api/evening/{name}", {"key": secrets.token_hex(8), **values})


def code_of(answer: Any) -> str:
    return str(answer.json["refusal"]["code"])


def made(web: Web, job: str, **arguments: Any) -> dict[str, Any]:
    """What the worker does with the job."""
    context = Context(web.desk.database, web.desk.settings, job, "staff:li", web.desk.now, lambda share: None)
    result = day_report.run(context, **arguments)
    with web.desk.database.write() as session:
        row = session.scalars(select(Job).where(Job.public_id == job)).one()
        row.state, row.result, row.finished_at = "done", result, web.desk.now
    return result


def test_the_page_counts_everybody_and_masks_them(web: Web) -> None:
    slot(web.desk, 0, 1, [1, 2, 3])
    slot(web.desk, 0, -2, [4])
    web.desk.later(hours=1)
    web.desk.photograph(1)
    visit = web.desk.to_queue(2)
    evening = told(web.staff("operator"))
    assert (evening["may_close"], evening["may_force"], evening["may_reopen"]) == (True, False, False)
    assert evening["todo"] == {"awaited": 1, "photos": 0, "reports": 0, "calls": 0, "notices": 0}
    (row,) = evening["sessions"]
    assert (row["campaign"], row["session"]["closed_at"], row["sum"]["expected"]) == ("autumn", None, 4)
    assert row["sum"]["outcomes"]["open"] == 2 and not row["sum"]["holds"]
    assert [(line["name"], line["why"]) for line in row["differences"]] == [("学**", "no_show")]
    assert [(one["id"], one["number"], one["ways"]) for one in row["inside"]] == [
        (visit, 2, ["cancel", "move_visit"])
    ]
    assert "学生" not in str(evening) and "2026000000004" not in str(evening)


def test_an_empty_day_says_so(web: Web) -> None:
    evening = told(web.staff("headquarters"))
    assert evening["sessions"] == [] and evening["report"] is None and not evening["may_close"]


def test_closing_with_people_inside_is_refused_with_a_list_and_takes_two_to_force(web: Web) -> None:
    visit = web.desk.to_queue(1)
    web.add_staff("operator", "second")
    page = web.staff("administrator")
    refused = press(page, "close_session", campaign="autumn")
    assert refused.status_code == 409 and code_of(refused) == "session_has_people"
    assert refused.json["refusal"]["args"]["inside"] == [
        {"visit": visit, "number": 1, "state": "queued", "ways": ["cancel", "move_visit"]}
    ]
    assert "1" in refused.json["refusal"]["staff"]
    values = {"campaign": "autumn", "force": True, "reason": "the hall closes"}
    assert code_of(press(page, "close_session", **values)) == "second_person_required"
    wrong = {"login": "second", "password": "wrong password"}
    assert code_of(press(page, "close_session", **values, second=wrong)) == "second_person_invalid"
    assert web.desk.state(visit) == "queued"
    done = press(page, "close_session", **values, second={"login": "second", "password": PASSWORD})
    assert done.status_code == 200 and done.json["result"]["ended"] == 1
    (row,) = told(page)["sessions"]
    assert row["session"]["close_reason"] == "the hall closes" and row["sum"]["holds"]
    with web.desk.database.read() as session:
        closed = session.scalars(
            select(Audit).where(Audit.action == "close_session", Audit.result == "done")
        ).one()
        assert closed.detail["second"] == "second" and PASSWORD not in str(closed.detail)


def test_those_who_wait_are_told_on_phone_board_and_kiosk(make_web: Callable[..., Web]) -> None:
    web = make_web(visit={"auto_call": False})
    visit = web.desk.to_queue(1)
    nonce = web.desk.visit(visit).place_nonce
    kiosk, public = web.kiosk(), web.app.test_client()
    web.add_staff("operator", "second")
    assert kiosk.snapshot()["screen"] == "waiting"
    answer = press(
        web.staff("administrator"), "close_session", campaign="autumn", force=True, reason="the hall closes",
        second={"login": "second", "password": PASSWORD},
    )  # fmt: skip
    assert answer.status_code == 200
    place = public.get(f"/q/{nonce}/snapshot").json
    assert place is not None and place["step"] == "closed"
    board = public.get("/board/api/snapshot").json
    assert board is not None and (board["session_open"], board["waiting"], board["next"]) == (False, 0, [])
    assert kiosk.snapshot()["screen"] == "closed"


def test_somebody_moved_to_another_day_reads_that_today_is_over(web: Web) -> None:
    tomorrow = slot(web.desk, 1, 1, [])
    visit = web.desk.to_queue(1)
    nonce = web.desk.visit(visit).place_nonce
    page = web.staff("operator")
    listed = page.get("/api/evening/slots?campaign=autumn").json
    assert listed is not None and [(row["id"], row["free"]) for row in listed["slots"]] == [(tomorrow, 9)]
    assert press(page, "move_visit", visit=visit, slot=tomorrow, reason="no time left").status_code == 200
    place = web.app.test_client().get(f"/q/{nonce}/snapshot").json
    assert place is not None and place["step"] == "closed"


@pytest.mark.parametrize(
    ("role", "status"), [("usher", 403), ("medic", 403), ("headquarters", 403), ("operator", 200)]
)
def test_who_may_close(web: Web, role: str, status: int) -> None:
    web.desk.photograph(1)
    assert press(web.staff(role), "close_session", campaign="autumn").status_code == status


def test_an_old_page_that_closes_again_is_told_and_changes_nothing(web: Web) -> None:
    web.desk.photograph(1)
    first, second = web.staff("operator"), web.staff("administrator")
    assert press(first, "close_session", campaign="autumn").status_code == 200
    before = web.desk.sizes()[2:]
    late = press(second, "close_session", campaign="autumn")
    assert (late.status_code, code_of(late)) == (409, "session_closed")
    assert web.desk.sizes()[2:] == before and web.desk.count(Job) == 1
    assert code_of(press(second, "open_session", campaign="autumn")) == "not_found"  # not a press of this page
    assert press(second, "reopen_session", campaign="autumn", reason="closed by mistake").status_code == 200


def test_the_report_is_made_at_closing_and_taken_on_record(web: Web) -> None:
    web.desk.photograph(1)
    page = web.staff("operator")
    job = press(page, "close_session", campaign="autumn").json["result"]["job"]
    assert told(page)["report"] == {
        "job": job, "state": "queued", "made_at": None, "final": None, "key_id": None, "chain": None,
    }  # fmt: skip
    assert page.get(f"/api/evening/reports/{job}.zip").status_code == 404  # not made yet
    result = made(web, job, day="2026-11-23")
    report = told(page)["report"]
    assert (report["state"], report["final"], report["key_id"]) == ("done", True, result["key_id"])
    assert report["chain"] == {"rows": result["chain"]["rows"], "broken_at": None}
    answer = page.get(f"/api/evening/reports/{job}.zip")
    file = web.desk.settings.data / "taken.zip"
    file.write_bytes(answer.data)
    answer.close()
    assert answer.headers["Cache-Control"] == "no-store" and verify(file).good
    assert web.staff("usher").get(f"/api/evening/reports/{job}.zip").status_code == 403
    with web.desk.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "day_report_download")).one()
        assert (row.actor, row.detail) == ("staff:the-operator", {"day": "2026-11-23"})


def test_a_report_of_another_day_is_asked_for_by_its_date(web: Web) -> None:
    web.desk.photograph(1)
    page = web.staff("headquarters")
    answer = page.post("/api/evening/report", {"day": "2026-11-23", "language": "en"})
    assert answer.status_code == 200
    for wrong in ({"day": "yesterday"}, {"day": "2026-13-01"}, {"language": "fr"}):
        content = {"day": "2026-11-23", "language": "en", **wrong}
        assert page.post("/api/evening/report", content).status_code == 400
    with web.desk.database.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "day_report")).one()
        assert (row.result, row.detail) == ("queued", {"day": "2026-11-23", "language": "en"})


def test_a_broken_chain_is_said_on_the_page(web: Web) -> None:
    web.desk.photograph(1)
    page = web.staff("administrator")
    job = page.post("/api/evening/report", {"day": "2026-11-23", "language": "en"}).json
    assert job is not None
    connection = web.desk.database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        for (name,) in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute("UPDATE audit SET actor = 'staff:nobody' WHERE sequence = 3")
        connection.commit()
    finally:
        connection.close()
    made(web, job["job"], day="2026-11-23")
    assert told(page)["report"]["chain"]["broken_at"] == 3
