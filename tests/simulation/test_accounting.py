"""The written order, asked again at every call of a played day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kiosk.simulation.accounting import Evening, replay, said_twice

Decision = tuple[str, str, dict[str, Any]]
NUMBERS = {"a": 1, "b": 2, "c": 3}
NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)


def number(visit: str, come_back: int | None = None) -> Decision:
    """`come_back`: sent outside until so many minutes past nine."""
    told = {} if come_back is None else {"come_back_at": (NINE + timedelta(minutes=come_back)).isoformat()}
    return "take_temperature", visit, {"to": "queued", **told}


def call(visit: str) -> Decision:
    return "call_next", visit, {"from": "queued", "to": "called"}


def played(*decisions: Decision, in_row: int = 2, minutes: int = 0) -> Evening:
    """What is found in decisions of which the last was made so many minutes past nine."""
    found = Evening()
    timed = [(NINE, *decision) for decision in decisions]
    timed[-1] = (NINE + timedelta(minutes=minutes), *decisions[-1])
    replay(timed, NUMBERS, in_row, found)
    return found


def test_the_lower_number_goes_first() -> None:
    found = played(number("a"), number("b"), call("a"), call("b"))
    assert found.good and found.calls == 2


def test_a_call_out_of_turn_is_found() -> None:
    found = played(number("a"), number("b"), call("b"))
    assert found.out_of_order == ["number 2 was called, it was the turn of 1"] and not found.good


def test_who_was_called_already_is_double() -> None:
    found = played(number("a"), call("a"), call("a"))
    assert found.double == ["number 1 was called while it was called"] and not found.good


def test_who_missed_a_call_waits_behind_the_others() -> None:
    missed = ("requeue", "a", {"from": "called", "to": "queued"})
    assert played(number("a"), number("b"), call("a"), missed, call("b"), call("a")).good
    assert not played(number("a"), number("b"), call("a"), missed, call("a")).good


def test_priority_goes_first_and_not_for_ever() -> None:
    given = [("set_priority", visit, {"given": True}) for visit in ("b", "c")]
    start = [number("a"), number("b"), number("c"), *given]
    assert played(*start, call("b"), call("c"), call("a")).good
    assert played(*start, call("b"), call("a"), call("c"), in_row=1).good
    assert not played(*start, call("a")).good


def test_who_went_to_the_room_is_not_in_the_line() -> None:
    room = ("send_to_observation", "a", {"from": "queued", "to": "observation"})
    back = ("remeasure", "a", {"from": "observation", "to": "queued"})
    assert played(number("a"), number("b"), room, call("b"), back, call("a")).good
    assert played(number("a"), number("b"), room, call("a")).double


def test_who_was_sent_outside_is_called_after_those_inside_until_the_time_that_was_told() -> None:
    start = [number("a", come_back=10), number("b")]
    assert played(*start, call("b")).good and not played(*start, call("a")).good
    assert played(*start, call("b"), call("a")).good, "nobody else waits"
    assert played(*start, call("a"), minutes=10).good and not played(*start, call("b"), minutes=10).good


def test_who_was_let_in_or_got_priority_is_not_outside_any_more() -> None:
    start = [number("a", come_back=10), number("b")]
    for inside in (("let_in", "a", {}), ("set_priority", "a", {"given": True})):
        assert played(*start, inside, call("a")).good
        assert not played(*start, inside, call("b")).good


def test_whoever_was_called_as_often_as_the_board_said_it_is_no_news() -> None:
    assert said_twice({1: {"09:00"}, 2: {"09:01", "09:05"}}, {1: 1, 2: 2}) == []
    assert said_twice({1: {"09:00", "09:02"}}, {1: 1}) == [
        "number 1 was called 1 times, the board said it 2 times"
    ]
