"""Reads for the observation room: who is in it, who had to leave, and who was near them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.domain.incident import Stay, is_contact
from kiosk.domain.states import VisitState
from kiosk.records.queries import on_day
from kiosk.records.site_tables import OutboxMessage
from kiosk.records.tables import Job, SiteSession, Visit, VisitStateRow

#: Name of the job that prints the report, and kind of the message to headquarters.
REPORT, NOTICE = "incident_report", "incident"


def notice_key(visit: Visit) -> str:
    """Key of the one message about this incident."""
    return f"incident/{visit.public_id}"


def of_day(session: Session, day: date, site: str) -> Sequence[Visit]:
    """Visits at the site that ended with a temperature that stayed abnormal, latest first."""
    return session.scalars(
        select(Visit)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(day, site), Visit.state == VisitState.ESCALATED)
        .order_by(Visit.ended_at.desc(), Visit.id.desc())
    ).all()


def stay_of(session: Session, visit: Visit) -> Stay:
    """From the card to the observation room, or to the end of the visit."""
    isolated = session.scalar(
        select(func.min(VisitStateRow.started_at)).where(
            VisitStateRow.visit_id == visit.id, VisitStateRow.state == VisitState.OBSERVATION
        )
    )
    return Stay(visit.created_at, isolated or visit.ended_at)


def contacts(session: Session, case: Visit, now: datetime, minutes: int) -> list[tuple[Visit, Stay]]:
    """Visits at the same site whose stay that day overlaps the case's, in the order they came, without the
    person's own."""
    there = session.get_one(SiteSession, case.session_id)
    stay = stay_of(session, case)
    isolated = (
        select(func.min(VisitStateRow.started_at))
        .where(VisitStateRow.visit_id == Visit.id, VisitStateRow.state == VisitState.OBSERVATION)
        .scalar_subquery()
    )
    others = session.execute(
        select(Visit, isolated)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*on_day(there.day, there.site), Visit.id != case.id)
        .order_by(Visit.created_at, Visit.id)
    )
    found: list[tuple[Visit, Stay]] = []
    for other, at in others:
        if case.student_id is not None and other.student_id == case.student_id:
            continue
        of_other = Stay(other.created_at, at or other.ended_at)
        if is_contact(stay, of_other, now, minutes):
            found.append((other, of_other))
    return found


def notice(session: Session, visit: Visit) -> str:
    """What became of the message to headquarters: a state of the outbox, or `off` where none was to be sent."""
    state = session.scalar(select(OutboxMessage.state).where(OutboxMessage.key == notice_key(visit)))
    return state or "off"


def report(session: Session, visit: Visit) -> Job | None:
    """The newest job that prints the visit's report."""
    jobs = session.scalars(select(Job).where(Job.name == REPORT).order_by(Job.id.desc()).limit(200))
    return next((job for job in jobs if job.arguments.get("visit") == visit.public_id), None)
