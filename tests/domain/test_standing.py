"""Whatever somebody did: a photo to report or one reason for none, never both, never neither."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.collection import Standing
from kiosk.domain.standing import Attendance, Missing, Photo, standing
from kiosk.domain.states import PHOTOGRAPHED, VisitState

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

PHOTOS = st.builds(
    Photo,
    state=st.sampled_from([state.value for state in Standing]),
    deliverable=st.just("0" * 64),
    taken_at=st.integers(0, 800).map(lambda days: NOON - timedelta(days=days)),
    not_linked=st.booleans(),
)
VISITS = st.lists(st.builds(Attendance, st.sampled_from(VisitState), st.none() | PHOTOS), max_size=5)


@given(VISITS)
def test_a_photo_that_may_go_is_never_missing_and_no_other_ever_goes(visits: list[Attendance]) -> None:
    found = standing(visits, TODAY, 365)
    may_go = [
        visit.photo
        for visit in visits
        if visit.photo is not None
        and visit.state in PHOTOGRAPHED
        and visit.photo.state == Standing.ACCEPTED
        and not visit.photo.not_linked
        and TODAY - visit.photo.taken_at.date() <= timedelta(days=365)
    ]
    if may_go:
        assert found is may_go[-1]
    else:
        assert isinstance(found, Missing)
    assert (found is Missing.NOT_COME) is (not visits)


@given(VISITS)
def test_a_cancelled_visit_afterwards_changes_nothing(visits: list[Attendance]) -> None:
    if visits:
        assert standing([*visits, Attendance(VisitState.CANCELLED)], TODAY, 365) == standing(visits, TODAY, 365)
