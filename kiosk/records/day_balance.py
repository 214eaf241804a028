"""A day's people at a site, one by one and as the sum of `domain.reconciliation`; what is still to be done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.domain.reconciliation import Absence, Outcome, Seen, Sum, of_person, total
from kiosk.domain.review import REJECT
from kiosk.domain.states import OPEN, PHOTOGRAPHED, VisitState
from kiosk.records import collected, incidents, planning
from kiosk.records.site_tables import Site, Slot, SlotAssignment
from kiosk.records.tables import Campaign, DataReport, Job, Shot, SiteSession, Station, Student, Visit

#: Name of the job that makes the signed report of a day.
REPORT = "day_report"


@dataclass(frozen=True, slots=True)
class Came:
    """What the balance looks at of a visit, which itself is some forty columns."""

    id: int
    public_id: str
    student_id: int | None
    code_sha256: str | None
    number: int | None
    state: str
    end_code: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A person of the day. `visits` are those of the day at this site and campaign, in the order they began."""

    student: Student | None
    slot: Slot | None  # where they were due; None: came without a place
    visits: tuple[Came, ...]
    outcome: Outcome
    why: str  # word of `evening.why.*`; empty for a photo that counts

    @property
    def number(self) -> int | None:
        """The queue number of the last visit that had one."""
        return next((visit.number for visit in reversed(self.visits) if visit.number is not None), None)


@dataclass(frozen=True, slots=True)
class DayBalance:
    """One campaign's day at a site. `session` is None where nobody came and nothing was opened."""

    campaign: Campaign
    session: SiteSession | None
    lines: tuple[Line, ...]  # due ones in the order of their slots, then those without a place as they came
    slots: tuple[Slot, ...]

    @property
    def sum(self) -> Sum:
        """Both sides of the sum."""
        return total((line.slot is not None, line.outcome) for line in self.lines)

    @property
    def differences(self) -> list[Line]:
        """Everybody without a photo that counts."""
        return [line for line in self.lines if line.outcome is not Outcome.PHOTOGRAPHED]

    @property
    def walked_in(self) -> list[Line]:
        """Those who came without a place on a day for which places had been given."""
        return [line for line in self.lines if line.slot is None and self.slots]


def inside(session: Session, today: SiteSession) -> Sequence[Visit]:
    """Visits of the session that are still open, in the order they began."""
    return session.scalars(
        select(Visit)
        .where(Visit.session_id == today.id, Visit.state.in_([state.value for state in OPEN]))
        .order_by(Visit.id)
    ).all()


def slots_of_day(session: Session, day: date, site: str) -> Sequence[Slot]:
    """The day's slots at the site; an installation that names no site has but one, and they are all its own."""
    query = select(Slot).where(Slot.day == day).order_by(Slot.starts_at, Slot.id)
    if site:
        query = query.join(Site, Site.id == Slot.site_id).where(Site.code == site)
    return session.scalars(query).all()


def of_day(session: Session, day: date, site: str, now: datetime) -> list[DayBalance]:
    """Every campaign that had a session or slots at the site on that day, by code."""
    opened = {row.campaign_id: row for row in _sessions(session, day, site)}
    slots: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots_of_day(session, day, site):
        slots[slot.campaign_id].append(slot)
    wanted = opened.keys() | slots.keys()
    campaigns = session.scalars(select(Campaign).where(Campaign.id.in_(wanted)).order_by(Campaign.code))
    return [of_campaign(session, row, opened.get(row.id), slots[row.id], day, now) for row in campaigns]


def of_campaign(
    session: Session,
    campaign: Campaign,
    opened: SiteSession | None,
    slots: Sequence[Slot],
    day: date,
    now: datetime,
) -> DayBalance:
    """The balance of one campaign's session and slots of a day."""
    due = _due(session, slots)
    visits = _visits(session, opened)
    rejected = _rejected(session, opened)
    of_student: dict[int, list[Came]] = defaultdict(list)
    of_code: dict[str, list[Came]] = defaultdict(list)
    for visit in visits:
        if visit.student_id is not None:
            of_student[visit.student_id].append(visit)
        else:
            of_code[visit.code_sha256 or visit.public_id].append(visit)
    absent = _absences(session, [found for found in due if found[0].id not in of_student], opened, day, now)
    lines = []
    for student, slot in due:
        theirs = tuple(of_student.pop(student.id, ()))
        lines.append(_line(student, slot, theirs, rejected, absent.get(student.id, Absence.NO_SHOW)))
    # Read at once, so that no visit asks for its own student.
    students = {row.id: row for row in _students(session, list(of_student))}
    rest = [(students.get(student), tuple(theirs)) for student, theirs in of_student.items()]
    rest += [(None, tuple(theirs)) for theirs in of_code.values()]
    for who, theirs in sorted(rest, key=lambda found: found[1][0].id):
        lines.append(_line(who, None, theirs, rejected, Absence.NO_SHOW))
    return DayBalance(campaign, opened, tuple(lines), tuple(slots))


@dataclass(frozen=True, slots=True)
class Todo:
    """What is still to be done before or after closing: how many of each; texts `evening.todo.<name>`."""

    awaited: int  # due in a slot that has not ended
    photos: int  # accepted by their students, to be decided by staff
    reports: int  # wrong data that nobody settled
    calls: int  # kiosks that call for staff
    notices: int  # incidents of which headquarters did not hear by mail


def todo(session: Session, day: date, site: str, balances: Sequence[DayBalance]) -> Todo:
    """What is open at the site on that day beside the people inside."""
    of_day = (SiteSession.day == day, SiteSession.site == site)
    photos = session.scalar(
        select(func.count())
        .select_from(Visit)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .join(Shot, Shot.id == Visit.accepted_shot_id)
        .where(
            *of_day,
            Visit.state.in_([state.value for state in PHOTOGRAPHED]),
            Shot.verdict != "pass",
            Shot.staff_decision.is_(None),
        )
    )
    reports = session.scalar(
        select(func.count())
        .select_from(DataReport)
        .join(Visit, Visit.id == DataReport.visit_id)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(*of_day, DataReport.resolved_at.is_(None))
    )
    calling = select(func.count()).select_from(Station).where(Station.called_staff_at.is_not(None))
    calls = session.scalar(calling.where(Station.site == site))
    stopped = incidents.of_day(session, day, site)
    return Todo(
        sum(line.why == Absence.AWAITED for balance in balances for line in balance.lines),
        photos or 0,
        reports or 0,
        calls or 0,
        sum(incidents.notice(session, visit) != "sent" for visit in stopped),
    )


def newest_report(session: Session, day: date) -> Job | None:
    """The newest job that makes the report of that day."""
    jobs = session.scalars(select(Job).where(Job.name == REPORT).order_by(Job.id.desc()).limit(100))
    return next((job for job in jobs if job.arguments.get("day") == day.isoformat()), None)


def _sessions(session: Session, day: date, site: str) -> Sequence[SiteSession]:
    return session.scalars(
        select(SiteSession).where(SiteSession.day == day, SiteSession.site == site).order_by(SiteSession.id)
    ).all()


def _due(session: Session, slots: Sequence[Slot]) -> list[tuple[Student, Slot]]:
    """Who was due that day; a student who was moved from one slot of the day to another stands in the last."""
    by_id = {slot.id: slot for slot in slots}
    rows = session.execute(
        select(Student, SlotAssignment.slot_id)
        .join(SlotAssignment, SlotAssignment.student_id == Student.id)
        .join(Slot, Slot.id == SlotAssignment.slot_id)
        .where(SlotAssignment.slot_id.in_(by_id), SlotAssignment.state != planning.MOVED)
        .order_by(Slot.starts_at, Student.class_name, Student.student_number, SlotAssignment.id)
    )
    found = {row[0].id: (row[0], by_id[row[1]]) for row in rows}
    return list(found.values())


def _visits(session: Session, opened: SiteSession | None) -> list[Came]:
    if opened is None:
        return []
    columns = (getattr(Visit, column.name) for column in fields(Came))
    rows = session.execute(select(*columns).where(Visit.session_id == opened.id).order_by(Visit.id))
    return [Came(*row) for row in rows]


def _rejected(session: Session, opened: SiteSession | None) -> set[int]:
    """Visits of the session whose accepted photo staff rejected."""
    if opened is None:
        return set()
    query = select(Visit.id).join(Shot, Shot.id == Visit.accepted_shot_id)
    return set(session.scalars(query.where(Visit.session_id == opened.id, Shot.staff_decision == REJECT)))


def _line(
    student: Student | None, slot: Slot | None, visits: tuple[Came, ...], rejected: set[int], absence: Absence
) -> Line:
    seen = [Seen(VisitState(visit.state), visit.end_code, visit.id in rejected) for visit in visits]
    outcome, why = of_person(seen, absence)
    return Line(student, slot, visits, outcome, why)


def _absences(
    session: Session,
    missing: Sequence[tuple[Student, Slot]],
    opened: SiteSession | None,
    day: date,
    now: datetime,
) -> dict[int, Absence]:
    """Why each of those who were due did not come."""
    ids = [student.id for student, _slot in missing]
    done = collected.photographed(session, ids)
    numbers = _came_elsewhere(session, day)
    closed_at = opened.closed_at if opened is not None else None
    found: dict[int, Absence] = {}
    for student, slot in missing:
        if student.removed_at is not None:
            why = Absence.OFF_ROSTER
        elif student.id_number in numbers:
            why = Absence.ELSEWHERE
        elif student.id in done:
            why = Absence.PHOTOGRAPHED_BEFORE
        elif closed_at is not None and closed_at < slot.ends_at:
            why = Absence.CLOSED_BEFORE
        elif closed_at is None and now < slot.ends_at:
            why = Absence.AWAITED
        else:
            why = Absence.NO_SHOW
        found[student.id] = why
    return found


def _came_elsewhere(session: Session, day: date) -> set[str]:
    """ID numbers of everybody who had a visit that day, at whichever site and in whichever campaign."""
    return set(
        session.scalars(
            select(Student.id_number)
            .join(Visit, Visit.student_id == Student.id)
            .join(SiteSession, SiteSession.id == Visit.session_id)
            .where(SiteSession.day == day)
        )
    )


def _students(session: Session, ids: Sequence[int]) -> list[Student]:
    found: list[Student] = []
    for start in range(0, len(ids), 500):
        found += session.scalars(select(Student).where(Student.id.in_(ids[start : start + 500])))
    return found
