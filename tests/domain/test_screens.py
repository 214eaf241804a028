"""The screen follows from the records alone."""

from __future__ import annotations

import itertools

import pytest

from kiosk.domain.screens import OF_STATE, Screen, screen_for
from kiosk.domain.states import ATTENDED, SEATED, VisitState


def test_every_state_that_can_be_in_front_has_its_screen() -> None:
    assert set(VisitState) - set(OF_STATE) == {VisitState.DONE, VisitState.CANCELLED}
    assert set(OF_STATE) >= ATTENDED | SEATED


@pytest.mark.parametrize("state", sorted(OF_STATE))
def test_a_visit_comes_before_notices_and_closing_time(state: VisitState) -> None:
    for mode, notice, is_open in itertools.product(("welcome", "identify"), (True, False), (True, False)):
        assert screen_for(mode, notice, is_open, state) is OF_STATE[state]


@pytest.mark.parametrize(
    ("mode", "notice", "is_open", "screen"),
    [
        ("welcome", False, True, Screen.WELCOME),
        ("identify", False, True, Screen.IDENTIFY),
        ("welcome", True, True, Screen.NOTICE),
        ("identify", True, False, Screen.NOTICE),
        ("identify", False, False, Screen.CLOSED),
        ("anything else", False, True, Screen.WELCOME),
    ],
)
def test_without_a_visit(mode: str, notice: bool, is_open: bool, screen: Screen) -> None:
    assert screen_for(mode, notice, is_open, None) is screen
    assert screen_for(mode, notice, is_open, VisitState.DONE) is screen


def test_every_screen_is_shown_some_time() -> None:
    states = [None, *VisitState]
    shown = {
        screen_for(mode, notice, is_open, state)
        for mode in ("welcome", "identify")
        for notice in (True, False)
        for is_open in (True, False)
        for state in states
    }
    assert shown == set(Screen)
