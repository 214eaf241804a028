"""How far every branch is: counts with drill-down to class and person, who is missing and why, deadlines, export.

Headquarters see every branch, other members theirs (`Staff.branch`; empty: every one, as where there is but one).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR
from kiosk.domain.organisation import Kind
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.standing import Missing
from kiosk.records import planning, progress
from kiosk.records.progress import Line, Person, Place
from kiosk.records.tables import Campaign, Staff
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.made_files import send_made
from kiosk.web.site import site
from kiosk.web.snapshots import iso, masked
from kiosk.web.staff_files import enqueue
from kiosk.web.staff_money import current_campaign

blueprint = Blueprint("headquarters", __name__)
ROLES = (ADMINISTRATOR, OPERATOR, HEADQUARTERS)
JOB = "progress_export"
#: Jobs whose workbook is fetched here → its kind in the log of files.
WORKBOOKS = {JOB: "progress", "checks_export": "unchecked"}
#: Persons of one list; the counts are always whole.
MOST = 200
#: A deadline within these days is near.
NEAR_DAYS = 7
#: Fields of a campaign that are deadlines, in the order of the year.
DEADLINES = ("roster_deadline", "capture_from", "capture_until", "check_until", "upload_on")
_NAME = 80


@blueprint.get("/staff/progress")
@allow("staff", *ROLES, page=True)
def page() -> ResponseReturnValue:
    """Branches, charts, deadlines; the place in the organisation stands behind the address' `#`."""
    return render_template("staff/progress.html", csrf=generate_csrf(), me=current_user.view())


@blueprint.post("/staff/api/progress")
@allow("staff", *ROLES)
def read() -> ResponseReturnValue:
    """The counts of a place and of what lies below it: `{campaign?, branch?, station?, point?, class?}`.

    `station` is the code of a work station. With `people` (missing or photographed) also who they are, masked,
    with `reason` only those missing for it. By POST, because names of branches are no part of an address.
    """
    here, content = site(), body()
    now = here.clock()
    with here.database.read() as session:
        rows = list(
            session.scalars(select(Campaign).order_by(Campaign.active.desc(), Campaign.capture_from.desc()))
        )
        own = _own_branch(session)
        answer: dict[str, Any] = {
            "now": iso(now),
            "scope": own,
            "campaigns": [
                {"code": row.code, "title": {"zh_CN": row.title_zh, "en": row.title_en}} for row in rows
            ],
        }
        if not rows:
            return jsonify({**answer, "chosen": None})
        chosen = word(content, "campaign", optional=True, limit=40) or current_campaign(session)
        campaign = next((row for row in rows if row.code == chosen), None)
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN, {"campaign": chosen})
        place = _Place(session, content, own)
        answer |= {
            "chosen": campaign.code,
            "codes": campaign.identity_mode == "collection-code",
            "deadlines": _deadlines(campaign, day_of(now)),
            **_counts(session, campaign, place),
        }
        if content.get("people"):
            answer["people"] = _people(session, campaign, place, content)
    return jsonify(answer)


@blueprint.post("/staff/api/progress/export")
@allow("staff", *ROLES)
def export() -> ResponseReturnValue:
    """Let the worker write the workbook of a place, `{campaign, …place, language}` → `{"job"}`."""
    content = body()
    with site().database.read() as session:
        campaign = planning.campaign(session, word(content, "campaign", limit=40))
        if campaign is None:
            raise Refusal(Code.NO_CAMPAIGN)
        place = _Place(session, content, _own_branch(session)).records
        arguments = {
            "campaign": campaign.code,
            "branch": place.branch,
            "teaching_points": None if place.teaching_points is None else list(place.teaching_points),
            "class_name": place.class_name,
            "language": word(content, "language", limit=10),
        }
    return jsonify({"ok": True, "job": enqueue(JOB, arguments)})


@blueprint.get("/staff/api/progress/<job>.xlsx")
@allow("staff", *ROLES)
def download(job: str) -> ResponseReturnValue:
    """The workbook, for whoever ordered it; gone after a day."""
    return send_made(job, WORKBOOKS)


def _own_branch(session: Session) -> str:
    """The branch beyond which this member sees nothing, empty where there is no such border."""
    if current_user.role == HEADQUARTERS:
        return ""
    return session.scalar(select(Staff.branch).where(Staff.login == current_user.login)) or ""


class _Place:
    """What a request asks about, inside of what the member may see. Raises `Refusal` for anything outside."""

    def __init__(self, session: Session, content: dict[str, Any], own: str) -> None:
        def name(key: str) -> str | None:
            return None if content.get(key) is None else word(content, key, optional=True, limit=_NAME)

        self.branch, self.point, self.class_name = name("branch"), name("point"), name("class")
        if own and self.branch not in (None, own):
            raise Refusal(Code.NOT_ALLOWED, {"action": "progress"})
        self.branch = own or self.branch
        self.stations = _stations(session, self.branch) if self.branch is not None else {}
        self.station = name("station")
        if self.station is not None and self.station not in self.stations:
            raise Refusal(Code.NOT_FOUND)

    @property
    def records(self) -> Place:
        """The same for the queries."""
        points: tuple[str, ...] | None = None
        if self.point is not None:
            points = (self.point,)
        elif self.station is not None:
            points = self.stations[self.station][1]
        return Place(self.branch, points, self.class_name)

    @property
    def path(self) -> list[dict[str, str]]:
        """From the top down to here."""
        found = []
        if self.branch is not None:
            found.append({"kind": "branch", "name": self.branch})
        if self.station is not None:
            found.append({"kind": "station", "code": self.station, "name": self.stations[self.station][0]})
        if self.point is not None:
            found.append({"kind": "point", "name": self.point})
        if self.class_name is not None:
            found.append({"kind": "class", "name": self.class_name})
        return found

    @property
    def level(self) -> str:
        """What is counted below: branch, teaching_point or class_name."""
        return "branch" if self.branch is None else "teaching_point" if self.point is None else "class_name"


def _stations(session: Session, branch: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Work stations of a branch by code: name, and the teaching points below them."""
    units = planning.units(session)
    branches = {unit.code for unit in units if unit.kind is Kind.BRANCH and unit.name == branch}
    return {
        unit.code: (
            unit.name,
            tuple(
                point.name for point in units if point.kind is Kind.TEACHING_POINT and point.parent == unit.code
            ),
        )
        for unit in units
        if unit.kind is Kind.WORK_STATION and unit.parent in branches
    }


def _counts(session: Session, campaign: Campaign, place: _Place) -> dict[str, Any]:
    """`{"path", "level", "total", "lines"}`; a line says by `kind` and `code` or `name` how to go down to it."""
    lines = progress.lines(session, campaign, site().clock(), place.records, place.level)
    total = Line("")
    for line in lines:
        total.add(line)
    kind = {"branch": "branch", "teaching_point": "point", "class_name": "class"}[place.level]
    listed: list[dict[str, Any]] = []
    if place.level == "teaching_point" and place.station is None:
        for code, (name, points) in place.stations.items():
            below = [line for line in lines if line.name in points]
            lines = [line for line in lines if line.name not in points]
            whole = Line(name)
            for line in below:
                whole.add(line)
            if below:
                listed.append({**whole.to_json(), "kind": "station", "code": code})
    listed += [{**line.to_json(), "kind": kind} for line in lines]
    return {"path": place.path, "level": place.level, "total": total.to_json(), "lines": listed}


def _people(session: Session, campaign: Campaign, place: _Place, content: dict[str, Any]) -> dict[str, Any]:
    """`{"which", "reason", "total", "rows"}`: the first `MOST`, masked."""
    which, why = word(content, "people", limit=20), word(content, "reason", optional=True, limit=40)
    if which not in ("missing", "photographed") or (why and why not in set(Missing)):
        raise Refusal(Code.BAD_REQUEST, {"what": "people"})
    found = progress.people(
        session, campaign, site().clock(), place.records, which == "missing", Missing(why) if why else None
    )
    rows: list[dict[str, Any]] = []
    total = 0
    for person in found:
        total += 1
        if len(rows) < MOST:
            rows.append(_person(person))
    return {"which": which, "reason": why, "total": total, "rows": rows}


def _person(person: Person) -> dict[str, Any]:
    shown = masked(person.student)
    fields = ("name", "student_number", "branch", "teaching_point", "class_name")
    steps = {step: getattr(person, step) for step in ("checked", "paid", "reported", "linked")}
    return {**{name: shown[name] for name in fields}, "reason": person.reason, **steps}


def _deadlines(campaign: Campaign, today: date) -> list[dict[str, Any]]:
    """`[{"name", "day", "days", "tone"}]` of those that are set; `days` from today, `tone` over, near, far."""
    found = []
    for name in DEADLINES:
        day: date | None = getattr(campaign, name)
        if day is not None:
            days = (day - today).days
            tone = "over" if days < 0 else "near" if days <= NEAR_DAYS else "far"
            if name == "capture_from" and days <= 0:
                continue  # photographing has begun: its end is what counts now
            found.append({"name": name, "day": day.isoformat(), "days": days, "tone": tone})
    return found
