"""A session day in figures: funnel, throughput, waits, retakes and refusals by reason, what was overridden.

`site` is the code of the one site that is counted; None counts every site of these records.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kiosk.domain.judgement import Verdict, judgement_from_json
from kiosk.domain.queue import site_zone
from kiosk.domain.states import VisitState
from kiosk.records.queries import on_day
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Audit, Shot, SiteSession, TemperatureReading, Visit, VisitStateRow

#: Steps of the funnel after `due` and `came`, and the state that a visit has reached with each.
STEPS = {
    "confirmed": (VisitState.DECLARING, VisitState.TEMPERATURE, VisitState.QUEUED),
    "number": (VisitState.QUEUED,),
    "called": (VisitState.CALLED,),
    "camera": (VisitState.CAPTURING,),
    "photographed": (VisitState.ACCEPTED,),
}
#: Why a photo that passed was taken again: the student wished it.
OWN_WISH = "own_wish"
#: Refusals that stand in the page; what a stale page pressed is no refusal of a student.
_ABOUT_STUDENTS = (
    "identify",
    "confirm_without_card",
    "declare",
    "take_temperature",
    "record_temperature",
    "remeasure",
    "scan",
)


def limits(day: date) -> tuple[datetime, datetime]:
    """The moments at which the day begins and ends on the site's clock."""
    begin = datetime.combine(day, time(), site_zone())
    return begin, begin + timedelta(days=1)


def funnel(session: Session, day: date, site: str | None = None) -> dict[str, int]:
    """`{"due", "came", "confirmed", "number", "called", "camera", "photographed"}`, students of the day."""
    places = (
        select(func.count())
        .select_from(SlotAssignment)
        .join(Slot, Slot.id == SlotAssignment.slot_id)
        .where(Slot.day == day, SlotAssignment.state != "moved")
    )
    if site:
        places = places.join(Site, Site.id == Slot.site_id).where(Site.code == site)
    due = session.scalar(places)
    came = session.scalar(
        select(func.count()).select_from(Visit).join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site))
    )  # fmt: skip
    counts = {"due": due or 0, "came": came or 0}
    for step, states in STEPS.items():
        counts[step] = session.scalar(
            select(func.count(func.distinct(VisitStateRow.visit_id)))
            .join(Visit, Visit.id == VisitStateRow.visit_id)
            .join(SiteSession, SiteSession.id == Visit.session_id)
            .where(*on_day(day, site), VisitStateRow.state.in_([state.value for state in states]))
        ) or 0  # fmt: skip
    return counts


def states(session: Session, day: date, site: str | None = None) -> dict[str, int]:
    """State → how many visits stand in it now, most first."""
    times = func.count()
    rows = session.execute(
        select(Visit.state, times)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site))
        .group_by(Visit.state)
        .order_by(times.desc(), Visit.state)
    )
    return {state: int(count) for state, count in rows}


def hours(session: Session, day: date, site: str | None = None) -> list[dict[str, Any]]:
    """A row an hour in which anything happened: `{"hour", "came", "photographed", "wait_minutes"}`.

    `wait_minutes` is the median of those who were called in that hour, None where nobody was.
    """
    rows: dict[int, dict[str, Any]] = defaultdict(lambda: {"came": 0, "photographed": 0, "waits": []})
    zone = site_zone()
    of_day = (
        select(Visit.created_at).join(SiteSession, SiteSession.id == Visit.session_id).where(*on_day(day, site))
    )
    for created in session.scalars(of_day):
        rows[created.astimezone(zone).hour]["came"] += 1
    stretches = (
        select(VisitStateRow.state, VisitStateRow.started_at, VisitStateRow.ended_at)
        .join(Visit, Visit.id == VisitStateRow.visit_id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site), VisitStateRow.state.in_([VisitState.ACCEPTED.value, VisitState.QUEUED.value]))
    )
    for state, started, ended in session.execute(stretches):
        if state == VisitState.ACCEPTED:
            rows[started.astimezone(zone).hour]["photographed"] += 1
        elif ended is not None:
            rows[ended.astimezone(zone).hour]["waits"].append((ended - started).total_seconds() / 60)
    if not rows:
        return []
    return [
        {
            "hour": hour,
            "came": rows[hour]["came"],
            "photographed": rows[hour]["photographed"],
            "wait_minutes": round(median(rows[hour]["waits"]), 1) if rows[hour]["waits"] else None,
        }
        for hour in range(min(rows), max(rows) + 1)
    ]


def retakes(session: Session, day: date, site: str | None = None) -> dict[str, int]:
    """Check code → photos that were not accepted for it, most first; `own_wish` for those that had passed."""
    passed = Shot.verdict == Verdict.PASS  # no check of theirs has a word to say: they need not be read

    def of_day(what: Any) -> Select[Any]:
        return (
            select(what)
            .select_from(Shot)
            .join(Visit, Visit.id == Shot.visit_id)
            .join(SiteSession, SiteSession.id == Visit.session_id)
            .where(*on_day(day, site), Shot.accepted_at.is_(None))
        )

    counted: Counter[str] = Counter()
    counted[OWN_WISH] = session.scalar(of_day(func.count()).where(passed)) or 0
    for judgement in session.scalars(of_day(Shot.judgement).where(~passed)):
        reason = judgement_from_json(judgement).reason
        counted[reason.code if reason else OWN_WISH] += 1
    return {code: count for code, count in counted.most_common() if count}


def refusals(session: Session, day: date, site: str | None = None) -> dict[str, int]:
    """Refusal code → how often a student was refused with it, most first.

    Whoever was refused before a visit began is counted at every site: nothing says at which.
    """
    begin, end = limits(day)
    rows = session.execute(
        select(Audit.result, func.count())
        .where(Audit.at >= begin, Audit.at < end, Audit.result.not_in(("done", "queued")))
        .where(Audit.action.in_(_ABOUT_STUDENTS))
        .group_by(Audit.result)
        .order_by(func.count().desc(), Audit.result)
    )
    ended = session.execute(
        select(Visit.end_code, func.count())
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site), Visit.state.in_([VisitState.REFUSED.value, VisitState.ESCALATED.value]))
        .group_by(Visit.end_code)
    )
    counted = Counter({str(code): int(count) for code, count in rows})
    for code, count in ended:
        counted[str(code)] += int(count)
    return dict(counted.most_common())


def overridden(session: Session, day: date, site: str | None = None) -> list[Audit]:
    """Decisions of the day that set a rule aside, with who, why and the second person; oldest first.

    Decisions about no visit (a session, a campaign) belong to every site.
    """
    begin, end = limits(day)
    rows = select(Audit).where(
        Audit.at >= begin, Audit.at < end, Audit.result == "done", Audit.reason.is_not(None)
    )
    if site is not None:
        there = (
            select(Visit.public_id).join(SiteSession, SiteSession.id == Visit.session_id).where(*on_day(day, site))
        )
        rows = rows.where(Audit.visit.is_(None) | Audit.visit.in_(there))
    return list(session.scalars(rows.order_by(Audit.sequence)))


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit that went into observation: when, and the readings that are still kept, °C with whether abnormal."""

    visit: Visit
    since: datetime
    readings: tuple[tuple[float, bool], ...]


def stops(session: Session, day: date, site: str | None = None) -> list[Stop]:
    """Everybody who was in observation on the day, in the order they went there."""
    rows = session.execute(
        select(Visit, func.min(VisitStateRow.started_at))
        .join(VisitStateRow, VisitStateRow.visit_id == Visit.id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site), VisitStateRow.state == VisitState.OBSERVATION)
        .group_by(Visit.id)
        .order_by(func.min(VisitStateRow.started_at), Visit.id)
    ).all()
    readings = _readings(session, [row[0].id for row in rows])
    return [Stop(row[0], row[1], tuple(readings[row[0].id])) for row in rows]


def _readings(session: Session, visits: Sequence[int]) -> dict[int, list[tuple[float, bool]]]:
    found: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    query = select(TemperatureReading).where(TemperatureReading.visit_id.in_(visits))
    for row in session.scalars(query.order_by(TemperatureReading.id)):
        found[row.visit_id].append((row.celsius, row.abnormal))
    return found
