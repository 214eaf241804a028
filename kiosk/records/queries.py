"""The few reads that have names: stations, campaigns, today's visits, the queue, the roster search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kiosk.domain.queue import in_order
from kiosk.domain.states import ENDED, NEEDS_STAFF, PHOTOGRAPHED, SEATED, VisitState
from kiosk.records.tables import (
    Audit,
    AuditHead,
    Campaign,
    DataReport,
    Declaration,
    Shot,
    SiteSession,
    Staff,
    Station,
    Student,
    TemperatureReading,
    Visit,
    VisitStateRow,
)


def version(session: Session) -> int:
    """Number of the last decision or refusal; every page's snapshot carries it."""
    return session.scalar(select(AuditHead.sequence).where(AuditHead.id == 1)) or 0


def ensure_station(session: Session, name: str, seat: str, campaign_code: str, now: datetime) -> Station:
    """The station of that name, made or brought up to its settings; called at start in a writing transaction."""
    found = station(session, name)
    if found is None:
        found = Station(name=name, active_at=now)
        session.add(found)
    found.seat, found.campaign_code = seat, campaign_code
    session.flush()
    return found


def touch_station(session: Session, name: str, now: datetime) -> None:
    """Somebody touched the screen: the idle clock starts anew. Needs a writing transaction."""
    found = station(session, name)
    if found is not None:
        found.active_at = now


def station(session: Session, name: str) -> Station | None:
    """The station of that name."""
    return session.scalar(select(Station).where(Station.name == name))


def stations(session: Session) -> Sequence[Station]:
    """Every station by name."""
    return session.scalars(select(Station).order_by(Station.name)).all()


def campaign_of(session: Session, code: str, day: date) -> Campaign | None:
    """The active campaign of that code; with an empty code the active one that photographs on `day`, the one that
    began last where there are several, and failing all that the active one that began last."""
    query = select(Campaign).where(Campaign.active)
    if code:
        return session.scalar(query.where(Campaign.code == code))
    active = session.scalars(query.order_by(Campaign.capture_from.desc(), Campaign.id.desc())).all()
    return next((campaign for campaign in active if is_open(campaign, day)), active[0] if active else None)


def is_open(campaign: Campaign, day: date) -> bool:
    """Whether the campaign photographs on that day."""
    return campaign.active and campaign.capture_from <= day <= campaign.capture_until


def site_session(session: Session, campaign_id: int, day: date, site: str) -> SiteSession | None:
    """The campaign's session of that day at the site of that code, if anybody came yet."""
    return session.scalar(
        select(SiteSession).where(
            SiteSession.campaign_id == campaign_id, SiteSession.day == day, SiteSession.site == site
        )
    )


def visit(session: Session, public_id: str) -> Visit | None:
    """The visit of that public id."""
    return session.scalar(select(Visit).where(Visit.public_id == public_id))


def on_day(day: date, site: str | None) -> list[ColumnElement[bool]]:
    """Conditions on `SiteSession`: of that day, at that site unless it is None."""
    at_site = [] if site is None else [SiteSession.site == site]
    return [SiteSession.day == day, *at_site]


def visits_of_day(session: Session, day: date, limit: int = 500, site: str | None = None) -> Sequence[Visit]:
    """Visits of that day in every campaign: open ones first, oldest first, then ended ones, latest first.

    `site` is the code of the one site they are read of; None reads every site's.
    """
    of_day = select(Visit).join(SiteSession, SiteSession.id == Visit.session_id).where(*on_day(day, site))
    ended = Visit.state.in_([state.value for state in ENDED])
    open_visits = session.scalars(of_day.where(~ended).order_by(Visit.id).limit(limit)).all()
    rest = of_day.where(ended).order_by(Visit.ended_at.desc(), Visit.id.desc()).limit(limit - len(open_visits))
    return [*open_visits, *session.scalars(rest)]


def versions_of_day(session: Session, day: date, site: str | None = None) -> dict[int, int]:
    """Id and version of every visit of that day in the order of `visits_of_day`."""
    of_day = (
        select(Visit.id, Visit.version)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site))
    )
    ended = Visit.state.in_([state.value for state in ENDED])
    rest = of_day.where(ended).order_by(Visit.ended_at.desc(), Visit.id.desc())
    found = [*session.execute(of_day.where(~ended).order_by(Visit.id)), *session.execute(rest)]
    return {key: version for key, version in found}


def counts_of_day(session: Session, day: date, site: str | None = None) -> dict[str, int]:
    """`{"waiting", "inside", "done", "needs_staff"}` over every campaign of that day, at one site or at all."""
    rows = session.execute(
        select(Visit.state, func.count())
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site))
        .group_by(Visit.state)
    ).all()
    by_state = {VisitState(state): int(count) for state, count in rows}

    def total(states: frozenset[VisitState]) -> int:
        return sum(by_state.get(state, 0) for state in states)

    return {
        "waiting": by_state.get(VisitState.QUEUED, 0),
        "inside": total(frozenset(VisitState) - ENDED),
        "done": total(PHOTOGRAPHED),
        "needs_staff": total(NEEDS_STAFF),
    }


@dataclass(slots=True)
class Place:
    """What the order of a queue looks at; a visit itself is some forty columns, and a queue may be long."""

    id: int
    public_id: str
    number: int | None
    missed_calls: int
    priority: str
    outside_until: datetime | None
    held_at: datetime | None


def places(session: Session, session_id: int) -> list[Place]:
    """Everybody who waits in a session, those held too, in no order."""
    columns = (getattr(Visit, column.name) for column in fields(Place))
    found = session.execute(
        select(*columns).where(Visit.session_id == session_id, Visit.state == VisitState.QUEUED)
    )
    return [Place(*row) for row in found]


def waiting(
    session: Session, session_id: int, now: datetime | None = None, priority_in_row: int = 2
) -> Sequence[Place]:
    """The queue of a session, next first, without those held (`kiosk.domain.queue`).

    Without `now` nobody counts as outside.
    """
    today = session.get(SiteSession, session_id)
    found = [place for place in places(session, session_id) if place.held_at is None]
    run = today.priority_run if today else 0
    return in_order(found, now or datetime.max.replace(tzinfo=UTC), run, priority_in_row)


def ahead(session: Session, of: Visit, now: datetime | None = None, priority_in_row: int = 2) -> int:
    """How many are called before this visit; everybody, for one that is held."""
    if of.number is None:
        return 0
    order = [visit.id for visit in waiting(session, of.session_id, now, priority_in_row)]
    return order.index(of.id) if of.id in order else len(order)


def calling(session: Session, day: date, site: str | None = None) -> Sequence[tuple[Visit, Station]]:
    """Who holds a seat now, and which, by seat; at one site or at all."""
    rows = session.execute(
        select(Visit, Station)
        .join(Station, Station.seat_visit_id == Visit.id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site), Visit.state.in_([state.value for state in SEATED]))
        .order_by(Station.seat, Station.id)
    )
    return [(row[0], row[1]) for row in rows]


def find_students(session: Session, campaign_id: int, text: str, limit: int = 20) -> Sequence[Student]:
    """Roster search: a name (its beginning), the last four of the ID number, a whole student or ID number.

    Fewer than two characters find nobody; who is no longer on the roster is not found.
    """
    wanted = "".join(text.split()).upper()
    if len(wanted) < 2:
        return []
    conditions: list[ColumnElement[bool]] = [
        Student.student_number == wanted,
        Student.id_number == wanted,
        Student.name.startswith(wanted, autoescape=True),
        Student.name.startswith(" ".join(text.split()), autoescape=True),
    ]
    if len(wanted) == 4 and wanted[:3].isdigit():
        conditions.append(Student.id_number.endswith(wanted, autoescape=True))
    return session.scalars(
        select(Student)
        .where(Student.campaign_id == campaign_id, Student.removed_at.is_(None), or_(*conditions))
        .order_by(Student.name, Student.id)
        .limit(limit)
    ).all()


def shots(session: Session, of: Visit) -> Sequence[Shot]:
    """The visit's shots in the order they were taken."""
    return session.scalars(select(Shot).where(Shot.visit_id == of.id).order_by(Shot.ordinal)).all()


def shot(session: Session, public_id: str) -> Shot | None:
    """The shot of that public id."""
    return session.scalar(select(Shot).where(Shot.public_id == public_id))


def temperatures(session: Session, of: Visit) -> Sequence[TemperatureReading]:
    """The visit's readings, first one first."""
    query = select(TemperatureReading).where(TemperatureReading.visit_id == of.id)
    return session.scalars(query.order_by(TemperatureReading.id)).all()


def declaration(session: Session, of: Visit) -> Declaration | None:
    """The visit's signed declaration."""
    query = select(Declaration).where(Declaration.visit_id == of.id)
    return session.scalar(query.order_by(Declaration.id.desc()).limit(1))


def reports(session: Session, of: Visit) -> Sequence[DataReport]:
    """The visit's reports of wrong data, first one first."""
    query = select(DataReport).where(DataReport.visit_id == of.id)
    return session.scalars(query.order_by(DataReport.id)).all()


def history(session: Session, of: Visit) -> Sequence[VisitStateRow]:
    """The stretches of the visit in their order."""
    query = select(VisitStateRow).where(VisitStateRow.visit_id == of.id)
    return session.scalars(query.order_by(VisitStateRow.id)).all()


def audit_of(session: Session, public_id: str) -> Sequence[Audit]:
    """What the audit says about a visit, oldest first."""
    return session.scalars(select(Audit).where(Audit.visit == public_id).order_by(Audit.sequence)).all()


def audit_page(
    session: Session,
    before: int | None = None,
    limit: int = 50,
    actor: str = "",
    action: str = "",
    result: str = "",
) -> Sequence[Audit]:
    """A page of the audit, newest first: rows before that sequence; empty filters let everything through."""
    query = select(Audit).order_by(Audit.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(Audit.sequence < before)
    if actor:
        query = query.where(Audit.actor.contains(actor, autoescape=True))
    if action:
        query = query.where(Audit.action == action)
    if result == "refused":  # any refusal code
        query = query.where(Audit.result.not_in(("done", "queued")))
    elif result:
        query = query.where(Audit.result == result)
    return session.scalars(query).all()


def staff(session: Session, login: str) -> Staff | None:
    """The account of that log-in."""
    return session.scalar(select(Staff).where(Staff.login == login))


def people(session: Session) -> Sequence[Staff]:
    """Every staff account by log-in."""
    return session.scalars(select(Staff).order_by(Staff.login)).all()
