"""The opening page: the checklist, the log of disinfection and airing, the press that opens the session."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions import checklists
from kiosk.actions.base import ADMINISTRATOR, AT_SITE, HEADQUARTERS, OPERATOR
from kiosk.domain import opening
from kiosk.domain.opening import Checklist, Line
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import planning, queries
from kiosk.records.site_tables import HygieneLog
from kiosk.records.tables import Campaign
from kiosk.web.access import allow
from kiosk.web.press import press
from kiosk.web.site import site
from kiosk.web.snapshots import iso

blueprint = Blueprint("staff_opening", __name__, url_prefix="/staff")
LOOKING = (*AT_SITE, HEADQUARTERS)
ACTIONS = frozenset({"log_hygiene", "open_session", "sign_opening_line"})
#: Largest picture of a document, in bytes; a tablet's camera makes 3 to 8 MB.
PICTURE_LIMIT = 12 * 1024 * 1024
#: First bytes of the pictures that are taken.
PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@blueprint.get("/opening")
@allow("staff", *LOOKING, page=True)
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("staff/opening.html", csrf=generate_csrf())


@blueprint.get("/api/opening")
@allow("staff", *LOOKING)
def read() -> ResponseReturnValue:
    """Today's checklist with what is signed, and the campaigns of today with their sessions."""
    here = site()
    today = day_of(here.clock())
    with here.database.read() as session:
        running = [row for row in session.scalars(select(Campaign).order_by(Campaign.code)) if
                   queries.is_open(row, today)]  # fmt: skip
        names = list(dict.fromkeys(row.opening or here.settings.opening.checklist for row in running))
        lists = [checklists.checklist(here.settings, name) for name in names or [""]]
        answer = {
            "version": here.version(session),
            "now": iso(here.clock()),
            "day": today.isoformat(),
            "site": here.settings.site.code,
            "required": here.settings.opening.required,
            "may_sign": current_user.role in AT_SITE,
            "may_open": current_user.role in (ADMINISTRATOR, OPERATOR),
            "may_override": current_user.role == ADMINISTRATOR,
            "lists": [_list(session, listed, today) for listed in lists],
            "campaigns": [_campaign(session, row, today) for row in running],
        }
    return jsonify(answer)


def _list(session: Session, listed: Checklist, today: Any) -> dict[str, Any]:
    here = site().settings.site.code
    signed = planning.signatures(session, today, here)
    found = {row.line: row for row in planning.opening(session, listed, today, here)}
    hygiene = planning.hygiene(session, today, here)
    missing = opening.missing(listed, list(found.values()))
    lines = []
    for line in listed.lines:
        row = signed.get(line.id)
        valid = row is None or row.checklist_version == listed.version
        lines.append(
            {
                **_line(line),
                "holds": valid and opening.holds(line, found.get(line.id)),
                "missing": line.id in missing,
                "devices": found[line.id].devices_passed if line.kind is opening.Kind.DEVICES else None,
                "signature": {
                    "by": row.signed_by,
                    "at": iso(row.signed_at),
                    "value": row.value,
                    "picture": f"/staff/api/opening/pictures/{row.picture_sha256}" if row.picture_sha256 else None,
                }
                if row is not None
                else None,
                "entries": [
                    {
                        "from": iso(entry.starts_at),
                        "until": iso(entry.ends_at),
                        "place": entry.place,
                        "by": entry.by,
                    }
                    for entry in hygiene
                    if entry.line == line.id
                ],
            }
        )
    return {"id": listed.id, "version": listed.version, "lines": lines, "missing": missing}


def _entry(row: HygieneLog) -> dict[str, Any]:
    return {"from": iso(row.starts_at), "until": iso(row.ends_at), "place": row.place, "by": row.by}


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind.value,
        "mandatory": line.mandatory,
        "text": dict(line.text),
        "hint": dict(line.hint),
        "unit": line.unit,
        "low": line.low,
        "high": line.high,
    }


def _campaign(session: Session, row: Campaign, today: Any) -> dict[str, Any]:
    found = queries.site_session(session, row.id, today, site().settings.site.code)
    return {
        "code": row.code,
        "title": {"zh_CN": row.title_zh, "en": row.title_en},
        "checklist": row.opening or site().settings.opening.checklist,
        "session": {
            "opened_at": iso(found.opened_at),
            "opened_by": found.opened_by,
            "reason": found.open_reason,
            "missing": found.open_missing,
            "closed_at": iso(found.closed_at),
        }
        if found is not None
        else None,
    }


@blueprint.post("/api/opening/<name>")
@allow("staff", *AT_SITE)
def act(name: str) -> ResponseReturnValue:
    """Perform what was pressed: `{"ok": true, "result"}`."""
    return jsonify({"ok": True, "result": press(name, ACTIONS)})


@blueprint.post("/api/opening/pictures")
@allow("staff", *AT_SITE, body="multipart", limit=PICTURE_LIMIT)
def keep_picture() -> ResponseReturnValue:
    """Keep a picture in the vault; `{"picture": sha256}`, which a signature then names."""
    part = request.files.get("file")
    content = part.read(PICTURE_LIMIT + 1) if part is not None else b""
    if len(content) > PICTURE_LIMIT:
        raise Refusal(Code.PICTURE_TOO_LARGE)
    if _kind(content) is None:
        raise Refusal(Code.PICTURE_UNREADABLE)
    return jsonify({"ok": True, "picture": site().vault.put(content)})


def _kind(content: bytes) -> str | None:
    return next((kind for magic, kind in PICTURES.items() if content.startswith(magic)), None)


@blueprint.get("/api/opening/pictures/<digest>")
@allow("staff", *LOOKING)
def picture(digest: str) -> ResponseReturnValue:
    """The picture of a signature; nothing else of the vault comes out here."""
    here = site()
    with here.database.read() as session:
        known = planning.is_opening_picture(session, digest)
    if not known:
        raise Refusal(Code.NOT_FOUND)
    try:
        content = here.vault.get(digest)
    except (FileNotFoundError, ValueError) as error:
        raise Refusal(Code.NOT_FOUND) from error
    response = Response(content, mimetype=_kind(content) or "application/octet-stream")
    response.headers["Cache-Control"] = "private, no-store"
    return response
