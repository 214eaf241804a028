"""What the pages of the roles are told beside the staff snapshot: who is due, the observation room, the day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.queue import day_of
from kiosk.records import day_balance, day_figures, incidents, planning
from kiosk.records.site_tables import Slot, SlotAssignment
from kiosk.records.tables import Student, Visit
from kiosk.web import staff_snapshots
from kiosk.web.site import Site
from kiosk.web.snapshots import iso

#: Students of one list that are named; the counts are always whole.
LISTED = 80


def usher(site: Site) -> dict[str, Any]:
    """`{"now", "slots": [{"from", "until", "phase", "due", "came", "missing": [student]}]}`.

    The slots are this site's. `phase`: over, now, next or later; `missing` are those who have not come, masked, of
    slots that have begun or begin next. Whoever came to another site has come: nobody waits for them here.
    """
    now = site.clock()
    with site.database.read() as session:
        today = day_of(now)
        slots = day_balance.slots_of_day(session, today, site.settings.site.code)
        came = planning.all_who_came(session, today)
        upcoming = next((slot.id for slot in slots if slot.starts_at > now), None)
        return {"now": iso(now), "slots": [_slot(session, slot, came, now, slot.id == upcoming) for slot in slots]}


def _slot(session: Session, slot: Slot, came: set[int], now: datetime, is_next: bool) -> dict[str, Any]:
    students = session.execute(
        select(Student.id, Student.name, Student.student_number, Student.class_name)
        .join(SlotAssignment, SlotAssignment.student_id == Student.id)
        .where(SlotAssignment.slot_id == slot.id, SlotAssignment.state != "moved", Student.removed_at.is_(None))
        .order_by(Student.class_name, Student.id)
    ).all()
    absent = [student for student in students if student.id not in came]
    begun = slot.starts_at <= now
    return {
        "from": iso(slot.starts_at),
        "until": iso(slot.ends_at),
        "phase": "over" if slot.ends_at <= now else "now" if begun else "next" if is_next else "later",
        "due": len(students),
        "came": len(students) - len(absent),
        "missing": [
            {
                "name": mask_name(student.name),
                "student_number": mask_number(student.student_number, 2, 4),
                "class_name": student.class_name,
            }
            for student in (absent[:LISTED] if begun or is_next else [])
        ],
    }


def room(site: Site) -> dict[str, Any]:
    """`{"version", "now", "rest_minutes", "call", "incidents"}`; who rests there is in the staff snapshot."""
    with site.database.read() as session:
        stopped = incidents.of_day(session, day_of(site.clock()), site.settings.site.code)
        return {
            "version": site.version(session),
            "now": iso(site.clock()),
            "rest_minutes": site.settings.observation.rest_minutes,
            "call": site.settings.observation.call,
            "incidents": [_incident(session, visit) for visit in stopped],
        }


def _incident(session: Session, visit: Visit) -> dict[str, Any]:
    job = incidents.report(session, visit)
    return {
        "visit": visit.public_id,
        "number": visit.number,
        "name": mask_name(visit.student.name) if visit.student else "",
        "at": iso(visit.ended_at),
        "notice": incidents.notice(session, visit),
        "report": {"job": job.public_id, "state": job.state} if job else None,
        "contacts": (job.result or {}).get("contacts") if job else None,
    }


def day(site: Site) -> dict[str, Any]:
    """`{"version", "now", "funnel", "states", "hours", "retakes", "refusals", "overridden"}` of today."""
    with site.database.read() as session:
        today, here = day_of(site.clock()), site.settings.site.code
        return {
            "version": site.version(session),
            "now": iso(site.clock()),
            "funnel": day_figures.funnel(session, today, here),
            "states": day_figures.states(session, today, here),
            "hours": day_figures.hours(session, today, here),
            "retakes": day_figures.retakes(session, today, here),
            "refusals": day_figures.refusals(session, today, here),
            "overridden": [staff_snapshots.audit_row(row) for row in day_figures.overridden(session, today, here)],
        }
