"""The staff list sends what changed and nothing else, and never leaves a change out."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.records.tables import Station, Visit
from kiosk.web.visit_list import VisitLists
from tests.web.conftest import Page, Web

STUDENTS = 4


@pytest.fixture
def day(web: Web) -> list[str]:
    """Visits that wait, of four students."""
    return [web.desk.to_queue(student) for student in range(1, STUDENTS + 1)]


def look(page: Page, since: str = "") -> dict[str, Any]:
    found: dict[str, Any] = page.get("/api/snapshot", query_string={"since": since} if since else {}).get_json()
    return found


def ids(snapshot: dict[str, Any]) -> list[str]:
    return [row["id"] for row in snapshot["visits"]]


def test_without_a_cursor_the_list_is_whole(web: Web, day: list[str]) -> None:
    operator = web.staff("operator")
    first = look(operator)
    assert (ids(first), first["since"]) == (day, None)
    assert (ids(look(operator)), look(operator)["cursor"]) == (day, first["cursor"])


def test_with_a_cursor_only_what_changed_is_sent(web: Web, day: list[str]) -> None:
    operator = web.staff("operator")
    cursor = look(operator)["cursor"]
    quiet = look(operator, cursor)
    assert (ids(quiet), quiet["since"], quiet["cursor"]) == ([], cursor, cursor)
    web.desk.staff("hold", visit=day[1])
    changed = look(operator, cursor)
    assert (ids(changed), changed["since"]) == ([day[1]], cursor)
    assert changed["visits"][0]["held_since"] is not None
    assert ids(look(operator, changed["cursor"])) == []
    assert ids(look(operator, cursor)) == [day[1]]  # an older cursor is answered with all since
    later = web.desk.to_queue(STUDENTS + 1)
    assert later in ids(look(operator, changed["cursor"]))


def test_a_press_answers_with_what_it_changed(web: Web, day: list[str]) -> None:
    operator = web.staff("operator")
    cursor = look(operator)["cursor"]
    answer = operator.post(
        f"/api/actions/hold?since={cursor}", {"key": "press-hold-0001", "visit": day[2]}
    ).get_json()
    assert (ids(answer["snapshot"]), answer["snapshot"]["since"]) == ([day[2]], cursor)


def test_many_visits_changed_by_one_decision_are_all_sent(web: Web, day: list[str]) -> None:
    operator = web.staff("operator")
    cursor = look(operator)["cursor"]
    with web.desk.database.write() as session:  # as an action does that names one visit, or none
        for visit in session.query(Visit):
            visit.priority = "elderly"
    assert sorted(ids(look(operator, cursor))) == sorted(day)


def test_what_stands_beside_a_visit_is_seen(web: Web) -> None:
    visit = web.desk.to_capture(1)
    operator = web.staff("operator")
    cursor = look(operator)["cursor"]
    web.desk.shoot(visit, 1, verdict="ask")
    found = look(operator, cursor)
    assert [(row["id"], row["verdict"], row["shots_used"]) for row in found["visits"]] == [(visit, "ask", 1)]


def test_whoever_left_a_station_is_sent(web: Web) -> None:
    visit = web.desk.card(1)["visit"]
    operator = web.staff("operator")
    before = look(operator)
    with web.desk.database.write() as session:
        for station in session.query(Station):
            station.front_visit_id = None  # by hand: neither the visit nor the audit says so
    rows = look(operator, before["cursor"])["visits"]
    assert [row["id"] for row in rows] == [visit]
    assert "resume" in rows[0]["actions"] and "resume" not in before["visits"][0]["actions"]


def test_roles_have_lists_of_their_own(web: Web, day: list[str]) -> None:
    operator, usher = web.staff("operator"), web.staff("usher")
    assert look(operator)["cursor"].split(".")[0] != look(usher)["cursor"].split(".")[0]
    allowed = {
        role: look(page)["visits"][0]["actions"] for role, page in (("operator", operator), ("usher", usher))
    }
    assert allowed["operator"] != allowed["usher"]


@pytest.mark.parametrize("since", ["", "x", "x.1", ".", "0123456789abcdef.3", "²³.⁴"])
def test_a_cursor_that_is_not_ours_gets_the_whole_list(web: Web, day: list[str], since: str) -> None:
    operator = web.staff("operator")
    look(operator)
    found = look(operator, since)
    assert (ids(found), found["since"]) == (day, None)


def test_a_cursor_from_before_a_restart_or_from_the_future_gets_the_whole_list(web: Web, day: list[str]) -> None:
    operator = web.staff("operator")
    cursor = look(operator)["cursor"]
    token, _, tick = cursor.partition(".")
    assert look(operator, f"{token}.{int(tick) + 1}")["since"] is None
    web.site.visit_lists = VisitLists()
    assert look(operator, cursor)["since"] is None


def test_another_day_is_another_list(web: Web, day: list[str]) -> None:
    operator = web.staff("operator")
    cursor = look(operator)["cursor"]
    web.desk.later(days=1)
    found = look(web.staff("operator"), cursor)
    assert (ids(found), found["since"]) == ([], None)
