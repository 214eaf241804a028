"""Photos in four ways, for staff: how many came how, deliveries, and the pictures about which staff decide."""

from __future__ import annotations

import base64
import secrets
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kiosk.actions.base import ADMINISTRATOR, OPERATOR
from kiosk.domain import masking
from kiosk.domain.collection import Mode, Standing
from kiosk.domain.judgement import Verdict
from kiosk.domain.masking import mask_file
from kiosk.domain.queue import day_of, photo_valid_until
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import collected, queries, queue
from kiosk.records.registry_tables import CollectedPhoto, Delivery
from kiosk.records.tables import Campaign, Job, Student
from kiosk.web import file_log, texts
from kiosk.web.access import allow
from kiosk.web.arguments import body, key_of, word
from kiosk.web.kiosk import deliverable
from kiosk.web.press import press
from kiosk.web.receipts import qr_svg
from kiosk.web.refusals import describe
from kiosk.web.site import site
from kiosk.web.snapshots import iso, masked
from kiosk.web.staff_files import enqueue_upload, keep_upload
from kiosk.web.staff_money import current_campaign
from kiosk.web.upload import hash_of, new_token

blueprint = Blueprint("staff_collection", __name__)
ROLES = (ADMINISTRATOR, OPERATOR)
ACTIONS = frozenset(
    {
        "assign_photo", "decide_collected", "reopen_photo", "replace_photo", "unassign_photo", "withdraw_delivery",
    }
)  # fmt: skip
#: Pictures of a page of the grid, deliveries of the list, problems of a delivery, students found that are shown.
PAGE, DELIVERIES, PROBLEMS, FOUND = 60, 30, 200, 20
#: Most students that are offered for a file.
LIKELY = 6
_LIST_PROBLEMS = frozenset({"not_listed", "not_sent"})
_STATES = frozenset(state.value for state in Standing)


@blueprint.get("/staff/collection")
@allow("staff", *ROLES, page=True)
def page() -> ResponseReturnValue:
    """Four ways, deliveries, the grid."""
    return render_template("staff/collection.html", csrf=generate_csrf(), me=current_user.view())


@blueprint.get("/staff/api/collection")
@allow("staff", *ROLES)
def overview() -> ResponseReturnValue:
    """Counts by way, and the deliveries of a campaign; without one of the newest active by card."""
    with site().database.read() as session:
        rows = list(
            session.scalars(
                select(Campaign)
                .where(Campaign.identity_mode == "id-card")
                .order_by(Campaign.active.desc(), Campaign.capture_from.desc())
            )
        )
        named = [
            {"code": row.code, "title": {"zh_CN": row.title_zh, "en": row.title_en}, "modes": row.modes}
            for row in rows
        ]
        chosen = request.args.get("campaign") or current_campaign(session)
        if not chosen:
            return jsonify({"campaigns": [], "chosen": None})
        campaign = _campaign(session, chosen)
        return jsonify(
            {
                "campaigns": named,
                "chosen": chosen,
                "own_auto": campaign.own_auto,
                "registered": _registered(session, campaign),
                "photographed": _accepted(session, campaign),
                "modes": _modes(session, campaign),
                "deliveries": _deliveries(session, campaign),
                "limits": {
                    "files": site().settings.collection.delivery_files,
                    "bytes": site().settings.collection.delivery_mb << 20,
                },
            }
        )


@blueprint.get("/staff/api/collection/photos")
@allow("staff", *ROLES)
def grid() -> ResponseReturnValue:
    """A page of pictures: `?campaign=&state=&mode=&verdict=&delivery=&whose=nobody&after=`; oldest first."""
    asked = request.args
    state = asked.get("state", Standing.CANDIDATE.value)
    if state not in _STATES:
        raise Refusal(Code.BAD_REQUEST, {"what": "state"})
    with site().database.read() as session:
        campaign = _campaign(session, asked.get("campaign", ""))
        query = _photos(campaign).where(CollectedPhoto.state == state)
        if asked.get("mode"):
            query = query.where(CollectedPhoto.mode == asked["mode"])
        if asked.get("verdict"):
            query = query.where(CollectedPhoto.verdict == asked["verdict"])
        if asked.get("delivery"):
            query = query.join(Delivery, Delivery.id == CollectedPhoto.delivery_id).where(
                Delivery.public_id == asked["delivery"]
            )
        if asked.get("whose") == "nobody":
            query = query.where(CollectedPhoto.student_id.is_(None), CollectedPhoto.delivery_id.is_not(None))
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        after = asked.get("after", 0, type=int)
        found = session.execute(query.where(CollectedPhoto.id > after).limit(PAGE + 1)).all()
        rows = [_photo(campaign, *row) for row in found[:PAGE]]
    more = found[PAGE - 1][0].id if len(found) > PAGE else None
    return jsonify({"photos": rows, "total": total, "after": more})


@blueprint.get("/staff/api/collection/photos/<photo>")
@allow("staff", *ROLES)
def one(photo: str) -> ResponseReturnValue:
    """One picture with its checks and every other of the same student, newest first.

    For one of nobody: `file`, with whole names, and `likely`, the students whose name or number stands in it.
    """
    with site().database.read() as session:
        found = collected.by_id(session, photo)
        if found is None:
            raise Refusal(Code.NOT_FOUND)
        campaign = session.get_one(Campaign, found.campaign_id)
        rows = session.execute(
            _photos(campaign).where(CollectedPhoto.student_id == found.student_id)
            if found.student_id is not None
            else _photos(campaign).where(CollectedPhoto.id == found.id)
        ).all()
        told = {row[0].public_id: {**_photo(campaign, *row), "checks": _checks(row[0])} for row in rows}
        this = told.pop(photo)
        if this["unmatched"]:
            this["file"] = mask_file(found.source_name, names=False)
            this["likely"] = _found(session, _likely(session, campaign, found.source_name))
    return jsonify({"photo": this, "others": list(reversed(told.values()))})


@blueprint.get("/staff/api/collection/photos/<photo>/<kind>.jpg")
@allow("staff", *ROLES)
def picture(photo: str, kind: str) -> ResponseReturnValue:
    """The deliverable (`made`) or the file as it came (`original`, which may be a PNG)."""
    here = site()
    with here.database.read() as session:
        found = collected.by_id(session, photo)
        if found is None or kind not in ("made", "original"):
            raise Refusal(Code.NOT_FOUND)
        made, original = found.deliverable_sha256, found.original_sha256
        look = file_log.Look.of(session, found)
    if kind == "made":
        answer = deliverable(made)
        file_log.note(look)
        return answer
    try:
        content = here.vault.get(original)
    except FileNotFoundError as error:
        raise Refusal(Code.SHOT_UNKNOWN) from error
    file_log.note(look)
    mimetype = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": "inline"})


@blueprint.post("/staff/api/collection/actions/<name>")
@allow("staff", *ROLES)
def act(name: str) -> ResponseReturnValue:
    """Decide about pictures or a delivery."""
    return jsonify({"ok": True, "result": press(name, ACTIONS)})


@blueprint.post("/staff/api/collection/deliveries")
@allow("staff", *ROLES, body="multipart", upload="delivery")
def deliver() -> ResponseReturnValue:
    """Keep a studio's or company's zip and let the worker take it in: `file`, `campaign`, `mode`, `source`."""
    mode = request.form.get("mode", "")
    if mode not in (Mode.STUDIO, Mode.COMPANY):
        raise Refusal(Code.BAD_REQUEST, {"what": "mode"})
    source = request.form.get("source", "").strip()[:80]
    return jsonify({"ok": True, "job": enqueue_upload("studio_batch", {"mode": mode, "source": source})})


@blueprint.post("/staff/api/collection/students")
@allow("staff", *ROLES)
def students() -> ResponseReturnValue:
    """Whom a link or a photo is for: `{campaign, q}`, at most 20."""
    content = body()
    wanted = word(content, "q", limit=80)
    with site().database.read() as session:
        campaign = _campaign(session, word(content, "campaign", limit=40))
        rows = _found(session, queries.find_students(session, campaign.id, wanted, FOUND))
    return jsonify({"students": rows})


@blueprint.post("/staff/api/collection/links")
@allow("staff", *ROLES)
def make_link() -> ResponseReturnValue:
    """A link for a student, shown once: `{student, key}`; earlier ones of the student end."""
    content, here = body(), site()
    key = key_of(content)
    token = new_token(here, f"{current_user.login} {key}")
    arguments = {"student": content.get("student"), "token_sha256": hash_of(token)}
    told = here.decide("make_upload_link", key=key, actor=current_user.actor(), arguments=arguments)
    url = f"{here.settings.public_url}/u/{token}"
    return jsonify({"ok": True, "url": url, "expires_at": told["expires_at"], "qr": _qr(url)})


@blueprint.post("/staff/api/collection/own")
@allow("staff", *ROLES, body="multipart", upload="photo")
def send_for() -> ResponseReturnValue:
    """A student's own photo that staff have as a file: `file`, `student`, `key`; the worker judges it."""
    here = site()
    part, student = request.files.get("file"), request.form.get("student", type=int)
    if part is None or not part.filename or student is None:
        raise Refusal(Code.BAD_REQUEST, {"what": "file"})
    name = secrets.token_hex(16)
    target = here.settings.data / queue.UPLOADS / name
    try:
        keep_upload(part, target)
        told = here.decide(
            "send_own_photo", key=request.form.get("key", ""), actor=current_user.actor(),
            arguments={"upload": name, "student": student},
        )  # fmt: skip
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    queue.kick(here.settings, str(told["job"]))
    return jsonify({"ok": True, "job": told["job"]})


def _found(session: Session, students: Iterable[Student]) -> list[dict[str, Any]]:
    """Students among whom staff choose: their names are whole."""
    rows = list(students)
    done = collected.photographed(session, [row.id for row in rows])
    return [{"id": row.id, "photographed": row.id in done, **masked(row), "name": row.name} for row in rows]


def _likely(session: Session, campaign: Campaign, name: str) -> list[Student]:
    """Students whose name or whole number stands in a file's name."""
    stem = unicodedata.normalize("NFKC", Path(name).stem)
    words = [*masking.LONG.findall(stem), *masking.HAN.findall(stem)]
    found = {row.id: row for word in words for row in queries.find_students(session, campaign.id, word, LIKELY)}
    return list(found.values())[:LIKELY]


def _campaign(session: Session, code: str) -> Campaign:
    found = session.scalar(select(Campaign).where(Campaign.code == code))
    if found is None:
        raise Refusal(Code.NO_CAMPAIGN)
    return found


def _registered(session: Session, campaign: Campaign) -> int:
    query = select(func.count(Student.id)).where(Student.campaign_id == campaign.id, Student.removed_at.is_(None))
    return session.scalar(query) or 0


def _accepted(session: Session, campaign: Campaign) -> int:
    query = select(func.count()).where(CollectedPhoto.campaign_id == campaign.id, collected.accepted())
    return session.scalar(query) or 0


def _modes(session: Session, campaign: Campaign) -> list[dict[str, Any]]:
    """Each way: whether the campaign allows it, and how many photos stand where."""
    counts = session.execute(
        select(CollectedPhoto.mode, CollectedPhoto.state, func.count())
        .where(CollectedPhoto.campaign_id == campaign.id)
        .group_by(CollectedPhoto.mode, CollectedPhoto.state)
    )
    by_mode: dict[str, dict[str, int]] = {}
    for mode, state, count in counts:
        by_mode.setdefault(mode, {})[state] = count
    return [
        {
            "mode": mode.value,
            "allowed": mode.value in campaign.modes,
            **{state.value: by_mode.get(mode.value, {}).get(state.value, 0) for state in Standing},
        }
        for mode in Mode
    ]


def _deliveries(session: Session, campaign: Campaign) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Delivery, Job)
        .outerjoin(Job, Job.public_id == Delivery.public_id)
        .where(Delivery.campaign_id == campaign.id)
        .order_by(Delivery.id.desc())
        .limit(DELIVERIES)
    ).all()
    waiting = (
        select(CollectedPhoto.delivery_id, func.count(), func.count(CollectedPhoto.student_id))
        .where(
            CollectedPhoto.delivery_id.in_([row.id for row, _ in rows]),
            CollectedPhoto.state == Standing.CANDIDATE.value,
        )
        .group_by(CollectedPhoto.delivery_id)
    )
    left = {delivery: (count, count - named) for delivery, count, named in session.execute(waiting)}
    return [
        {
            "id": row.public_id,
            "mode": row.mode,
            "source": row.source,
            "file_name": mask_file(row.file_name),
            "at": iso(row.at),
            "by": row.by,
            "state": "failed"
            if row.state == "judging" and job is not None and job.state == "failed"
            else row.state,
            "progress": job.progress if job is not None else 1.0,
            "counts": row.counts,
            "waiting": left.get(row.id, (0, 0))[0],
            "unmatched": left.get(row.id, (0, 0))[1],
            "problems": [
                {"file": mask_file(str(name)), "word": _problem(str(code))}
                for name, code in row.problems[:PROBLEMS]
            ],
        }
        for row, job in rows
    ]


def _problem(code: str) -> str:
    """Why a file came to nothing: the sentence of its refusal, or of the list's own two."""
    if code in _LIST_PROBLEMS:
        return texts.say(texts.language(), f"collection.problem.{code}")
    return str(describe(code)["staff"])


def _photos(campaign: Campaign) -> Any:
    """Pictures of the campaign with their student and whether another one counts, oldest first."""
    other = aliased(CollectedPhoto)
    counts = (
        select(other.id)
        .where(
            other.student_id == CollectedPhoto.student_id,
            other.state == Standing.ACCEPTED.value,
            other.id != CollectedPhoto.id,
        )
        .correlate(CollectedPhoto)
        .exists()
    )
    return (
        select(CollectedPhoto, Student, counts.label("other"))
        .outerjoin(Student, Student.id == CollectedPhoto.student_id)
        .where(CollectedPhoto.campaign_id == campaign.id)
        .order_by(CollectedPhoto.id)
    )


def _photo(campaign: Campaign, row: CollectedPhoto, student: Student | None, other: bool) -> dict[str, Any]:
    checks = row.judgement.get("checks", ())
    valid_until = photo_valid_until(collected.taken(row), campaign.validity_days)
    return {
        "id": row.public_id,
        "mode": row.mode,
        "state": row.state,
        "verdict": row.verdict,
        "doubt": row.verdict != Verdict.PASS,
        "failed": [check["code"] for check in checks if check.get("passed") is False],
        "asked": [check["code"] for check in checks if check.get("passed") is None],
        "signs": row.evidence,
        "student": masked(student) if student is not None else None,
        "unmatched": student is None and row.delivery_id is not None,
        "file": mask_file(row.source_name),
        "assigned_by": row.assigned_by,
        "picture": row.deliverable_sha256 is not None,
        "removed": row.purged_at is not None,
        "other": bool(other),
        "old": day_of(site().clock()) > valid_until,
        "taken_at": iso(row.taken_at),
        "stored_at": iso(row.stored_at),
        "decided_by": row.decided_by,
        "decided_at": iso(row.decided_at),
        "reason": row.reason,
    }


def _checks(row: CollectedPhoto) -> list[dict[str, Any]]:
    return list(row.judgement.get("checks", ()))


def _qr(url: str) -> str:
    """The link as a picture that a phone reads from the tablet, as the address of an image."""
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_svg(url)).decode()}"
