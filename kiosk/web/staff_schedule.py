"""The schedule: planners make and move, operator and usher read; lists, notices and mail for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kiosk.actions import flow, slots
from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR, USHER
from kiosk.domain import notice, schedule
from kiosk.domain.masking import mask_name, mask_number
from kiosk.domain.notice import Appointment
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.i18n import text
from kiosk.records import audit, planning, queries
from kiosk.records.site_tables import OutboxMessage, Site, Slot, SlotAssignment
from kiosk.records.tables import Campaign, Student
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import send_made
from kiosk.web.own_branch import asked_branch, own_branch
from kiosk.web.site import site
from kiosk.web.snapshots import iso
from kiosk.web.staff_files import enqueue

blueprint = Blueprint("staff_schedule", __name__, url_prefix="/staff")
READING = (ADMINISTRATOR, HEADQUARTERS, OPERATOR, USHER)
#: Students without a slot that the page lists; a search finds the others.
LISTED = 200
#: Slots that are still to come and may be moved to.
MOST_OPEN = 300
#: Jobs whose file is fetched here → its kind in the log of files.
FILES = {"slot_documents": "schedule", "campaign_export": "campaign"}


@blueprint.get("/schedule")
@allow("staff", *READING, page=True)
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("staff/schedule.html", csrf=generate_csrf())


@blueprint.get("/api/schedule")
@allow("staff", *READING)
def read() -> ResponseReturnValue:
    """The days of a campaign and one day's slots with who is due. `?campaign=CODE&day=2026-11-24`."""
    here = site()
    with here.database.read() as session:
        campaigns = session.scalars(
            select(Campaign).order_by(Campaign.active.desc(), Campaign.capture_from.desc())
        ).all()
        of = _chosen(session, campaigns, request.args.get("campaign", ""))
        answer: dict[str, Any] = {
            "version": here.version(session),
            "now": iso(here.clock()),
            "may": current_user.role in slots.PLANNERS,
            "campaigns": [
                {"code": row.code, "title": {"zh_CN": row.title_zh, "en": row.title_en}} for row in campaigns
            ],
            "campaign": None,
        }
        if of is not None:
            answer |= _schedule(session, of, request.args.get("day", ""))
    return jsonify(answer)


def _chosen(session: Session, campaigns: Any, code: str) -> Campaign | None:
    if code:
        found = planning.campaign(session, code)
        if found is None:
            raise Refusal(Code.NO_CAMPAIGN)
        return found
    here = site()
    return queries.campaign_of(session, here.settings.station.campaign, day_of(here.clock())) or (
        campaigns[0] if campaigns else None
    )


def _schedule(session: Session, of: Campaign, wanted: str) -> dict[str, Any]:
    here = site()
    all_slots = planning.slots(session, of.id)
    loads = planning.loads(session, [slot.id for slot in all_slots])
    days: dict[str, dict[str, Any]] = {}
    for slot in all_slots:
        line = days.setdefault(
            slot.day.isoformat(), {"day": slot.day.isoformat(), "slots": 0, "students": 0, "capacity": 0}
        )
        line["slots"] += 1
        line["students"] += loads[slot.id]
        line["capacity"] += slot.capacity
    today = day_of(here.clock()).isoformat()
    coming = [day for day in days if day >= today]
    day = wanted if wanted in days else (coming[0] if coming else next(reversed(days), ""))
    sites = {row.id: row for row in planning.sites(session)}
    shown = [slot for slot in all_slots if slot.day.isoformat() == day]
    people = _people(session, [slot.id for slot in shown], day)
    without, skipped = _without(session, of)
    return {
        "campaign": {
            "code": of.code,
            "slot_minutes": of.slot_minutes,
            "capture_from": of.capture_from.isoformat(),
            "capture_until": of.capture_until.isoformat(),
            "mail": bool(here.settings.smtp.host),
        },
        "days": list(days.values()),
        "day": day,
        "slots": [
            {
                "id": slot.public_id,
                "from": iso(slot.starts_at),
                "until": iso(slot.ends_at),
                "over": slot.ends_at <= here.clock(),
                "site": sites[slot.site_id].name,
                "capacity": slot.capacity,
                "load": loads[slot.id],
                "students": people.get(slot.id, []),
            }
            for slot in shown
        ],
        "open": [
            {
                "id": slot.public_id,
                "from": iso(slot.starts_at),
                "until": iso(slot.ends_at),
                "day": slot.day.isoformat(),
                "site": sites[slot.site_id].name,
                "free": max(0, slot.capacity - loads[slot.id]),
            }
            for slot in all_slots
            if slot.ends_at > here.clock()
        ][:MOST_OPEN],
        "without": {"count": without, "skipped": skipped, "students": _unassigned(session, of, "")},
        "sites": [_capacity(session, row, of) for row in sites.values() if row.active],
    }


def _people(session: Session, slot_ids: list[int], day: str) -> dict[int, list[dict[str, Any]]]:
    if not slot_ids:
        return {}
    here_today = planning.all_who_came(session, date.fromisoformat(day))
    rows = session.execute(
        select(SlotAssignment, Student)
        .join(Student, Student.id == SlotAssignment.student_id)
        .where(
            SlotAssignment.slot_id.in_(slot_ids),
            SlotAssignment.state != planning.MOVED,
            Student.removed_at.is_(None),
        )
        .order_by(Student.branch, Student.teaching_point, Student.class_name, Student.student_number)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for assignment, student in rows:
        line = {**_student(student), "state": assignment.state, "offers": assignment.offers,
                "here": student.id in here_today}  # fmt: skip
        found.setdefault(assignment.slot_id, []).append(line)
    return found


def _student(student: Student) -> dict[str, Any]:
    return {
        "id": student.id,
        "name": mask_name(student.name),
        "student_number": mask_number(student.student_number, 2, 4),
        "class_name": student.class_name,
        "teaching_point": student.teaching_point,
        "mail": bool(student.email),
    }


def _without(session: Session, of: Campaign) -> tuple[int, dict[str, int]]:
    """How many want a slot and have none, and how many of those are held for being late."""
    waiting = select(func.count()).where(*_waiting(of))
    total = session.scalar(waiting) or 0
    late = session.scalar(waiting.where(Student.late, Student.late_admitted_at.is_(None)))
    return total, {"late": late or 0} if of.late_policy == "hold" and late else {}


def _waiting(of: Campaign) -> tuple[ColumnElement[bool], ...]:
    """Conditions on `Student`: on the campaign's roster, no slot, no photo that still counts."""
    due = (
        select(SlotAssignment.id)
        .join(Slot, Slot.id == SlotAssignment.slot_id)
        .where(
            SlotAssignment.student_id == Student.id,
            Slot.campaign_id == of.id,
            SlotAssignment.state == planning.DUE,
        )
        .exists()
    )
    photo = planning.photo_since(Student.id_number, site().clock() - timedelta(days=of.validity_days)).exists()
    return Student.campaign_id == of.id, Student.removed_at.is_(None), ~due, ~photo


def _unassigned(session: Session, of: Campaign, q: str) -> list[dict[str, Any]]:
    if q:
        found = queries.find_students(session, of.id, q, 50)
        return [_student(row) for row in found]
    rows = session.scalars(
        select(Student)
        .where(*_waiting(of))
        .order_by(Student.branch, Student.teaching_point, Student.class_name, Student.student_number)
        .limit(LISTED)
    )
    return [_student(row) for row in rows]


def _capacity(session: Session, row: Site, of: Campaign) -> dict[str, Any]:
    """What the formula says for a slot of the campaign's length at the site."""
    here = site()
    measured = planning.measured_student_seconds(session, here.clock())
    seconds = measured or row.student_seconds
    spacing = here.settings.site.spacing_metres
    facts = {"code": row.code, "title": row.name, "waiting_metres": row.waiting_metres, "spacing_metres": spacing,
             "seats": row.seats, "student_seconds": seconds, "measured": measured is not None}  # fmt: skip
    try:
        found = schedule.capacity(row.waiting_metres, spacing, row.seats, seconds, of.slot_minutes * 60)
    except Refusal:
        return {**facts, "capacity": 0, "served": 0, "places": 0, "limited_by": "seats"}
    return {**facts, "capacity": found.students, "served": found.served, "places": found.places,
            "limited_by": found.limited_by}  # fmt: skip


@blueprint.post("/api/schedule/find")
@allow("staff", *READING)
def find() -> ResponseReturnValue:
    """Students of a campaign by name or number, with their slot; by POST, because a name stands in no address."""
    content = body()
    with site().database.read() as session:
        of = planning.campaign(session, word(content, "campaign", limit=40))
        if of is None:
            raise Refusal(Code.NO_CAMPAIGN)
        found = _unassigned(session, of, word(content, "q", optional=True, limit=80))
        for line in found:
            place = planning.place_of(session, line["id"])
            line["slot"] = (
                {"id": place.slot.public_id, "from": iso(place.slot.starts_at), "day": place.slot.day.isoformat()}
                if place is not None and place.assignment.state == planning.DUE
                else None
            )
    return jsonify({"students": found})


@blueprint.post("/api/schedule/text")
@allow("staff", ADMINISTRATOR, HEADQUARTERS, OPERATOR)
def paste() -> ResponseReturnValue:
    """A student's notice as text to paste into a message; whole name, so that it is logged."""
    here, content = site(), body()
    number, language = content.get("student"), word(content, "language", limit=10)
    if not isinstance(number, int) or language not in ("zh_CN", "en"):
        raise Refusal(Code.BAD_REQUEST, {"what": "student"})
    with here.database.read() as session:
        student = session.get(Student, number)
        place = planning.place_of(session, number) if student is not None else None
        if student is None or place is None or place.assignment.state != planning.DUE:
            raise Refusal(Code.STUDENT_UNKNOWN)
        asked_branch(session, student.branch)
        of, at = session.get_one(Campaign, student.campaign_id), session.get_one(Site, place.slot.site_id)
        rules = flow.ruleset(here.settings, of.screening)
        due = Appointment(
            of.title_zh if language == "zh_CN" else of.title_en, student.name, place.slot.starts_at,
            place.slot.ends_at, at.name, at.address, of.identity_mode == "collection-code",
            [question.text[language] for question in rules.questions], of.validity_days,
        )  # fmt: skip
    zone = ZoneInfo(here.settings.site.time_zone)
    told = notice.compose(due, zone, lambda key, **values: text(language, key, **values))
    _note("slot_text", {"student": number})
    return jsonify({"text": notice.plain(told)})


@blueprint.post("/api/schedule/documents")
@allow("staff", *READING)
def documents() -> ResponseReturnValue:
    """Let the worker print: `{campaign, what: list | notices | calendar, day?, slot?, language}` → `{"job"}`.

    For a member who is bound to a branch its students alone.
    """
    content = body()
    arguments = {
        "campaign": word(content, "campaign", limit=40),
        "what": word(content, "what", limit=20),
        "language": word(content, "language", limit=10),
        "day": word(content, "day", optional=True, limit=10),
        "slot": word(content, "slot", optional=True, limit=32),
    }
    with site().database.read() as session:
        own = own_branch(session)
    if own is not None:
        arguments["branch"] = own
    return jsonify({"ok": True, "job": enqueue("slot_documents", arguments)})


@blueprint.post("/api/schedule/notices")
@allow("staff", *slots.PLANNERS)
def notices() -> ResponseReturnValue:
    """Let the worker put a notice for everybody who has an address into the outbox."""
    if not site().settings.smtp.host:
        raise Refusal(Code.MAIL_OFF)
    content = body()
    arguments = {
        "campaign": word(content, "campaign", limit=40),
        "language": word(content, "language", limit=10),
    }
    return jsonify({"ok": True, "job": enqueue("slot_notices", arguments)})


@blueprint.get("/api/outbox")
@allow("staff", *slots.PLANNERS)
def outbox() -> ResponseReturnValue:
    """How many messages are where, and those that need a person; addresses are masked."""
    with site().database.read() as session:
        counts = session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
        stuck = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.state.in_(("failed", "unsure", "waiting")), OutboxMessage.error.is_not(None))
            .order_by(OutboxMessage.id.desc())
            .limit(50)
        )
        rows = [
            {"id": row.public_id, "kind": row.kind, "to": _masked(row.to), "state": row.state, "error": row.error,
             "attempts": row.attempts, "next_try_at": iso(row.next_try_at), "created_at": iso(row.created_at)}
            for row in stuck
        ]  # fmt: skip
        return jsonify({"counts": {row[0]: row[1] for row in counts}, "messages": rows})


def _masked(address: str) -> str:
    name, _, host = address.partition("@")
    return f"{name[:1]}***@{host}"


@blueprint.get("/api/documents/<job>")
@allow("staff", *READING)
def document(job: str) -> ResponseReturnValue:
    """A finished document, for whoever ordered it; gone after a day."""
    return send_made(job, FILES)


def _note(action: str, detail: dict[str, Any]) -> None:
    here, actor = site(), current_user.actor()

    def write(session: Session) -> None:
        audit.lock(session)
        audit.append(session, here.clock(), action, "done", str(actor), detail=detail)

    here.write(write)
