"""The lists behind the staff pages: campaigns, imports, packages, people, audit, and the member's own account."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.actions import people
from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit, balance, collected, queries
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Job, RosterImport, Student
from kiosk.signing import Signer, encode
from kiosk.web import config_views
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.own_branch import own_branch
from kiosk.web.site import Site, site
from kiosk.web.snapshots import iso
from kiosk.web.staff import renew_session
from kiosk.web.staff_snapshots import audit_row

blueprint = Blueprint("staff_lists", __name__, url_prefix="/staff/api")
#: Rows of the lists that are not paged.
NEWEST = 50
AUDIT_PAGE = 200
#: What an administrator may change of another account.
_CHANGES: dict[str, type] = {"display_name": str, "role": str, "active": bool, "language": str, "password": str}


def _campaigns(session: Session) -> list[Campaign]:
    return list(session.scalars(select(Campaign).order_by(Campaign.active.desc(), Campaign.capture_from.desc())))


def _title(row: Campaign) -> dict[str, str]:
    return {"zh_CN": row.title_zh, "en": row.title_en}


@blueprint.get("/campaigns")
@allow("staff", ADMINISTRATOR, OPERATOR, HEADQUARTERS)
def campaigns() -> ResponseReturnValue:
    """Every campaign with its rules and counts."""
    here = site()
    with here.database.read() as session:
        rows = [_campaign(here, session, row) for row in _campaigns(session)]
    return jsonify({"campaigns": rows})


def _campaign(here: Site, session: Session, row: Campaign) -> dict[str, Any]:
    standard = config_views.profiles(here.settings).get(row.profile)
    counted = balance.of_campaign(session, row, here.clock())
    missing = sum(counted.missing.values())
    return {
        "code": row.code,
        "title": _title(row),
        "active": row.active,
        "identity_mode": row.identity_mode,
        "profile": row.profile,
        "profile_title": dict(standard.title) if standard else {"zh_CN": row.profile, "en": row.profile},
        "screening": row.screening,
        "shots": row.shots,
        "temperature_required": row.temperature_required,
        "fee_cents": row.fee_cents,
        **{
            name: day.isoformat() if day else None
            for name, day in (
                ("capture_from", row.capture_from),
                ("capture_until", row.capture_until),
                ("roster_deadline", row.roster_deadline),
                ("upload_on", row.upload_on),
            )
        },
        "counts": {
            "registered": counted.registered,
            "photographed": _photographed(session, row),
            "ready": counted.ready,
            "missing": missing,
        },
    }


def _photographed(session: Session, row: Campaign) -> int:
    """People with a photo that staff did not reject, whether it can still be reported or not."""
    who = func.coalesce(CollectedPhoto.student_id, -CollectedPhoto.id)  # a collection code has no student
    counted = select(func.count(who.distinct())).where(CollectedPhoto.campaign_id == row.id, collected.came())
    return session.scalar(counted) or 0


@blueprint.get("/imports")
@allow("staff", ADMINISTRATOR, OPERATOR)
def imports() -> ResponseReturnValue:
    """The newest imports of rosters."""
    with site().database.read() as session:
        rows = session.execute(
            select(RosterImport, Campaign.code)
            .join(Campaign, Campaign.id == RosterImport.campaign_id)
            .order_by(RosterImport.id.desc())
            .limit(NEWEST)
        )
        found = [
            {
                "at": iso(row.at),
                "by": row.by,
                "campaign": code,
                "file_name": row.file_name,
                "added": row.added,
                "changed": row.changed,
                "unchanged": row.unchanged,
                "skipped": row.skipped,
                "removed": row.removed,
            }
            for row, code in rows
        ]
    return jsonify({"imports": found})


@blueprint.get("/packages")
@allow("staff", ADMINISTRATOR, OPERATOR)
def packages() -> ResponseReturnValue:
    """Who is ready in each campaign, and the packages that were made; of one branch for who is bound to it.

    A package is fetched by whoever ordered it (`mine`).
    """
    here, me = site(), str(current_user.actor())
    with here.database.read() as session:
        balances, own = [], own_branch(session)
        for row in _campaigns(session):
            counted = balance.of_campaign(session, row, here.clock(), own or "")
            balances.append(
                {
                    "campaign": row.code,
                    "title": _title(row),
                    "registered": counted.registered,
                    "ready": counted.ready,
                    "missing": counted.missing,
                    "branches": _branches(session, row) if own is None else [own],
                    "whole": own is None,
                }
            )
        rehearsal = Job.arguments["rehearsal"].as_string()
        jobs = select(Job).where(Job.name == "package_export", rehearsal.is_(None))
        if own is not None:
            jobs = jobs.where(Job.arguments["branch"].as_string() == own)
        made = [
            {
                "job": job.public_id,
                "campaign": job.arguments.get("campaign"),
                "at": iso(job.created_at),
                "by": job.by,
                "state": job.state,
                "progress": job.progress,
                "result": job.result,
                "error": job.error,
                "branch": job.arguments.get("branch", ""),
                "encrypted": bool(job.arguments.get("recipient")),
                "mine": job.by == me,
            }
            for job in session.scalars(jobs.order_by(Job.id.desc()).limit(NEWEST))
        ]
    signer = Signer.of(here.settings)
    key = {"id": signer.key_id, "public_key": encode(signer.public_key)}
    return jsonify({"balances": balances, "packages": made, "key": key})


def _branches(session: Session, campaign: Campaign) -> list[str]:
    """Branches of the roster, for a package of one of them."""
    named = select(Student.branch).where(Student.campaign_id == campaign.id, Student.branch != "").distinct()
    return sorted(session.scalars(named))


@blueprint.get("/people")
@allow("staff", ADMINISTRATOR)
def list_people() -> ResponseReturnValue:
    """Every account."""
    with site().database.read() as session:
        found = [
            {
                "login": row.login,
                "display_name": row.display_name,
                "role": row.role,
                "active": row.active,
                "language": row.language,
                "last_login_at": iso(row.last_login_at),
                "created_at": iso(row.created_at),
            }
            for row in queries.people(session)
        ]
    return jsonify({"people": found})


@blueprint.post("/people")
@allow("staff", ADMINISTRATOR)
def add_person() -> ResponseReturnValue:
    """Add an account."""
    content, here = body(), site()
    key = _key(content)
    given = {name: word(content, name) for name in ("login", "display_name", "role", "password")}
    actor = current_user.actor()
    here.patiently(lambda: people.add(here.database, here.settings, key=key, actor=actor, **given))
    here.tell()
    return jsonify({"ok": True})


@blueprint.post("/people/<login>")
@allow("staff", ADMINISTRATOR)
def change_person(login: str) -> ResponseReturnValue:
    """Change an account; a new role, password or a deactivation ends that person's sessions."""
    content, here = body(), site()
    key = _key(content)
    for name, value in content.items():
        if name not in _CHANGES or not isinstance(value, _CHANGES[name]):
            raise Refusal(Code.BAD_REQUEST, {"what": name if name in _CHANGES else "arguments"})
    actor = current_user.actor()
    result = here.patiently(
        lambda: people.change(here.database, here.settings, key=key, actor=actor, login=login, **content)
    )
    if login == current_user.login:
        renew_session(result["epoch"])
    here.tell()
    return jsonify({"ok": True})


@blueprint.post("/account")
@allow("staff")
def change_account() -> ResponseReturnValue:
    """The member's own language, or own password with the old one."""
    content, here = body(), site()
    key, actor = _key(content), current_user.actor()
    if "new_password" in content:
        old, new = word(content, "password"), word(content, "new_password")
        result = here.patiently(
            lambda: people.change_password(
                here.database, here.settings, key=key, actor=actor, password=old, new_password=new
            )
        )
        renew_session(result["epoch"])
    else:
        arguments = {"language": word(content, "language", limit=10)}
        here.decide("change_account", key=key, actor=actor, arguments=arguments)
    return jsonify({"ok": True})


def _key(content: dict[str, Any]) -> str:
    """A press of these forms may bring its key; without one it is a decision of its own."""
    key = content.pop("key", None)
    return key if isinstance(key, str) else secrets.token_hex(16)


@blueprint.get("/audit")
@allow("staff", ADMINISTRATOR)
def list_audit() -> ResponseReturnValue:
    """A page of the audit, and whether the chain holds."""
    asked = request.args
    before = asked.get("before", type=int)
    limit = max(1, min(asked.get("limit", NEWEST, type=int), AUDIT_PAGE))
    with site().database.read() as session:
        rows = queries.audit_page(
            session, before, limit + 1, asked.get("actor", ""), asked.get("action", ""), asked.get("result", "")
        )
        count, broken = audit.verify(session)
        page = [audit_row(row) for row in rows[:limit]]
    chain = {"verified": broken is None, "rows": count, "broken_at": broken}
    return jsonify({"rows": page, "more": len(rows) > limit, "chain": chain})
