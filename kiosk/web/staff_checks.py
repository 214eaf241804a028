"""What students reported while checking picture and data on the phone, for the staff who settle it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, planning, progress, queries, reminders
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
    """Open reports, and how far each active campaign's checking is, in the branches that the member works with."""
    with site().database.read() as session:
        own = own_branch(session)
        asked = (
            select(StudentCheck, Student, Campaign.code)
            .join(Student, Student.id == StudentCheck.student_id)
            .join(Campaign, Campaign.id == StudentCheck.campaign_id)
            .where(StudentCheck.resolved_at.is_(None))
        )
        if own is not None:
            asked = asked.where(Student.branch == own)
        rows = session.execute(asked.order_by(StudentCheck.id).limit(MOST)).all()
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
        active = session.scalars(select(Campaign).where(Campaign.active))
        told = [_progress(session, row, own) for row in active]
    return jsonify({"checks": found, "progress": told})


@blueprint.get("/staff/api/checks/<check>/photo.jpg")
@allow("staff", *ROLES)
def photo(check: str) -> ResponseReturnValue:
    """The picture that the student looked at. Raises `Refusal`: not_found, not_allowed for another branch's."""
    with site().database.read() as session:
        row = session.scalar(select(StudentCheck).where(StudentCheck.public_id == check))
        if row is None:
            raise Refusal(Code.NOT_FOUND)
        asked_branch(session, session.get_one(Student, row.student_id).branch)
        digest = row.deliverable_sha256
    return deliverable(digest)


@blueprint.post("/staff/api/checks/unchecked")
@allow("staff", *ROLES)
def unchecked() -> ResponseReturnValue:
    """Who has a photo and neither confirmed nor reported anything, masked: `{campaign, branch?, q?}` →
    `{"total", "rows"}`; with `q` of those whom a search by name or number finds.

    Also `classes`: how many of which class, and `days` for which a link printed now opens.
    """
    here, content = site(), body()
    with here.database.read() as session:
        campaign = planning.campaign(session, word(content, "campaign", limit=40))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN)
        asked = progress.unchecked(campaign, here.clock(), _branch(session, content))
        words = word(content, "q", optional=True, limit=80)
        if words:
            asked = asked.where(queries.named(words))
        students = session.scalars(asked.limit(MOST)).all()
        reminded = reminders.sent(session, campaign)
        rows = [
            {
                "id": student.id,
                "student": masked(student),
                "mail": bool(student.email),
                "reminded": iso(reminded.get(student.id)),
            }
            for student in students
        ]
        found = {"total": _count(session, asked), "rows": rows, "classes": _classes(session, asked)}
        return jsonify({**found, "days": here.settings.visit.receipt_days})


@blueprint.post("/staff/api/checks/export")
@allow("staff", *ROLES)
def export() -> ResponseReturnValue:
    """Let the worker write the workbook of who has not checked, `{campaign, language, branch?}` → `{"job"}`."""
    content = body()
    return _ordered("checks_export", content, {"language": word(content, "language", limit=40)})


@blueprint.post("/staff/api/checks/cards")
@allow("staff", *ROLES)
def cards() -> ResponseReturnValue:
    """Let the worker print cards with a code for who has not checked: `{campaign, branch?, teaching_point?,
    class_name?}`, or for one `{campaign, student}` → `{"job"}`."""
    content = body()
    arguments = {"language": current_user.language}
    if content.get("student") is not None:
        arguments["student"] = _student(content["student"])
    for name in progress.LEVELS[1:]:
        if content.get(name) is not None:
            arguments[name] = word(content, name, optional=True, limit=80)
    return _ordered("check_cards", content, arguments)


@blueprint.get("/staff/api/checks/cards/<job>.pdf")
@allow("staff", *ROLES)
def made_cards(job: str) -> ResponseReturnValue:
    """The finished cards, for whoever ordered them; gone after a day."""
    return send_made(job, {"check_cards": "check_cards"}, "check_cards_download")


def _ordered(job: str, content: dict[str, Any], arguments: dict[str, Any]) -> ResponseReturnValue:
    """Let the worker do `job` for the request's campaign and branch. Raises `Refusal` no_campaign, not_allowed."""
    campaign = word(content, "campaign", limit=40)
    with site().database.read() as session:
        if planning.campaign(session, campaign) is None:
            raise Refusal(Code.NO_CAMPAIGN)
        branch = _branch(session, content)
    place = {} if branch is None else {"branch": branch}
    return jsonify({"ok": True, "job": enqueue(job, {"campaign": campaign, **arguments, **place})})


def _student(number: object) -> int:
    """The student of that id. Raises `Refusal` student_unknown, not_allowed for another branch's."""
    with site().database.read() as session:
        found = session.get(Student, number) if type(number) is int else None
        if found is None or found.removed_at is not None:
            raise Refusal(Code.STUDENT_UNKNOWN)
        asked_branch(session, found.branch)
        return found.id


def _branch(session: Session, content: dict[str, Any]) -> str | None:
    """The branch that the request is about, None for every one. Raises `Refusal` not_allowed for another's."""
    wanted = content.get("branch")
    return asked_branch(session, None if wanted is None else word(content, "branch", optional=True, limit=80))


def _classes(session: Session, asked: Select[Any]) -> list[dict[str, Any]]:
    """How many of them are in which class."""
    found = asked.order_by(None).subquery()
    places = [found.c[level] for level in progress.LEVELS]
    counted = select(*places, func.count()).group_by(*places).order_by(*places)
    return [dict(zip((*progress.LEVELS, "count"), row, strict=True)) for row in session.execute(counted)]


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _progress(session: Session, campaign: Campaign, branch: str | None) -> dict[str, Any]:
    """Students of the branch (None: of all) whose newest word about the photo that counts is "right", those who
    reported something, those who have said nothing yet.

    A word about a photo that does not count is none, unless staff have yet to settle it.
    """
    here = [Student.campaign_id == campaign.id, Student.removed_at.is_(None)]
    if branch is not None:
        here.append(Student.branch == branch)
    is_open = and_(StudentCheck.campaign_id == campaign.id, StudentCheck.resolved_at.is_(None))
    open_reports = select(StudentCheck.student_id).where(is_open)
    about_it = and_(
        CollectedPhoto.student_id == StudentCheck.student_id,
        CollectedPhoto.deliverable_sha256 == StudentCheck.deliverable_sha256,
        collected.accepted(),
    )
    newest = (
        select(func.max(StudentCheck.id))
        .join(Student, Student.id == StudentCheck.student_id)
        .join(CollectedPhoto, about_it)
        .where(*here, StudentCheck.student_id.not_in(open_reports))
        .group_by(StudentCheck.student_id)
    )
    words = select(StudentCheck.confirmed, func.count()).where(StudentCheck.id.in_(newest.scalar_subquery()))
    counts = {right: count for right, count in session.execute(words.group_by(StudentCheck.confirmed))}
    waiting = session.scalar(select(func.count(Student.id)).where(*here, Student.id.in_(open_reports))) or 0
    registered = session.scalar(select(func.count(Student.id)).where(*here)) or 0
    until = campaign.check_until
    return {
        "campaign": campaign.code,
        "title": {"zh_CN": campaign.title_zh, "en": campaign.title_en},
        "registered": registered,
        "confirmed": counts.get(True, 0),
        "reported": counts.get(False, 0) + waiting,
        "unchecked": _count(session, progress.unchecked(campaign, site().clock(), branch)),
        "reminded": len(reminders.sent(session, campaign, branch)),
        "until": until.isoformat() if until else None,
        "over": until is not None and day_of(site().clock()) > until,
    }
