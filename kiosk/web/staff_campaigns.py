"""Setting up campaigns, the organisation and the sites: drafts, files, what may be chosen. For planners alone."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.actions import checklists, flow, slots
from kiosk.domain.campaign import PROGRAMMES, RETENTION_DAYS, STEPS, CampaignFile
from kiosk.domain.collection import Mode
from kiosk.domain.identity import DEFAULT_REFUSED, Assurance, Flag
from kiosk.domain.organisation import Kind
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import campaigns, planning, queue
from kiosk.records.site_tables import CampaignDraft, PurgeRecord, Site
from kiosk.records.tables import Campaign, Student
from kiosk.web import config_views
from kiosk.web.access import allow
from kiosk.web.arguments import body, key_of, word
from kiosk.web.press import press
from kiosk.web.site import site
from kiosk.web.snapshots import iso
from kiosk.web.staff_files import enqueue, keep_upload

blueprint = Blueprint("staff_campaigns", __name__, url_prefix="/staff")
#: What the planners' pages press.
ACTIONS = frozenset(
    {
        "activate_campaign", "admit_late", "change_slot", "discard_draft", "make_slots", "move_students",
        "publish_draft", "remove_slot", "reoffer_missed", "resend_message", "save_draft", "save_site",
        "save_units", "spread_students",
    }
)  # fmt: skip


@blueprint.get("/campaigns/setup")
@allow("staff", *slots.PLANNERS, page=True)
def setup_page() -> ResponseReturnValue:
    """The guided set-up."""
    return render_template("staff/campaign_setup.html", csrf=generate_csrf())


@blueprint.get("/organisation")
@allow("staff", *slots.PLANNERS, page=True)
def organisation_page() -> ResponseReturnValue:
    """Units and sites."""
    return render_template("staff/organisation.html", csrf=generate_csrf())


@blueprint.post("/api/plan/<name>")
@allow("staff", *slots.PLANNERS)
def act(name: str) -> ResponseReturnValue:
    """Perform what was pressed: `{"ok": true, "result"}`."""
    return jsonify({"ok": True, "result": press(name, ACTIONS)})


@blueprint.get("/api/plan")
@allow("staff", *slots.PLANNERS)
def plan() -> ResponseReturnValue:
    """Campaigns, drafts, late rows that are held, purges, and what a campaign may choose from."""
    here = site()
    with here.database.read() as session:
        rows = session.scalars(
            select(Campaign).order_by(Campaign.active.desc(), Campaign.capture_from.desc())
        ).all()
        drafts = session.scalars(select(CampaignDraft).order_by(CampaignDraft.updated_at.desc())).all()
        found = {
            "campaigns": [{"code": row.code, "title": _title(row), "active": row.active} for row in rows],
            "drafts": [_draft_line(row) for row in drafts],
            "late": _held(session),
            "purges": _purges(session),
            "choices": _choices(),
            "steps": {step: list(fields) for step, fields in STEPS.items()},
        }
    return jsonify(found)


def _title(row: Campaign) -> dict[str, str]:
    return {"zh_CN": row.title_zh, "en": row.title_en}


def _draft_line(row: CampaignDraft) -> dict[str, Any]:
    _file, problems = campaigns.checked(site().settings, row.content)
    return {
        "draft": row.public_id,
        "code": row.content.get("code", ""),
        "title": row.content.get("title", {}),
        "step": row.step,
        "by": row.by,
        "updated_at": iso(row.updated_at),
        "problems": len(problems),
    }


def _held(session: Session) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Campaign.code, func.count())
        .join(Student, Student.campaign_id == Campaign.id)
        .where(Student.late, Student.late_admitted_at.is_(None), Campaign.late_policy == "hold")
        .group_by(Campaign.code)
    )
    return [{"campaign": row[0], "students": row[1]} for row in rows]


def _purges(session: Session) -> list[dict[str, Any]]:
    rows = session.execute(
        select(PurgeRecord, Campaign.code)
        .join(Campaign, Campaign.id == PurgeRecord.campaign_id)
        .order_by(PurgeRecord.id.desc())
        .limit(20)
    )
    return [
        {"campaign": code, "kind": row.kind, "rows": row.rows, "before": row.before.isoformat(),
         "ended_at": iso(row.ended_at)}
        for row, code in rows
    ]  # fmt: skip


def _choices() -> dict[str, Any]:
    settings = site().settings
    screenings = flow.rulesets(settings.config / "screening")
    return {
        "profile": [
            {"value": code, "title": dict(found.title)} for code, found in config_views.profiles(settings).items()
        ],
        "screening": [
            {"value": name, "version": rules.version, "questions": len(rules.questions)}
            for name, rules in sorted(screenings.items())
        ],
        "opening": [
            {"value": name, "version": listed.version, "lines": len(listed.lines)}
            for name, listed in sorted(checklists.checklists(settings.config / checklists.FOLDER).items())
        ],
        "assurances": [assurance.value for assurance in Assurance],
        "refuse_flags": [flag.value for flag in Flag],
        "school_codes": list(PROGRAMMES),
        "identity_mode": ["id-card", "collection-code"],
        "late_policy": ["hold", "admit"],
        "modes": [mode.value for mode in Mode],
        "retention": list(RETENTION_DAYS),
        "defaults": {
            "shots": 3, "validity_days": 365, "slot_minutes": 30, "fee_cents": 1500, "retention": RETENTION_DAYS,
            "assurances": ["chip_verified", "typed"], "refuse_flags": list(DEFAULT_REFUSED),
            "earlier_students": True, "temperature_required": True, "late_policy": "hold", "active": True,
            "modes": [mode.value for mode in Mode], "own_auto": False,
            "identity_mode": "id-card",
        },
    }  # fmt: skip


@blueprint.get("/api/drafts/<draft>")
@allow("staff", *slots.PLANNERS)
def draft(draft: str) -> ResponseReturnValue:
    """One draft with what is wrong with it and, where nothing is, how it would look."""
    here = site()
    with here.database.read() as session:
        row = session.scalar(select(CampaignDraft).where(CampaignDraft.public_id == draft))
        if row is None:
            raise Refusal(Code.NOT_FOUND)
        file, problems = campaigns.checked(here.settings, row.content)
        known = planning.campaign(session, str(row.content.get("code", "")))
        changes = _changes(known, file) if known is not None and file is not None else []
    return jsonify(
        {
            "draft": row.public_id,
            "version": row.version,
            "step": row.step,
            "content": row.content,
            "problems": [{"field": p.field, "code": p.code, "step": p.step} for p in problems],
            "preview": file.model_dump(mode="json") if file is not None else None,
            "known": known is not None,
            "changes": changes,
        }
    )


def _changes(known: Campaign, file: CampaignFile) -> list[dict[str, Any]]:
    before, after = campaigns.of_row(known).model_dump(mode="json"), file.model_dump(mode="json")
    return [
        {"field": name, "from": before[name], "to": after[name]} for name in after if before[name] != after[name]
    ]


@blueprint.post("/api/campaigns/<code>/draft")
@allow("staff", *slots.PLANNERS)
def draft_of(code: str) -> ResponseReturnValue:
    """A new draft with the fields of a campaign that counts, to change or copy it."""
    here, content = site(), body()
    key = key_of(content)
    with here.database.read() as session:
        row = planning.campaign(session, code)
        if row is None:
            raise Refusal(Code.NO_CAMPAIGN)
        fields = campaigns.of_row(row).model_dump(mode="json")
    result = here.decide("save_draft", key=key, actor=current_user.actor(), arguments={"content": fields})
    return jsonify({"ok": True, "result": result})


@blueprint.get("/api/organisation")
@allow("staff", *slots.PLANNERS)
def organisation() -> ResponseReturnValue:
    """Units with their parents, sites with what limits them."""
    here = site()
    with here.database.read() as session:
        units = planning.units(session)
        measured = planning.measured_student_seconds(session, here.clock())
        sites = [_site(row) for row in planning.sites(session)]
        students = session.execute(
            select(Student.branch, Student.teaching_point, Student.class_name, func.count()).group_by(
                Student.branch, Student.teaching_point, Student.class_name
            )
        ).all()
        codes = session.scalars(select(Campaign.code).where(Campaign.active).order_by(Campaign.code)).all()
    counts: dict[str, int] = {}
    for branch, point, class_name, count in students:
        for path in {(branch,), (branch, point), (branch, point, class_name)}:
            name = "/".join(path)
            counts[name] = counts.get(name, 0) + int(count)
    return jsonify(
        {
            "units": [
                {"code": u.code, "kind": u.kind.value, "name": u.name, "parent": u.parent, "email": u.email}
                for u in units
            ],
            "students": counts,
            "kinds": [kind.value for kind in Kind],
            "sites": sites,
            "spacing_metres": here.settings.site.spacing_metres,
            "measured_seconds": measured,
            "campaigns": list(codes),
        }
    )


def _site(row: Site) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": row.name,
        "address": row.address,
        "waiting_metres": row.waiting_metres,
        "seats": row.seats,
        "student_seconds": row.student_seconds,
        "active": row.active,
    }


@blueprint.post("/api/campaign-files")
@allow("staff", *slots.PLANNERS, body="multipart", upload=True)
def upload() -> ResponseReturnValue:
    """Let the worker read a campaign file; its job's result is shown before anything counts."""
    part = request.files.get("file")
    if part is None or not part.filename:
        raise Refusal(Code.BAD_REQUEST, {"what": "file"})
    name = secrets.token_hex(16)
    target = site().settings.data / queue.UPLOADS / name
    try:
        keep_upload(part, target)
        file_name = Path(part.filename.replace("\\", "/")).name[:200]
        job = enqueue("campaign_import", {"upload": name, "file_name": file_name, "campaign": ""})
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return jsonify({"ok": True, "job": job})


@blueprint.post("/api/campaigns/<code>/file")
@allow("staff", *slots.PLANNERS)
def export(code: str) -> ResponseReturnValue:
    """Let the worker write the campaign as a file (`form`: toml or xlsx); `/staff/api/documents/<job>` has it."""
    form = word(body(), "form", limit=4)
    with site().database.read() as session:
        if planning.campaign(session, code) is None:
            raise Refusal(Code.NO_CAMPAIGN)
    arguments = {"campaign": code, "form": form, "language": current_user.language}
    return jsonify({"ok": True, "job": enqueue("campaign_export", arguments)})
