"""Without a press: the next is called once, silence parks and never accepts, screens are left, days end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.web.app import start_sweep
from tests.actions.desk import NINGXIA, shot_facts
from tests.web.conftest import Web


def test_a_free_kiosk_calls_the_next_without_any_page(web: Web) -> None:
    visit = web.desk.to_queue(1)
    web.sweep.once()
    assert web.desk.state(visit) == "called"
    calls = web.desk.audit().count(("call_next", "done"))
    web.sweep.once()
    web.sweep.call_next()
    assert web.desk.audit().count(("call_next", "done")) == calls == 1


def test_nobody_is_called_where_the_operator_calls(make_web: Callable[..., Web]) -> None:
    web = make_web(visit={"auto_call": False})
    visit = web.desk.to_queue(1)
    web.sweep.once()
    assert web.desk.state(visit) == "queued"


def test_an_empty_queue_writes_nothing(web: Web) -> None:
    web.sweep.once()
    before = web.desk.sizes()
    for _ in range(5):
        web.sweep.once()
        web.desk.later(seconds=1)
    assert web.desk.sizes() == before


def test_after_goodbye_the_next_is_called_at_once(web: Web) -> None:
    page = web.kiosk()
    visit = web.to_capture(page, 1)
    other = web.desk.to_queue(2, "kiosk-2")
    web.desk.kiosk("step_aside", "kiosk-2")
    web.shoot(visit)
    page.act("accept", shot=page.snapshot()["visit"]["shot"]["id"])
    seen = page.act("finish").json["snapshot"]
    assert (seen["screen"], seen["visit"]["id"]) == ("called", other)


def test_a_notice_is_read_before_the_next_is_called(web: Web) -> None:
    queued = web.desk.to_queue(1)
    web.desk.kiosk("step_aside")
    assert web.card(99).status_code == 409
    web.sweep.once()
    assert web.desk.state(queued) == "queued"
    web.desk.later(seconds=21)
    web.sweep.once()
    assert web.desk.state(queued) == "called"


def test_whoever_stands_at_identify_is_not_pushed_away(web: Web) -> None:
    queued = web.desk.to_queue(1)
    web.desk.kiosk("step_aside")
    web.desk.kiosk("begin", language="en")
    web.sweep.once()
    assert web.desk.state(queued) == "queued"


STEPS = ["confirming", "declaring", "temperature", "called", "capturing", "review"]


def bring_to(web: Web, state: str) -> str:
    """Student 1 at that step."""
    desk = web.desk
    visit = str(desk.card(1)["visit"])
    if state == "confirming":
        return visit
    desk.kiosk("confirm")
    if state == "declaring":
        return visit
    desk.kiosk("declare", answers=NINGXIA)
    if state == "temperature":
        return visit
    desk.bridge("take_temperature", visit=visit, celsius=36.5)
    desk.kiosk("call_next")
    if state == "called":
        return visit
    desk.kiosk("begin_capture")
    if state == "review":
        desk.shoot(visit)
    return visit


@pytest.mark.parametrize("state", STEPS)
def test_silence_parks_and_never_decides(web: Web, state: str) -> None:
    visit = bring_to(web, state)
    web.desk.later(seconds=59)
    web.sweep.once()
    assert web.desk.state(visit) == state
    web.desk.later(seconds=2)
    web.sweep.once()
    assert web.desk.state(visit) == "parked"
    assert web.desk.visit(visit).accepted_shot_id is None
    web.desk.later(seconds=120)
    web.sweep.once()
    assert web.desk.front() is None and web.desk.state(visit) == "parked"


def test_a_fault_that_repeats_itself_is_no_sign_of_life(web: Web) -> None:
    visit = bring_to(web, "capturing")
    for _ in range(4):
        web.desk.later(seconds=20)
        web.desk.bridge("show_problem", code="disk_full")
        web.sweep.once()
    assert web.desk.state(visit) == "parked"


def test_a_page_that_reads_minds_its_own_clock(web: Web) -> None:
    page = web.kiosk()
    visit = bring_to(web, "capturing")
    for _ in range(10):
        web.desk.later(seconds=20)
        page.snapshot()
        web.sweep.once()
    assert web.desk.state(visit) == "capturing"


def test_a_superseded_page_keeps_nothing_alive(web: Web) -> None:
    old = web.kiosk()
    web.kiosk()
    visit = bring_to(web, "confirming")
    web.desk.later(seconds=61)
    old.snapshot()
    web.sweep.once()
    assert web.desk.state(visit) == "parked"


def test_a_restart_gives_everybody_their_time_again(web: Web) -> None:
    visit = bring_to(web, "review")
    web.desk.later(seconds=500)
    web.site.started_at = web.desk.now
    web.sweep.once()
    assert web.desk.state(visit) == "review"


def test_a_receipt_frees_the_seat_in_the_end(web: Web) -> None:
    visit = bring_to(web, "review")
    web.desk.kiosk("accept", shot=shot_facts(visit, 1, web.desk.now)["shot"])
    web.desk.later(seconds=60)
    web.sweep.once()
    assert web.desk.state(visit) == "accepted"
    web.desk.later(seconds=31)
    web.sweep.once()
    assert web.desk.state(visit) == "done"


def test_a_waiting_page_makes_room(make_web: Callable[..., Web]) -> None:
    web = make_web(visit={"auto_call": False})
    visit = web.desk.to_queue(1)
    web.desk.later(seconds=24)
    web.sweep.once()
    assert web.desk.front() is None and web.desk.state(visit) == "queued"


def test_who_reported_wrong_data_and_left_does_not_keep_the_kiosk_from_others(web: Web) -> None:
    visit = str(web.desk.card(1)["visit"])
    web.desk.kiosk("report_wrong_data", fields=["name"], note="")
    web.desk.later(seconds=59)
    web.sweep.once()
    assert web.desk.front() == visit
    web.desk.later(seconds=2)
    web.sweep.once()
    assert (web.desk.front(), web.desk.state(visit)) == (None, "data_reported")
    assert web.wanted()["mode"] == "idle"
    web.desk.staff("resolve_report", visit=visit, resolution="continue")
    assert web.card(1).json["result"] == {"visit": visit, "state": "confirming", "number": None, "resumed": True}


def test_an_abandoned_choice_of_language_goes_back_to_welcome(web: Web) -> None:
    web.desk.kiosk("begin", language="en")
    web.desk.later(seconds=61)
    web.sweep.once()
    assert (web.desk.station().mode, web.desk.station().language) == ("welcome", "zh_CN")


def test_what_yesterday_left_open_ends_with_the_new_day(web: Web) -> None:
    web.sweep.once()
    visit = bring_to(web, "capturing")
    web.site.page_seen()
    web.desk.later(days=1)
    web.site.started_at = web.desk.now
    web.sweep.once()
    assert web.desk.state(visit) == "cancelled"
    assert web.desk.audit().count(("close_stale", "done")) == 2


def test_news_of_others_reach_the_pages_once(web: Web) -> None:
    web.sweep.once()
    told: list[int] = []
    web.site.announce = told.append
    web.sweep.once()
    assert told == []
    web.desk.kiosk("begin", language="en")
    web.sweep.once()
    web.sweep.once()
    assert len(told) == 1


def test_a_press_that_comes_twice_is_told_once(web: Web) -> None:
    kiosk = web.kiosk()
    web.sweep.once()
    told: list[int] = []
    web.site.announce = told.append
    version = kiosk.act("begin", key="press-12345678", language="en").json["snapshot"]["version"]  # type: ignore[index]
    assert kiosk.act("begin", key="press-12345678", language="en").status_code == 200
    web.sweep.once()
    assert told == [version]


def test_pages_hear_that_the_bridge_came_and_went(web: Web) -> None:
    now = [100.0]
    web.site.bridge.clock = lambda: now[0]
    web.sweep.once()
    told: list[int] = []
    web.site.announce = told.append
    web.site.bridge.touch()
    web.sweep.once()
    now[0] += 60
    web.sweep.once()
    web.sweep.once()
    assert len(told) == 2


@pytest.mark.faults
def test_a_round_that_fails_is_not_the_last(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    class Enough(BaseException):
        pass

    rounds: list[int] = []

    def once() -> None:
        rounds.append(1)
        if len(rounds) == 3:
            raise Enough
        raise RuntimeError("no such thing")

    sockets = web.app.extensions["kiosk_socketio"]
    monkeypatch.setattr(web.sweep, "once", once)
    monkeypatch.setattr(sockets, "sleep", lambda _seconds: None)
    monkeypatch.setattr(sockets, "start_background_task", lambda work: work())
    with pytest.raises(Enough):
        start_sweep(web.app)


def test_a_locked_database_skips_a_round(web: Web) -> None:
    from sqlalchemy import text

    web.sweep.once()
    visit = bring_to(web, "confirming")
    web.desk.later(seconds=70)
    object.__setattr__(web.site.settings.database, "busy_seconds", 0.0)
    with web.desk.database.write() as session:
        session.execute(text("UPDATE station SET seat = seat"))
        web.sweep.once()
    assert web.desk.state(visit) == "confirming"
    web.sweep.once()
    assert web.desk.state(visit) == "parked"
