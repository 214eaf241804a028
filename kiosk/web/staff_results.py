"""The registry's answers for staff: what came in, who needs a new photo, and what our judge had said of those."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR, STAFF
from kiosk.domain.queue import day_of, photo_valid_until
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.results import CHECKS, Reason
from kiosk.records import collected
from kiosk.records.registry_tables import CollectedPhoto, RegistryResult, ResultImport
from kiosk.records.tables import Campaign, Student
from kiosk.web.access import allow
from kiosk.web.site import Site, site
from kiosk.web.snapshots import iso, masked
from kiosk.web.staff_files import enqueue_upload
from kiosk.web.staff_money import current_campaign

blueprint = Blueprint("staff_results", __name__)
ROLES = (ADMINISTRATOR, OPERATOR, HEADQUARTERS)
#: Rows of a list that are shown; the counts are always whole.
MOST = 300
#: Photos that run out within these days are told beforehand.
SOON_DAYS = 60


@blueprint.get("/staff/results")
@allow("staff", *ROLES, page=True)
def page() -> ResponseReturnValue:
    """Answers, re-shoot list, reasons, photos that run out."""
    return render_template("staff/results.html", csrf=generate_csrf(), me=current_user.view())


@blueprint.post("/staff/api/results")
@allow("staff", ADMINISTRATOR, OPERATOR, body="multipart", upload=True)
def take() -> ResponseReturnValue:
    """Keep the uploaded answer under a random name and let the worker read it."""
    return jsonify({"ok": True, "job": enqueue_upload("result_import", {})})


@blueprint.get("/staff/api/results")
@allow("staff", *ROLES)
def listed() -> ResponseReturnValue:
    """Everything the page shows of a campaign; without one of the newest active."""
    here = site()
    with here.database.read() as session:
        rows = list(
            session.scalars(select(Campaign).order_by(Campaign.active.desc(), Campaign.capture_from.desc()))
        )
        named = [{"code": row.code, "title": {"zh_CN": row.title_zh, "en": row.title_en}} for row in rows]
        chosen = request.args.get("campaign") or current_campaign(session)
        if not chosen:
            return jsonify({"campaigns": [], "chosen": None})
        found = _whole(here, session, _campaign(session, chosen))
    return jsonify({"campaigns": named, "chosen": chosen, **found})


def _campaign(session: Session, code: str) -> Campaign:
    found = session.scalar(select(Campaign).where(Campaign.code == code))
    if found is None:
        raise Refusal(Code.NO_CAMPAIGN)
    return found


def _whole(here: Site, session: Session, campaign: Campaign) -> dict[str, Any]:
    imports = session.scalars(
        select(ResultImport)
        .where(ResultImport.campaign_id == campaign.id)
        .order_by(ResultImport.id.desc())
        .limit(20)
    )
    newest = select(func.max(RegistryResult.id)).where(RegistryResult.campaign_id == campaign.id)
    newest = newest.group_by(RegistryResult.student_id, RegistryResult.code_sha256)
    counts = {
        linked: number
        for linked, number in session.execute(
            select(RegistryResult.linked, func.count())
            .where(RegistryResult.id.in_(newest))
            .group_by(RegistryResult.linked)
        )
    }
    reshoot = _reshoot(session, newest)
    expiring = _expiring(here, session, campaign, newest)
    return {
        "imports": [
            {"at": iso(row.at), "by": row.by, "file_name": row.file_name, **row.counts} for row in imports
        ],
        "counts": {"linked": counts.get(True, 0), "rejected": counts.get(False, 0)},
        "reasons": _reasons(session, campaign),
        "reshoot": reshoot[:MOST],
        "expiring": expiring[:MOST],
        "totals": {"reshoot": len(reshoot), "expiring": len(expiring)},
        "soon_days": SOON_DAYS,
    }


def _reshoot(session: Session, newest: Any) -> list[dict[str, Any]]:
    """Students whose newest answer is a rejection and who have no newer photo that counts."""
    rows = session.execute(
        select(RegistryResult, Student)
        .join(Student, Student.id == RegistryResult.student_id)
        .where(RegistryResult.id.in_(newest), RegistryResult.linked.is_(False))
        .order_by(RegistryResult.id)
    ).all()
    again = collected.photographed(session, [student.id for _, student in rows])
    return [
        {"at": iso(result.at), "reason": result.reason, "words": result.reason_text, "student": masked(student)}
        for result, student in rows
        if student.id not in again
    ]


def _reasons(session: Session, campaign: Campaign) -> list[dict[str, Any]]:
    """For each reason: how often, and what our judge had said of those pictures about the same thing."""
    same = CollectedPhoto.deliverable_sha256 == RegistryResult.deliverable_sha256
    newest = select(func.max(CollectedPhoto.id)).where(same).correlate(RegistryResult).scalar_subquery()
    query = (
        select(RegistryResult.reason, CollectedPhoto.judgement, CollectedPhoto.decided_by)
        .outerjoin(CollectedPhoto, CollectedPhoto.id == newest)
        .where(RegistryResult.campaign_id == campaign.id, RegistryResult.linked.is_(False))
    )
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for reason, judgement, by in session.execute(query):
        said[reason][_said(Reason(reason), judgement, (by or "").startswith(f"{STAFF}:"))] += 1
    found = [
        {"reason": reason, "count": counts.total(), "judged": dict(counts)} for reason, counts in said.items()
    ]
    return sorted(found, key=lambda row: -int(row["count"]))


def _said(reason: Reason, judgement: dict[str, Any] | None, by_staff: bool) -> str:
    """pass | ask | fail of our own checks of the same thing; `staff` where a person let it through; `unseen`."""
    wanted = CHECKS.get(reason)
    if judgement is None or wanted is None:
        return "unseen"
    passed = [check.get("passed") for check in judgement.get("checks", ()) if check.get("code") in wanted]
    if not passed:
        return "unseen"
    if all(passed):
        return "pass"
    if by_staff:
        return "staff"
    return "fail" if False in passed else "ask"


def _expiring(here: Site, session: Session, campaign: Campaign, newest: Any) -> list[dict[str, Any]]:
    """Photos that have run out or will within `SOON_DAYS`, the earliest first; not those that are linked."""
    today = day_of(here.clock())
    edge = here.clock() - timedelta(days=campaign.validity_days - SOON_DAYS)
    taken = collected.taken_at()
    about = (RegistryResult.student_id == Student.id, RegistryResult.id.in_(newest))
    linked = select(RegistryResult.id).where(*about, RegistryResult.linked).exists()
    rows = session.execute(
        select(Student, taken)
        .join(CollectedPhoto, CollectedPhoto.student_id == Student.id)
        .where(Student.campaign_id == campaign.id, Student.removed_at.is_(None))
        .where(collected.accepted(), ~collected.not_linked(), ~linked, taken < edge)
        .order_by(taken)
    )
    found = []
    for student, at in rows:
        until = photo_valid_until(at, campaign.validity_days)
        found.append({"until": until.isoformat(), "over": today > until, "student": masked(student)})
    return found
