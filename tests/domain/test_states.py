"""The table of states must be whole: every state placed, every open one with a way out."""

from __future__ import annotations

import pytest

from kiosk.domain import states
from kiosk.domain.states import TRANSITIONS, VisitState, may_move


def test_every_state_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(VisitState)


def test_ended_visits_never_move() -> None:
    assert {state for state, following in TRANSITIONS.items() if not following} == states.ENDED


def test_every_state_is_reached_from_the_first() -> None:
    reached, frontier = {VisitState.CONFIRMING}, [VisitState.CONFIRMING]
    while frontier:
        for following in TRANSITIONS[frontier.pop()] - reached:
            reached.add(following)
            frontier.append(following)
    assert reached == set(VisitState)


@pytest.mark.parametrize("state", sorted(states.OPEN))
def test_every_open_visit_can_still_end(state: VisitState) -> None:
    reached, frontier = {state}, [state]
    while frontier:
        for following in TRANSITIONS[frontier.pop()] - reached:
            reached.add(following)
            frontier.append(following)
    assert reached & states.ENDED


@pytest.mark.parametrize("state", sorted(states.ATTENDED))
def test_whatever_is_attended_can_be_parked(state: VisitState) -> None:
    assert may_move(state, VisitState.PARKED)


def test_a_photo_is_accepted_only_from_the_screen_that_shows_it() -> None:
    assert {state for state in VisitState if may_move(state, VisitState.ACCEPTED)} == {VisitState.REVIEW}


def test_nobody_is_called_but_from_the_queue() -> None:
    assert {state for state in VisitState if may_move(state, VisitState.CALLED)} == {VisitState.QUEUED}


def test_a_refused_declaration_has_no_way_back() -> None:
    assert TRANSITIONS[VisitState.REFUSED] == frozenset()
