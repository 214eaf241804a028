"""The few reads that have names: stations, campaigns, today's visits, the queue, the roster search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, bindparam, case, false, or_, select, true
from sqlalchemy.orm import Session, joinedload

from kiosk.domain.queue import in_order
from kiosk.domain.states import ENDED, NEEDS_STAFF, PHOTOGRAPHED, SEATED, VisitState
from kiosk.records.database import read_once, rows
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

# Questions of every look and press are put together once: that takes as long as asking them.
_VERSION = select(AuditHead.sequence).where(AuditHead.id == 1)
_STATION = select(Station).where(Station.name == bindparam("name"))
_STATIONS = select(Station).order_by(Station.name)
_SITE_SESSION = select(SiteSession).where(
    SiteSession.campaign_id == bindparam("campaign"),
    SiteSession.day == bindparam("day"),
    SiteSession.site == bindparam("site"),
)
_CAMPAIGN = select(Campaign).where(Campaign.active, Campaign.code == bindparam("code"))
_ACTIVE = select(Campaign).where(Campaign.active).order_by(Campaign.capture_from.desc(), Campaign.id.desc())
_VISIT = select(Visit).where(Visit.public_id == bindparam("public_id"))
_POINTED_AT = (
    select(Visit)
    .where(Visit.id == bindparam("id"))
    .options(joinedload(Visit.campaign), joinedload(Visit.student))  # whoever looks at a visit wants both
)


def version(session: Session) -> int:
    """Number of the last decision or refusal; every page's snapshot carries it."""
    return read_once(session, "version", lambda: session.connection().scalar(_VERSION)) or 0


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
    return read_once(session, ("station", name), lambda: session.scalar(_STATION, {"name": name}))


def stations(session: Session) -> Sequence[Station]:
    """Every station by name."""
    return read_once(session, "stations", lambda: session.scalars(_STATIONS).all())


def campaign_of(session: Session, code: str, day: date) -> Campaign | None:
    """The active campaign of that code; with an empty code the active one that photographs on `day`, the one that
    began last where there are several, and failing all that the active one that began last."""
    return read_once(session, ("campaign", code, day), lambda: _campaign_of(session, code, day))


def _campaign_of(session: Session, code: str, day: date) -> Campaign | None:
    if code:
        return session.scalar(_CAMPAIGN, {"code": code})
    active = session.scalars(_ACTIVE).all()
    return next((campaign for campaign in active if is_open(campaign, day)), active[0] if active else None)


def is_open(campaign: Campaign, day: date) -> bool:
    """Whether the campaign photographs on that day."""
    return campaign.active and campaign.capture_from <= day <= campaign.capture_until


def site_session(session: Session, campaign_id: int, day: date, site: str) -> SiteSession | None:
    """The campaign's session of that day at the site of that code, if anybody came yet."""
    wanted = {"campaign": campaign_id, "day": day, "site": site}
    return read_once(session, tuple(wanted.values()), lambda: session.scalar(_SITE_SESSION, wanted))


def visit(session: Session, public_id: str) -> Visit | None:
    """The visit of that public id."""
    return session.scalar(_VISIT, {"public_id": public_id})


def pointed_at(session: Session, number: int | None) -> Visit | None:
    """The visit at which a station's front or seat points; such a row is written, so nothing is flushed for it."""
    if number is None:
        return None
    known: Visit | None = session.identity_map.get(session.identity_key(Visit, number))
    if known is not None:
        return known
    with session.no_autoflush:
        return session.scalar(_POINTED_AT, {"id": number})


def on_day(day: date, site: str | None) -> list[ColumnElement[bool]]:
    """Conditions on `SiteSession`: of that day, at that site unless it is None."""
    at_site = [] if site is None else [SiteSession.site == site]
    return [SiteSession.day == day, *at_site]


@dataclass(frozen=True)
class Listed:
    """What stands where in a day's list, without the visits themselves: some forty columns each."""

    versions: dict[int, int]  # id → version, in the order of the list
    counts: dict[str, int]  # "waiting", "inside", "done", "needs_staff"


_ENDED = Visit.state.in_([state.value for state in ENDED])
_LISTED = (
    select(Visit.id, Visit.version, Visit.state)
    .join(SiteSession, SiteSession.id == Visit.session_id)
    .where(SiteSession.day == bindparam("day"))
    .order_by(_ENDED, case((_ENDED, Visit.ended_at)).desc(), case((_ENDED, -Visit.id), else_=Visit.id))
)
_LISTED_AT = _LISTED.where(SiteSession.site == bindparam("site"))


def listed(session: Session, day: date, site: str | None = None) -> Listed:
    """Every visit of that day over every campaign: versions and counts.

    Open ones come first, oldest first, then ended ones, latest first. `site` is the code of the one site they are
    read of; None reads every site's.
    """
    asked = _LISTED if site is None else _LISTED_AT
    found = rows(session, asked, {"day": day} if site is None else {"day": day, "site": site})
    by_state = Counter(state for _key, _version, state in found)

    def total(states: Iterable[VisitState]) -> int:
        return sum(by_state[state.value] for state in states)

    counts = {
        "waiting": total([VisitState.QUEUED]),
        "inside": total(frozenset(VisitState) - ENDED),
        "done": total(PHOTOGRAPHED),
        "needs_staff": total(NEEDS_STAFF),
    }
    return Listed({key: version for key, version, _state in found}, counts)


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


_PLACES = select(*(getattr(Visit, column.name) for column in fields(Place))).where(
    Visit.session_id == bindparam("session"), Visit.state == VisitState.QUEUED
)


def places(session: Session, session_id: int) -> list[Place]:
    """Everybody who waits in a session, those held too, in no order."""
    return [Place(*row) for row in rows(session, _PLACES, {"session": session_id})]


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


_CALLING = (
    select(Visit, Station)
    .join(Station, Station.seat_visit_id == Visit.id)
    .join(SiteSession, SiteSession.id == Visit.session_id)
    .where(SiteSession.day == bindparam("day"), Visit.state.in_([state.value for state in SEATED]))
    .order_by(Station.seat, Station.id)
)
_CALLING_AT = _CALLING.where(SiteSession.site == bindparam("site"))


def calling(session: Session, day: date, site: str | None = None) -> Sequence[tuple[Visit, Station]]:
    """Who holds a seat now, and which, by seat; at one site or at all."""
    asked = _CALLING if site is None else _CALLING_AT
    found = session.execute(asked, {"day": day} if site is None else {"day": day, "site": site})
    return [(row[0], row[1]) for row in found]


def named(text: str) -> ColumnElement[bool]:
    """Condition on `Student`: a name (its beginning), last four of the ID number, whole student or ID number.

    Fewer than two characters are nobody's.
    """
    wanted = "".join(text.split()).upper()
    if len(wanted) < 2:
        return false()
    conditions: list[ColumnElement[bool]] = [
        Student.student_number == wanted,
        Student.id_number == wanted,
        Student.name.startswith(wanted, autoescape=True),
        Student.name.startswith(" ".join(text.split()), autoescape=True),
    ]
    if len(wanted) == 4 and wanted[:3].isdigit():
        conditions.append(Student.id_number.endswith(wanted, autoescape=True))
    return or_(*conditions)


def find_students(
    session: Session, campaign_id: int, text: str, limit: int = 20, branch: str | None = None
) -> Sequence[Student]:
    """Roster search by `named`, with `branch` among its students; who is no longer on the roster is not found."""
    of_branch = true() if branch is None else Student.branch == branch
    return session.scalars(
        select(Student)
        .where(Student.campaign_id == campaign_id, Student.removed_at.is_(None), of_branch, named(text))
        .order_by(Student.name, Student.id)
        .limit(limit)
    ).all()


_SHOTS = select(Shot).where(Shot.visit_id == bindparam("visit")).order_by(Shot.ordinal)


def shots(session: Session, of: Visit) -> Sequence[Shot]:
    """The visit's shots in the order they were taken."""
    return session.scalars(_SHOTS, {"visit": of.id}).all()


def shot(session: Session, public_id: str) -> Shot | None:
    """The shot of that public id."""
    return session.scalar(select(Shot).where(Shot.public_id == public_id))


_TEMPERATURES = (
    select(TemperatureReading)
    .where(TemperatureReading.visit_id == bindparam("visit"))
    .order_by(TemperatureReading.id)
)


def temperatures(session: Session, of: Visit) -> Sequence[TemperatureReading]:
    """The visit's readings, first one first."""
    return session.scalars(_TEMPERATURES, {"visit": of.id}).all()


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
