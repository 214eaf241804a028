"""The lock of a staff page: a session that is there and tells nothing until PIN or password are given.

While it is locked every other staff address refuses (`kiosk.web.access`). Whoever is wrong five times has to log
in anew; so has whoever stays away for `server.session_minutes`.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from kiosk.actions import people
from kiosk.domain.pins import LENGTH
from kiosk.domain.refusals import Code, Refusal
from kiosk.web import refusals, sessions
from kiosk.web.access import allow
from kiosk.web.arguments import body, word
from kiosk.web.login import end_session, local, session_name
from kiosk.web.site import site

blueprint = Blueprint("lock", __name__, url_prefix="/staff")


@blueprint.post("/api/lock")
@allow("staff", locked=True)
def lock() -> ResponseReturnValue:
    """`{cause: "button" | "idle"}`: the page locked itself. A session that is locked already stays so quietly."""
    here, sid = site(), str(session.get("sid"))
    cause = word(body(), "cause", limit=10)
    if not session.get("locked"):
        here.decide("lock", key=secrets.token_hex(16), actor=current_user.actor(), arguments={"cause": cause})
    here.lock_session(sid)
    session["locked"] = True
    return jsonify({"ok": True})


@blueprint.post("/api/unlock")
@allow("staff", locked=True)
def unlock() -> ResponseReturnValue:
    """`{session?, secret}`, secret being PIN or password: `{"ok", "turn"}`; turn counts the unlockings.

    Refuses with pin_wrong (`left` tries), in the end with login_required.
    """
    content = body()
    if word(content, "session", optional=True) not in ("", session_name()):
        # somebody else logged in meanwhile: it is not their page to open
        raise Refusal(Code.LOGIN_REQUIRED)
    _unlock(word(content, "secret"))
    return jsonify({"ok": True, "turn": session["turn"]})


@blueprint.route("/locked", methods=["GET", "POST"])
@allow("staff", page=True, body="form", locked=True)
def page() -> ResponseReturnValue:
    """What stands at every staff address while the session is locked; works without script."""
    following = local(request.values.get("next"))
    told = None
    if request.method == "POST":
        try:
            _unlock(request.form.get("secret", "")[:400])
        except Refusal as refusal:
            if refusal.code is not Code.PIN_WRONG:
                raise
            told = refusal
    if not sessions.is_locked(site(), session):
        return redirect(following)
    facts = refusals.describe(told.code.value, told.args_) if told else None
    status = refusals.status_of(told.code) if told else 200
    return render_template("staff/locked.html", refusal=facts, next=following, csrf=generate_csrf()), status


def _unlock(secret: str) -> None:
    here, sid = site(), str(session.get("sid"))
    about, actor = f"unlock:{sid}", current_user.actor()
    try:
        here.patiently(lambda: people.unlock(here.database, here.settings, actor=actor, secret=secret))
    except Refusal as refusal:
        if refusal.code is not Code.PIN_WRONG:
            raise
        here.tries.failed(about)
        left = here.tries.left(about)
        if left <= 0:
            here.tries.right(about)
            end_session()
            raise Refusal(Code.LOGIN_REQUIRED) from refusal
        raise Refusal(Code.PIN_WRONG, {"left": left}) from refusal
    here.tries.right(about)
    here.unlock_session(sid)
    session.pop("locked", None)
    session["turn"] = session.get("turn", 0) + 1
    session["seen"] = here.clock().timestamp()
    here.tell()


@blueprint.post("/api/account/pin")
@allow("staff")
def set_pin() -> ResponseReturnValue:
    """`{password, pin}`: the own PIN, empty to remove it; the password is asked first, five wrong ones at most."""
    here, content, actor = site(), body(), current_user.actor()
    password, pin = word(content, "password"), word(content, "pin", optional=True, limit=LENGTH)
    about = f"pin:{actor.name}"
    here.tries.check(about)
    try:
        result = here.patiently(
            lambda: people.set_pin(
                here.database, here.settings, key=secrets.token_hex(16), actor=actor, password=password, pin=pin
            )
        )
    except Refusal as refusal:
        if refusal.code is Code.LOGIN_FAILED:
            here.tries.failed(about)
        raise
    here.tries.right(about)
    here.tell()
    return jsonify({"ok": True, **result})
