"""What the page of the day is told about its evening: what is still to do, each campaign's sum, the report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kiosk.actions import evening as decisions
from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.overrides import may_override
from kiosk.domain.queue import day_of
from kiosk.domain.reconciliation import Outcome
from kiosk.domain.refusals import Code
from kiosk.records import day_balance, planning
from kiosk.records.day_balance import DayBalance, Line
from kiosk.records.site_tables import Slot
from kiosk.records.tables import Job, Visit
from kiosk.web.site import Site
from kiosk.web.snapshots import iso, who

#: People of one list that are named on the page; the report names all.
LISTED = 200


def evening(site: Site, role: str) -> dict[str, Any]:
    """`{"day", "may_close", "may_force", "may_reopen", "todo", "sessions", "report"}` of today."""
    now = site.clock()
    with site.database.read() as session:
        today, here = day_of(now), site.settings.site.code
        balances = day_balance.of_day(session, today, here, now)
        return {
            "day": today.isoformat(),
            "may_close": role in (ADMINISTRATOR, OPERATOR),
            "may_force": may_override(Code.SESSION_HAS_PEOPLE, role),
            "may_reopen": role == ADMINISTRATOR,
            "todo": asdict(day_balance.todo(session, today, here, balances)),
            "sessions": [_session(session, balance) for balance in balances],
            "report": _report(session, today),
        }


def later_slots(session: Session, campaign: str, today: date) -> list[dict[str, Any]]:
    """Slots of the campaign on later days that have room: `{"id", "day", "from", "until", "site", "free"}`."""
    of = planning.campaign(session, campaign)
    if of is None:
        return []
    later = [slot for slot in planning.slots(session, of.id) if slot.day > today]
    loads = planning.loads(session, [slot.id for slot in later])
    sites = {row.id: row.name for row in planning.sites(session)}
    return [
        {
            "id": slot.public_id,
            "day": slot.day.isoformat(),
            "from": iso(slot.starts_at),
            "until": iso(slot.ends_at),
            "site": sites[slot.site_id],
            "free": slot.capacity - loads[slot.id],
        }
        for slot in later
        if slot.capacity > loads[slot.id]
    ]


def _session(session: Session, balance: DayBalance) -> dict[str, Any]:
    opened = balance.session
    differences = balance.differences
    inside = day_balance.inside(session, opened) if opened is not None else []
    return {
        "campaign": balance.campaign.code,
        "title": {"zh_CN": balance.campaign.title_zh, "en": balance.campaign.title_en},
        "session": {
            "opened_at": iso(opened.opened_at),
            "closed_at": iso(opened.closed_at),
            "closed_by": opened.closed_by,
            "close_reason": opened.close_reason,
        }
        if opened is not None
        else None,
        "sum": {**balance.sum.to_json(), "expected": balance.sum.expected},
        # Who is inside stands in a list of its own; whoever is awaited is only counted.
        "differences": [_line(line) for line in _settled(differences)[:LISTED]],
        "more": max(0, len(_settled(differences)) - LISTED),
        "inside": [_inside(visit) for visit in inside],
    }


def _settled(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.outcome is not Outcome.OPEN]


def _line(line: Line) -> dict[str, Any]:
    student = line.student
    return {
        "number": line.number,
        "name": mask_name(student.name) if student else (line.visits[0].code_sha256 or "")[-4:],
        "student_number": mask_number(student.student_number, 2, 4) if student else "",
        "class_name": student.class_name if student else "",
        "slot": _slot(line.slot),
        "outcome": line.outcome.value,
        "why": line.why,
    }


def _slot(slot: Slot | None) -> dict[str, Any] | None:
    return {"from": iso(slot.starts_at), "until": iso(slot.ends_at)} if slot is not None else None


def _inside(visit: Visit) -> dict[str, Any]:
    masked = who(visit)
    return {
        "id": visit.public_id,
        "number": visit.number,
        "name": masked.get("name") or masked.get("code_tail", ""),
        "state": visit.state,
        "since": iso(visit.state_since),
        "ways": decisions.ways(visit),
    }


def _report(session: Session, day: date) -> dict[str, Any] | None:
    job = day_balance.newest_report(session, day)
    return report_view(job) if job is not None else None


def report_view(job: Job) -> dict[str, Any]:
    """`{"job", "state", "made_at", "final", "key_id", "chain"}`."""
    result = job.result or {}
    return {
        "job": job.public_id,
        "state": job.state,
        "made_at": iso(job.finished_at),
        "final": result.get("final"),
        "key_id": result.get("key_id"),
        "chain": result.get("chain"),
    }
