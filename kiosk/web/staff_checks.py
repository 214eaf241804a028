"""What students reported while checking picture and data on the phone, for the staff who settle it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, planning, progress, reminders
from kiosk.records.registry_tables import CollectedPhoto, StudentCheck
from kiosk.records.tables import Campaign, Student
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.kiosk import deliverable
from kiosk.web.made_files import send_made
from kiosk.web.own_branch import asked_branch, own_branch
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
    """Who has a photo and neither confirmed nor reported anything, masked: `{campaign}` → `{"total", "rows"}`.

    Also `classes`: how many of which class, and `days` for which a link printed now opens.
    """
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
        found = {"total": _count(session, asked), "rows": rows, "classes": _classes(session, asked)}
        return jsonify({**found, "days": here.settings.visit.receipt_days})


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


@blueprint.post("/staff/api/checks/cards")
@allow("staff", *ROLES)
def cards() -> ResponseReturnValue:
    """Let the worker print cards with a code for who has not checked: `{campaign, branch?, teaching_point?,
    class_name?}` → `{"job"}`."""
    content = body()
    arguments = {"campaign": word(content, "campaign", limit=40), "language": current_user.language}
    for name in progress.LEVELS:
        if content.get(name) is not None:
            arguments[name] = word(content, name, optional=True, limit=80)
    with site().database.read() as session:
        if planning.campaign(session, arguments["campaign"]) is None:
            raise Refusal(Code.NO_CAMPAIGN)
        branch = asked_branch(session, arguments.get("branch"))
    if branch is not None:
        arguments["branch"] = branch
    return jsonify({"ok": True, "job": enqueue("check_cards", arguments)})


@blueprint.get("/staff/api/checks/cards/<job>.pdf")
@allow("staff", *ROLES)
def made_cards(job: str) -> ResponseReturnValue:
    """The finished cards; gone after a day."""
    return send_made(job, {"check_cards"}, "check_cards")


def _classes(session: Session, asked: Select[Any]) -> list[dict[str, Any]]:
    """How many of them are in which class of the branches that the member works with."""
    found, own = asked.order_by(None).subquery(), own_branch(session)
    places = [found.c[level] for level in progress.LEVELS]
    counted = select(*places, func.count()).group_by(*places).order_by(*places)
    if own is not None:
        counted = counted.where(found.c.branch == own)
    return [dict(zip((*progress.LEVELS, "count"), row, strict=True)) for row in session.execute(counted)]


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _progress(session: Session, campaign: Campaign) -> dict[str, Any]:
    """Students whose newest word is "right", those who reported something, those who have said nothing yet.

    A word about a photo that no longer counts is none, unless staff have yet to settle it.
    """
    here = (Student.campaign_id == campaign.id, Student.removed_at.is_(None))
    newest = select(func.max(StudentCheck.id)).where(StudentCheck.campaign_id == campaign.id)
    counts_now = and_(CollectedPhoto.student_id == StudentCheck.student_id, collected.accepted())
    same = CollectedPhoto.deliverable_sha256 == StudentCheck.deliverable_sha256
    query = (
        select(StudentCheck.confirmed, func.count())
        .join(Student, Student.id == StudentCheck.student_id)
        .outerjoin(CollectedPhoto, counts_now)
        .where(*here, StudentCheck.id.in_(newest.group_by(StudentCheck.student_id).scalar_subquery()))
        .where(or_(same, StudentCheck.resolved_at.is_(None)))
    )
    counts = {right: count for right, count in session.execute(query.group_by(StudentCheck.confirmed))}
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
