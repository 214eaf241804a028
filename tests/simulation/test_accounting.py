"""The written order, asked again at every call of a played day."""

from __future__ import annotations

from typing import Any

from kiosk.simulation.accounting import Evening, replay

Decision = tuple[str, str, dict[str, Any]]
NUMBERS = {"a": 1, "b": 2, "c": 3}


def number(visit: str) -> Decision:
    return "take_temperature", visit, {"to": "queued"}


def call(visit: str) -> Decision:
    return "call_next", visit, {"from": "queued", "to": "called"}


def played(*decisions: Decision, in_row: int = 2) -> Evening:
    found = Evening()
    replay(decisions, NUMBERS, in_row, found)
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
