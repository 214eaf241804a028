"""What students reported while checking picture and data on the phone, for the staff who settle it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning, progress, reminders
from kiosk.records.registry_tables import StudentCheck
from kiosk.records.tables import Campaign, Student
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.kiosk import deliverable
from kiosk.web.site import site
from kiosk.web.snapshots import iso, masked
from kiosk.web.staff_files import enqueue

blueprint = Blueprint("staff_checks", __name__)
ROLES = (ADMINISTRATOR, OPERATOR)
#: Open reports that are shown at once; the oldest first, so that none is forgotten.
MOST = 200


@blueprint.get("/staff/checks")
@allow("staff", *ROLES, page=True)
def page() -> ResponseReturnValue:
    """The work list."""
    return render_template("staff/checks.html", csrf=generate_csrf(), me=current_user.view())


@blueprint.get("/staff/api/checks")
@allow("staff", *ROLES)
def listed() -> ResponseReturnValue:
    """Open reports, and how far each active campaign's checking is."""
    with site().database.read() as session:
        rows = session.execute(
            select(StudentCheck, Student, Campaign.code)
            .join(Student, Student.id == StudentCheck.student_id)
            .join(Campaign, Campaign.id == StudentCheck.campaign_id)
            .where(StudentCheck.resolved_at.is_(None))
            .order_by(StudentCheck.id)
            .limit(MOST)
        ).all()
        found = [
            {
                "id": check.public_id,
                "at": iso(check.at),
                "campaign": campaign,
                "fields": check.fields,
                "note": check.note,
                "photo": check.deliverable_sha256 is not None,
                "student": masked(student),
            }
            for check, student, campaign in rows
        ]
        progress = [_progress(session, row) for row in session.scalars(select(Campaign).where(Campaign.active))]
    return jsonify({"checks": found, "progress": progress})


@blueprint.get("/staff/api/checks/<check>/photo.jpg")
@allow("staff", *ROLES)
def photo(check: str) -> ResponseReturnValue:
    """The picture that the student looked at."""
    with site().database.read() as session:
        row = session.scalar(select(StudentCheck).where(StudentCheck.public_id == check))
        if row is None:
            raise Refusal(Code.NOT_FOUND)
        digest = row.deliverable_sha256
    return deliverable(digest)


@blueprint.post("/staff/api/checks/unchecked")
@allow("staff", *ROLES)
def unchecked() -> ResponseReturnValue:
    """Who has a photo and neither confirmed nor reported anything, masked: `{campaign}` → `{"total", "rows"}`."""
    here = site()
    with here.database.read() as session:
        campaign = planning.campaign(session, word(body(), "campaign", limit=40))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN)
        asked = progress.unchecked(campaign, here.clock())
        students = session.scalars(asked.limit(MOST)).all()
        reminded = reminders.sent(session, campaign)
        rows = [
            {"student": masked(student), "mail": bool(student.email), "reminded": iso(reminded.get(student.id))}
            for student in students
        ]
        return jsonify({"total": _count(session, asked), "rows": rows})


@blueprint.post("/staff/api/checks/export")
@allow("staff", *ROLES)
def export() -> ResponseReturnValue:
    """Let the worker write the workbook of who has not checked, `{campaign, language}` → `{"job"}`."""
    content = body()
    arguments = {name: word(content, name, limit=40) for name in ("campaign", "language")}
    with site().database.read() as session:
        if planning.campaign(session, arguments["campaign"]) is None:
            raise Refusal(Code.NO_CAMPAIGN)
    return jsonify({"ok": True, "job": enqueue("checks_export", arguments)})


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _progress(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Students whose newest word is "right", those with an open report, those who have said nothing yet."""
    newest = select(func.max(StudentCheck.id)).where(StudentCheck.campaign_id == campaign.id)
    last = newest.group_by(StudentCheck.student_id).scalar_subquery()
    query = select(StudentCheck.confirmed, func.count()).where(StudentCheck.id.in_(last))
    counts = {right: count for right, count in session.execute(query.group_by(StudentCheck.confirmed))}
    here = (Student.campaign_id == campaign.id, Student.removed_at.is_(None))
    registered = session.scalar(select(func.count(Student.id)).where(*here)) or 0
    until = campaign.check_until
    return {
        "campaign": campaign.code,
        "title": {"zh_CN": campaign.title_zh, "en": campaign.title_en},
        "registered": registered,
        "confirmed": counts.get(True, 0),
        "reported": counts.get(False, 0),
        "unchecked": _count(session, progress.unchecked(campaign, site().clock())),
        "reminded": len(reminders.sent(session, campaign)),
        "until": until.isoformat() if until else None,
        "over": until is not None and day_of(site().clock()) > until,
    }
