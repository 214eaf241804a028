"""Fees for staff: what was paid, waived and given back, by branch and by student; lists in, statements out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions import payments
from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR
from kiosk.domain.money import Account, Line
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, fees, queries
from kiosk.records.fees import Statement
from kiosk.records.tables import Campaign, Student
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import send_made
from kiosk.web.own_branch import asked_branch, own_branch
from kiosk.web.press import press
from kiosk.web.site import site
from kiosk.web.snapshots import iso, masked
from kiosk.web.staff_files import enqueue, enqueue_upload

blueprint = Blueprint("staff_money", __name__, url_prefix="/staff")
ROLES = (ADMINISTRATOR, OPERATOR, HEADQUARTERS)
ACTIONS = frozenset({"record_payment", "waive_payment", "refund_payment"})
#: Heads with a difference that are shown; the counts are always whole, and so is the statement's file.
MOST = 300


@blueprint.get("/money")
@allow("staff", *ROLES, page=True)
def page() -> ResponseReturnValue:
    """Totals, branches, differences, search, lists in, statements out."""
    return render_template("staff/money.html", csrf=generate_csrf(), me=current_user.view())


@blueprint.get("/api/money")
@allow("staff", *ROLES)
def listed() -> ResponseReturnValue:
    """Everything the page shows of a campaign; without one of the newest active."""
    with site().database.read() as session:
        head, of = head_of(session)
        if of is None:
            return jsonify(head)
        found = _whole(session, of, fees.statement(session, of, own_branch(session)))
    return jsonify({**head, "may": current_user.role in payments.CASHIERS, **found})


def head_of(session: Session) -> tuple[dict[str, Any], Campaign | None]:
    """`{campaigns, chosen}` of a page, and the campaign that it asks for, without a word that of today."""
    chosen = request.args.get("campaign") or current_campaign(session)
    if not chosen:
        return {"campaigns": [], "chosen": None}, None
    named = [
        {"code": row.code, "title": {"zh_CN": row.title_zh, "en": row.title_en}} for row in campaigns(session)
    ]
    return {"campaigns": named, "chosen": chosen}, campaign_of(session, chosen)


def campaigns(session: Session) -> list[Campaign]:
    """Every campaign, the newest active first."""
    return list(session.scalars(select(Campaign).order_by(Campaign.active.desc(), Campaign.capture_from.desc())))


def current_campaign(session: Session) -> str:
    """Code of the campaign that is photographed here today, else of the newest; empty where there is none."""
    here = site()
    today = queries.campaign_of(session, here.settings.station.campaign, day_of(here.clock()))
    first = campaigns(session)[:1]
    return today.code if today is not None else first[0].code if first else ""


def campaign_of(session: Session, code: str) -> Campaign:
    """The campaign of that code. Raises `Refusal` no_campaign."""
    found = session.scalar(select(Campaign).where(Campaign.code == code))
    if found is None:
        raise Refusal(Code.NO_CAMPAIGN)
    return found


def classes_of(session: Session, of: Campaign) -> list[dict[str, Any]]:
    """Classes of the roster with their heads, for a choice on a page; those of the member's branch."""
    own = own_branch(session)
    return [
        {"branch": branch, "teaching_point": point, "class_name": name, "heads": heads}
        for branch, point, name, heads in fees.classes(session, of.id)
        if own is None or branch == own
    ]


def search(session: Session, of: Campaign, words: str) -> list[Student]:
    """Students by name or number, those of the member's branch."""
    return list(queries.find_students(session, of.id, words, branch=own_branch(session)))


def _whole(session: Session, of: Campaign, made: Statement) -> dict[str, Any]:
    shown = made.odd[:MOST]
    query = select(Student).where(Student.id.in_([each.student for each in shown]))
    people = {row.id: row for row in session.scalars(query)}
    return {
        "fee": made.fee,
        "total": _line(made.total),
        "branches": [_line(line) for line in made.lines],
        "differences": [
            {
                **_student(people[each.student], each.account, made.fee, any_photo=None),
                "why": [why.value for why in each.why],
            }
            for each in shown
        ],
        "named": len(made.odd),
        "classes": classes_of(session, of),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "branch": line.branch, "registered": line.registered, "verified": line.verified, "waived": line.waived,
        "payers": line.payers, "owed": line.owed, "gross": line.gross, "refunded": line.refunded,
        "received": line.received, "difference": line.difference, "named": line.named,
    }  # fmt: skip


def _student(row: Student, held: Account, fee: int, any_photo: bool | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "student": masked(row),
        "state": held.state(fee).value,
        "paid": held.paid,
        "refunded": held.refunded,
        "waived": held.waived,
        "owing": not held.settled(fee),
        "photographed": any_photo,
    }


@blueprint.post("/api/money/find")
@allow("staff", *ROLES)
def find() -> ResponseReturnValue:
    """Students by name or number with their rows; by POST, because a name stands in no address."""
    content = body()
    with site().database.read() as session:
        of = campaign_of(session, word(content, "campaign", limit=40))
        found = _accounts(session, of, search(session, of, word(content, "q", limit=80)))
        for line in found:
            line["rows"] = [
                {
                    "kind": row.kind, "cents": row.cents, "receipt": row.receipt_number, "note": row.note,
                    "by": row.by, "at": iso(row.at),
                }
                for row in fees.rows_of(session, line["id"])
            ]  # fmt: skip
    return jsonify({"students": found})


@blueprint.post("/api/money/class")
@allow("staff", *ROLES)
def of_class() -> ResponseReturnValue:
    """The students of one class with where they stand."""
    content = body()
    where = [word(content, name, optional=True, limit=80) for name in ("branch", "teaching_point", "class_name")]
    with site().database.read() as session:
        of = campaign_of(session, word(content, "campaign", limit=40))
        asked_branch(session, where[0])
        found = _accounts(session, of, fees.heads_of(session, of.id, where[0], where[1], where[2]))
    return jsonify({"students": found})


def _accounts(session: Session, of: Campaign, students: Iterable[Student]) -> list[dict[str, Any]]:
    rows = list(students)
    held = fees.accounts(session, of.id, [row.id for row in rows])
    seen = collected.photographed(session, [row.id for row in rows])
    return [_student(row, held[row.id], of.fee_cents, row.id in seen) for row in rows]


@blueprint.post("/api/money/actions/<name>")
@allow("staff", *payments.CASHIERS)
def act(name: str) -> ResponseReturnValue:
    """`{key, reason?, ...arguments}` of one of the decisions about money."""
    return jsonify({"ok": True, "result": press(name, ACTIONS)})


@blueprint.post("/api/money/import")
@allow("staff", *payments.CASHIERS, body="multipart", upload=True)
def take() -> ResponseReturnValue:
    """Keep the uploaded list under a random name and let the worker read it."""
    return jsonify({"ok": True, "job": enqueue_upload("payment_import", {})})


@blueprint.post("/api/money/statement")
@allow("staff", *ROLES)
def statement() -> ResponseReturnValue:
    """Let the worker make the statement: `{campaign, form: xlsx | pdf, branch?}` → `{"job"}`."""
    content = body()
    arguments: dict[str, Any] = {
        "campaign": word(content, "campaign", limit=40),
        "form": word(content, "form", limit=4),
        "language": current_user.language,
    }
    wanted = None if content.get("branch") is None else word(content, "branch", optional=True, limit=80)
    with site().database.read() as session:
        campaign_of(session, arguments["campaign"])
        branch = asked_branch(session, wanted)
    if branch is not None:
        arguments["branch"] = branch
    return jsonify({"ok": True, "job": enqueue("statement", arguments)})


@blueprint.get("/api/money/files/<job>")
@allow("staff", *ROLES)
def file(job: str) -> ResponseReturnValue:
    """A finished statement; gone after a day."""
    return send_made(job, {"statement": "statement"}, "statement_download")
