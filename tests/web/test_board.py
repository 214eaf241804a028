"""The board: numbers and seats, and nobody's name."""

from __future__ import annotations

from collections.abc import Callable

from tests.actions.desk import id_number
from tests.web.conftest import Web


def test_the_board_shows_who_is_called_and_who_is_next(make_web: Callable[..., Web]) -> None:
    web = make_web(visit={"auto_call": False})
    for student in (1, 2, 3):
        web.desk.to_queue(student)
        web.desk.kiosk("step_aside")
    web.desk.staff("call_next", station="kiosk-1")
    client = web.app.test_client()
    seen = client.get("/board/api/snapshot").json
    assert seen["session_open"] is True and seen["waiting"] == 2
    assert [(row["number"], row["seat"], row["arrived"]) for row in seen["called"]] == [(1, "1", False)]
    assert seen["next"] == [{"number": n, "seat": None, "name": None} for n in (2, 3)]
    web.desk.kiosk("begin_capture")
    assert client.get("/board/api/snapshot").json["called"][0]["arrived"] is True


def test_nothing_of_anybody_stands_on_the_board(web: Web) -> None:
    visit = web.desk.to_queue(1)
    text = web.app.test_client().get("/board/api/snapshot").text + web.app.test_client().get("/board").text
    for secret in ("学**", "学生1", id_number(1), id_number(1)[-4:], "2026000000001", visit):
        assert secret not in text


def test_an_empty_site_has_an_empty_board(web: Web) -> None:
    web.desk.later(days=400)
    seen = web.app.test_client().get("/board/api/snapshot").json
    assert (seen["session_open"], seen["called"], seen["next"]) == (False, [], [])
