"""Prints and post for staff: sheets, labels and lists to print, who has collected, photo files on request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.actions import copies, payments
from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR, USHER
from kiosk.actions.hand_out import PRINTS
from kiosk.domain import prints
from kiosk.domain.receipts import nonce_of, token_in
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, fees, progress, receipts
from kiosk.records.registry_tables import CollectedPhoto, CopyRequest, HandOut
from kiosk.records.tables import Campaign, Student
from kiosk.web.access import allow
from kiosk.web.arguments import body, key_of, word
from kiosk.web.copies import address, digest, token_for
from kiosk.web.made_files import send_made
from kiosk.web.own_branch import asked_branch, own_branch
from kiosk.web.press import press
from kiosk.web.site import site
from kiosk.web.snapshots import iso, masked
from kiosk.web.staff_files import enqueue
from kiosk.web.staff_money import campaign_of, head_of, search

blueprint = Blueprint("staff_prints", __name__, url_prefix="/staff")
ROLES = (ADMINISTRATOR, OPERATOR, USHER, HEADQUARTERS)
#: Who hands out; the others of `ROLES` look.
HANDING = (ADMINISTRATOR, OPERATOR, USHER)
ACTIONS = frozenset({"hand_out", "take_back", "request_copy"})
#: Requests that are shown: those that wait all come first.
MOST = 100


@blueprint.get("/prints")
@allow("staff", *ROLES, page=True)
def page() -> ResponseReturnValue:
    """What to print, who has collected, photo files."""
    return render_template("staff/prints.html", csrf=generate_csrf(), me=current_user.view())


@blueprint.get("/api/prints")
@allow("staff", *ROLES)
def listed() -> ResponseReturnValue:
    """Everything the page shows of a campaign; without one of that of today."""
    with site().database.read() as session:
        head, of = head_of(session)
        if of is None:
            return jsonify(head)
        found = {"classes": _classes(session, of), "requests": _requests(session, of)}
    may = {"hand_out": current_user.role in HANDING, "decide": current_user.role in payments.CASHIERS}
    return jsonify({**head, "may": may, "choices": _choices(), **found})


def _choices() -> dict[str, Any]:
    """Sizes and papers with how many are usual and how many fit, grids of labels."""
    sheets = []
    for (size, paper), usual in prints.USUAL.items():
        sheet = prints.PAPERS[paper]
        most = max(
            columns * rows
            for columns, rows in (prints.capacity(prints.SIZES[size], of) for of in (sheet, sheet.turned))
        )
        sheets.append({"size": size, "paper": paper, "usual": usual, "most": most})
    grids = [
        {"grid": name, "columns": of.columns, "rows": of.rows, "width": of.width, "height": of.height}
        for name, of in prints.LABELS.items()
    ]
    return {"sheets": sheets, "grids": grids}


def _classes(session: Session, of: Campaign) -> list[dict[str, Any]]:
    group = (Student.branch, Student.teaching_point, Student.class_name)
    photos = select(*group, func.count()).join(CollectedPhoto, CollectedPhoto.student_id == Student.id)
    photos = photos.where(Student.campaign_id == of.id, Student.removed_at.is_(None))
    ready = photos.where(progress.reportable(of, site().clock()))
    gone = select(*group, func.count()).join(HandOut, HandOut.student_id == Student.id)
    gone = gone.where(HandOut.campaign_id == of.id, HandOut.kind == PRINTS)
    handed = (HandOut.campaign_id == of.id, HandOut.kind == PRINTS, HandOut.student_id == Student.id)
    still = photos.where(collected.accepted(), ~select(HandOut.id).where(*handed).exists())
    counted = [
        {(row[0], row[1], row[2]): int(row[3]) for row in session.execute(query.group_by(*group))}
        for query in (ready, gone, still)
    ]
    own = own_branch(session)
    return [
        {
            "branch": branch,
            "teaching_point": point,
            "class_name": name,
            "heads": heads,
            "ready": counted[0].get((branch, point, name), 0),
            "gone": counted[1].get((branch, point, name), 0),
            "open": counted[2].get((branch, point, name), 0),
        }
        for branch, point, name, heads in fees.classes(session, of.id)
        if own is None or branch == own
    ]


def _requests(session: Session, of: Campaign) -> list[dict[str, Any]]:
    here, own = site(), own_branch(session)
    query = (
        select(CopyRequest, Student)
        .join(Student, Student.id == CopyRequest.student_id)
        .where(CopyRequest.campaign_id == of.id)
        .order_by(CopyRequest.decision.is_(None).desc(), CopyRequest.id.desc())
        .limit(MOST)
    )
    if own is not None:
        query = query.where(Student.branch == own)
    return [
        {
            "id": row.public_id,
            "at": iso(row.asked_at),
            "by": row.asked_by,
            "state": copies.state(row, here.clock(), here.settings.visit.copy_downloads),
            "decided_by": row.given_by,
            "reason": row.reason,
            "until": iso(row.expires_at),
            "downloads": row.downloads,
            "student": masked(student),
        }
        for row, student in session.execute(query)
    ]


@blueprint.post("/api/prints/find")
@allow("staff", *HANDING)
def find() -> ResponseReturnValue:
    """Students by name, number or the receipt's code that a scanner typed."""
    content = body()
    words = word(content, "q", limit=400)
    with site().database.read() as session:
        of = campaign_of(session, word(content, "campaign", limit=40))
        scanned = _scanned(session, of, words)
        found = [scanned] if scanned else [] if token_in(words) else search(session, of, words[:80])
        return jsonify({"students": _lines(session, found), "scanned": scanned is not None})


def _scanned(session: Session, of: Campaign, words: str) -> Student | None:
    token = token_in(words)
    nonce = nonce_of(site().receipt_key, token) if token else None
    if nonce is None:
        return None
    shown = receipts.of_nonce(session, site().settings, nonce)
    found, own = shown.student if shown else None, own_branch(session)
    return found if found is not None and found.campaign_id == of.id and own in (None, found.branch) else None


@blueprint.post("/api/prints/class")
@allow("staff", *HANDING)
def of_class() -> ResponseReturnValue:
    """The students of one class."""
    content = body()
    where = [word(content, name, optional=True, limit=80) for name in ("branch", "teaching_point", "class_name")]
    with site().database.read() as session:
        of = campaign_of(session, word(content, "campaign", limit=40))
        asked_branch(session, where[0])
        found = fees.heads_of(session, of.id, where[0], where[1], where[2])
        return jsonify({"students": _lines(session, found), "scanned": False})


def _lines(session: Session, students: Iterable[Student]) -> list[dict[str, Any]]:
    rows = list(students)
    ids = [row.id for row in rows]
    ready = set(
        session.scalars(
            select(CollectedPhoto.student_id).where(CollectedPhoto.student_id.in_(ids), collected.accepted())
        )
    )
    query = select(HandOut).where(HandOut.student_id.in_(ids), HandOut.kind == PRINTS)
    gone = {row.student_id: row for row in session.scalars(query)}
    return [
        {
            "id": row.id,
            "student": masked(row),
            "ready": row.id in ready,
            "address": bool(row.address),
            "gone": {"way": out.way, "at": iso(out.at), "by": out.by, "note": out.note}
            if (out := gone.get(row.id)) is not None
            else None,
        }
        for row in rows
    ]


@blueprint.post("/api/prints/actions/<name>")
@allow("staff", *HANDING)
def act(name: str) -> ResponseReturnValue:
    """`{key, reason?, ...arguments}` of one of the decisions of this page."""
    return jsonify({"ok": True, "result": press(name, ACTIONS)})


@blueprint.post("/api/prints/copies/<copy>")
@allow("staff", *payments.CASHIERS)
def decide(copy: str) -> ResponseReturnValue:
    """`{key, granted, reason?}`: grant or refuse a request. A granted one answers its link, this once."""
    here, content = site(), body()
    key, granted = key_of(content), content.get("granted")
    if not isinstance(granted, bool):
        raise Refusal(Code.BAD_REQUEST, {"what": "granted"})
    token = token_for(here, key, copy)
    arguments = {"request": copy, "granted": granted, "token_sha256": digest(token)}
    reason = word(content, "reason", optional=True) or None
    result = here.decide("decide_copy", key=key, actor=current_user.actor(), reason=reason, arguments=arguments)
    return jsonify({"ok": True, "result": result, "link": address(here, token) if granted else None})


@blueprint.post("/api/prints")
@allow("staff", ADMINISTRATOR, OPERATOR)
def order() -> ResponseReturnValue:
    """Let the worker print: `{campaign, what: sheets | labels | list, branch?, teaching_point?, class_name?,
    size?, paper?, count?, grid?}` → `{"job"}`."""
    content = body()
    arguments: dict[str, Any] = {
        "campaign": word(content, "campaign", limit=40),
        "what": word(content, "what", limit=10),
        "language": current_user.language,
    }
    for name in ("branch", "teaching_point", "class_name"):
        if content.get(name) is not None:
            arguments[name] = word(content, name, optional=True, limit=80)
    for name in ("size", "paper", "grid"):
        if content.get(name) is not None:
            arguments[name] = word(content, name, limit=10)
    count = content.get("count")
    if count is not None:
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 200:
            raise Refusal(Code.BAD_REQUEST, {"what": "count"})
        arguments["count"] = count
    if arguments["what"] == "sheets":
        prints.layout(arguments.get("size", "1inch"), arguments.get("paper", "6inch"), count)
    with site().database.read() as session:
        campaign_of(session, arguments["campaign"])
        branch = asked_branch(session, arguments.get("branch"))
    if branch is not None:
        arguments["branch"] = branch
    return jsonify({"ok": True, "job": enqueue("prints", arguments)})


@blueprint.get("/api/prints/files/<job>")
@allow("staff", ADMINISTRATOR, OPERATOR)
def file(job: str) -> ResponseReturnValue:
    """A finished print; gone after a day."""
    return send_made(job, {"prints": "prints"}, "prints_download")
