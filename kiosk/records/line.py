"""What the queue's estimate is made of: seat times of the day, seats in use, places of the waiting area."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from kiosk.domain import estimate, queue
from kiosk.domain.states import SEATED, VisitState
from kiosk.records import planning, queries
from kiosk.records.database import rows
from kiosk.records.tables import SiteSession, Station, Visit, VisitStateRow
from kiosk.settings import Settings

#: A kiosk that nobody touched for so long is not reckoned with.
IN_USE = timedelta(minutes=30)
#: Seconds at the seat where no site says anything.
PLANNED_SECONDS = 180.0


@dataclass(frozen=True)
class Line:
    """One session's queue as it stands."""

    order: Sequence[queries.Place]  # next first, without those held
    held: int
    inside: int  # in the waiting area
    outside: int  # to come back later
    places: int | None  # of the waiting area; None: no limit is known
    each: float  # seconds a student takes at the seat
    taken: tuple[float, ...]  # a seat: seconds in use, negative when free

    def ahead(self, visit: Visit) -> int:
        """How many are called before the visit; one that is held counts as if it were released."""
        numbers = [other.id for other in self.order]
        return numbers.index(visit.id) if visit.id in numbers else len(numbers)

    def wait_seconds(self, ahead: int) -> float:
        """Seconds until whoever has so many ahead is called."""
        return estimate.wait_seconds(ahead, self.each, self.taken)

    @property
    def seconds_until_room(self) -> float:
        """Seconds until the waiting area has a place for a newcomer; 0 where it has one."""
        if self.places is None:
            return 0.0
        calls = estimate.calls_until_room(self.inside, self.outside, self.places)
        return self.wait_seconds(calls - 1) if calls else 0.0


def of_session(session: Session, settings: Settings, today: SiteSession, now: datetime) -> Line:
    """The line of that session."""
    waiting = queries.places(session, today.id)
    outside = sum(queue.is_outside(place, now) for place in waiting)
    free = [place for place in waiting if place.held_at is None]
    return Line(
        order=queue.in_order(free, now, today.priority_run, settings.queue.priority_in_row),
        held=len(waiting) - len(free),
        inside=len(waiting) - outside,
        outside=outside,
        places=places(session, settings, today),
        each=_each(session, settings, today, now),
        taken=_taken(session, today, now),
    )


def places(session: Session, settings: Settings, today: SiteSession) -> int | None:
    """Places of the waiting area at the spacing of the rules, None where no site says how long it is."""
    site = planning.site(session, today.site or settings.site.code)
    return None if site is None else math.floor(site.waiting_metres / settings.site.spacing_metres + 1e-9)


_SEATED = [state.value for state in SEATED]
_LATEST = (
    select(Visit.id, Visit.ended_at)
    .where(Visit.session_id == bindparam("session"), Visit.state == VisitState.DONE)
    .order_by(Visit.ended_at.desc(), Visit.id.desc())
    .limit(estimate.LAST)
    .subquery()
)
_SEAT_TIMES = (
    select(_LATEST.c.id, VisitStateRow.started_at, VisitStateRow.ended_at)
    .join(VisitStateRow, VisitStateRow.visit_id == _LATEST.c.id)
    .where(VisitStateRow.state.in_(_SEATED), VisitStateRow.ended_at.is_not(None))
    .order_by(_LATEST.c.ended_at.desc(), _LATEST.c.id.desc())
)


def seat_times(session: Session, today: SiteSession) -> list[float]:
    """Seconds that the latest students of the session took at the seat, newest first."""
    seconds: dict[int, float] = {}
    for visit_id, started, ended in rows(session, _SEAT_TIMES, {"session": today.id}):
        seconds[visit_id] = seconds.get(visit_id, 0.0) + (ended - started).total_seconds()
    return [value for value in seconds.values() if value > 0]


def _each(session: Session, settings: Settings, today: SiteSession, now: datetime) -> float:
    times = seat_times(session, today)
    planned = 0.0 if len(times) >= estimate.AT_LEAST else _planned(session, settings, today, now)
    return estimate.seat_seconds(times, planned)


def _planned(session: Session, settings: Settings, today: SiteSession, now: datetime) -> float:
    measured = planning.measured_student_seconds(session, now)
    if measured is not None:
        return float(measured)
    site = planning.site(session, today.site or settings.site.code)
    return PLANNED_SECONDS if site is None else float(site.student_seconds)


_SITTING = (
    select(
        Station.id,
        select(func.min(VisitStateRow.started_at))
        .where(VisitStateRow.visit_id == Visit.id, VisitStateRow.state.in_(_SEATED))
        .scalar_subquery(),
    )
    .join(Visit, Visit.id == Station.seat_visit_id)
    .where(Visit.session_id == bindparam("session"))
)


def _taken(session: Session, today: SiteSession, now: datetime) -> tuple[float, ...]:
    """Seats that work for this session: those in use by it, and empty ones that were touched lately."""
    used = rows(session, _SITTING, {"session": today.id})
    seats = [max(0.0, (now - since).total_seconds()) if since else 0.0 for _station, since in used]
    for station in queries.stations(session):
        if station.seat_visit_id is not None or station.site != today.site:
            continue
        campaign = queries.campaign_of(session, station.campaign_code, today.day)
        if campaign is not None and campaign.id == today.campaign_id and now - station.active_at < IN_USE:
            seats.append(-1.0)
    return tuple(seats)
