"""Everybody who was due or came stands in exactly one place of the evening's sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.reconciliation import Absence, Outcome, Seen, Sum, of_person, outcome_of, total
from kiosk.domain.states import ENDED, VisitState

SEEN = st.builds(
    Seen, st.sampled_from(VisitState), st.sampled_from([None, "staff", "observation", "closed"]), st.booleans()
)
DAY = st.lists(
    st.tuples(st.booleans(), st.lists(SEEN, max_size=3), st.sampled_from(Absence)), min_size=0, max_size=30
)


@given(DAY)
def test_the_two_sides_are_always_equal(day: list[tuple[bool, list[Seen], Absence]]) -> None:
    people = [(due or not visits, of_person(visits, absence)[0]) for due, visits, absence in day]
    found = total(people)
    assert found.expected == len(day) == sum(found.outcomes.values())
    assert set(found.outcomes) == {outcome.value for outcome in Outcome}
    assert found.holds == all(outcome is not Outcome.OPEN for _, outcome in people)


@given(SEEN)
def test_a_visit_that_has_not_ended_is_open_and_one_that_has_is_not(visit: Seen) -> None:
    outcome, why = outcome_of(visit)
    if visit.state is VisitState.ACCEPTED and visit.photo_rejected:
        assert outcome is Outcome.CANCELLED
    else:
        assert (outcome is Outcome.OPEN) == (visit.state not in ENDED)
    assert (why == "") == (outcome is Outcome.PHOTOGRAPHED)


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ([Seen(VisitState.DONE)], (Outcome.PHOTOGRAPHED, "")),
        ([Seen(VisitState.DONE, photo_rejected=True)], (Outcome.CANCELLED, "photo_rejected")),
        ([Seen(VisitState.CANCELLED, "staff"), Seen(VisitState.DONE)], (Outcome.PHOTOGRAPHED, "")),
        ([Seen(VisitState.CANCELLED, "staff"), Seen(VisitState.QUEUED)], (Outcome.OPEN, "queued")),
        ([Seen(VisitState.REFUSED, "declaration_not_passed")], (Outcome.REFUSED, "declaration_not_passed")),
        ([Seen(VisitState.ESCALATED, "temperature_abnormal")], (Outcome.OBSERVATION, "temperature_abnormal")),
        ([Seen(VisitState.CANCELLED, "observation")], (Outcome.OBSERVATION, "observation")),
        ([Seen(VisitState.CANCELLED, "closed")], (Outcome.CANCELLED, "closed")),
        ([Seen(VisitState.ACCEPTED)], (Outcome.OPEN, "accepted")),
    ],
)
def test_the_strongest_word_of_several_visits_counts(visits: list[Seen], expected: tuple[Outcome, str]) -> None:
    assert of_person(visits, Absence.NO_SHOW) == expected


def test_who_did_not_come_is_absent_unless_still_awaited() -> None:
    assert of_person([], Absence.NO_SHOW) == (Outcome.ABSENT, "no_show")
    assert of_person([], Absence.AWAITED) == (Outcome.OPEN, "awaited")


def test_a_sum_that_lost_somebody_does_not_hold() -> None:
    outcomes = {outcome.value: 0 for outcome in Outcome}
    assert not Sum(2, 0, {**outcomes, "photographed": 1}).holds
    assert Sum(1, 1, {**outcomes, "photographed": 1, "absent": 1}).holds
