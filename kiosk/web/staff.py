"""The staff pages and their presses."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from kiosk.actions import people
from kiosk.actions.base import ADMINISTRATOR, HEADQUARTERS, OPERATOR
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import queries
from kiosk.web import staff_snapshots
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.kiosk import deliverable
from kiosk.web.press import press
from kiosk.web.second_person import agreeing
from kiosk.web.site import site

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

#: What staff may do to visits and kiosks. Accounts have addresses of their own: their actions take hashes.
ACTIONS = frozenset(
    {
        "allow_shot", "answer_call", "bind_campus_card", "call_next", "cancel", "confirm_without_card",
        "decide_shot", "hold", "let_in", "park_visit", "recall", "record_temperature", "release_hold",
        "release_shutter", "remeasure", "requeue", "resolve_check", "resolve_report", "resume",
        "send_to_observation", "set_priority",
    }
)  # fmt: skip


def _page(name: str, **values: object) -> str:
    return render_template(f"staff/{name}.html", csrf=generate_csrf(), **values)


@blueprint.get("/")
@allow("staff", page=True)
def visits() -> ResponseReturnValue:
    """Today's visits."""
    return _page("visits")


@blueprint.get("")
@allow("staff", page=True)
def root() -> ResponseReturnValue:
    """The address as people type it."""
    return redirect(url_for("staff.visits"))


@blueprint.get("/roster")
@allow("staff", ADMINISTRATOR, OPERATOR, page=True)
def roster() -> ResponseReturnValue:
    """Uploading rosters."""
    return _page("roster")


@blueprint.get("/packages")
@allow("staff", ADMINISTRATOR, OPERATOR, page=True)
def packages() -> ResponseReturnValue:
    """Making and fetching packages."""
    return _page("packages")


@blueprint.get("/campaigns")
@allow("staff", ADMINISTRATOR, OPERATOR, HEADQUARTERS, page=True)
def campaigns() -> ResponseReturnValue:
    """Campaigns with their counts."""
    return _page("campaigns")


@blueprint.get("/people")
@allow("staff", ADMINISTRATOR, page=True)
def accounts() -> ResponseReturnValue:
    """Staff accounts."""
    return _page("people", password_min=people.PASSWORD_MIN)


@blueprint.get("/audit")
@allow("staff", ADMINISTRATOR, page=True)
def audit() -> ResponseReturnValue:
    """What was decided, by whom."""
    return _page("audit")


@blueprint.get("/account")
@allow("staff", page=True)
def account() -> ResponseReturnValue:
    """The member's own account."""
    return _page("account", password_min=people.PASSWORD_MIN)


@blueprint.get("/api/snapshot")
@allow("staff")
def snapshot() -> ResponseReturnValue:
    """Today's visits and the kiosks; `since` is the cursor of the list that the page has."""
    return jsonify(staff_snapshots.staff(site(), current_user, request.args.get("since")))


@blueprint.post("/api/awake")
@allow("staff")
def awake() -> ResponseReturnValue:
    """A person touched the page; `kiosk.web.login` keeps the session for it."""
    return jsonify({"ok": True})


@blueprint.post("/api/actions/<name>")
@allow("staff")
def act(name: str) -> ResponseReturnValue:
    """Perform what was pressed."""
    content, actor = body(), current_user.actor()
    if name == "confirm_without_card" and "second" in content:
        actor = replace(actor, second=agreeing(actor, content.pop("second")))
    result = press(name, ACTIONS, actor)
    shown = staff_snapshots.staff(site(), current_user, request.args.get("since"))
    return jsonify({"ok": True, "result": result, "snapshot": shown})


@blueprint.post("/api/students")
@allow("staff")
def students() -> ResponseReturnValue:
    """Roster search; by POST, because a name stands in no address."""
    return jsonify(staff_snapshots.students(site(), word(body(), "q", optional=True, limit=80)))


@blueprint.get("/api/visits/<visit>")
@allow("staff")
def visit(visit: str) -> ResponseReturnValue:
    """One visit in full."""
    return jsonify(staff_snapshots.visit(site(), current_user, visit))


@blueprint.get("/api/visits/<visit>/card.jpg")
@allow("staff")
def card_photo(visit: str) -> ResponseReturnValue:
    """The photo on the ID card by which an open visit was begun, where a plug-in decoded it."""
    photo = site().card_photos.of(visit)
    if photo is None:
        raise Refusal(Code.SHOT_UNKNOWN)
    return Response(photo, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


@blueprint.get("/api/shots/<shot>.jpg")
@allow("staff")
def picture(shot: str) -> ResponseReturnValue:
    """The deliverable of a shot."""
    with site().database.read() as records:
        row = queries.shot(records, shot)
        digest = row.deliverable_sha256 if row else None
    return deliverable(digest)


def renew_session(epoch: int) -> None:
    """Keep this session after the member's own change of password ended all others."""
    session["_user_id"] = f"{current_user.number}:{epoch}"
