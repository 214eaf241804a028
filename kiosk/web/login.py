"""Who of the staff is at the page: log-in, log-out, and when a session ends.

A session lives in the signed staff cookie. It ends after `server.session_minutes` without anything a person did,
after `server.session_hours` in any case, when the person's `epoch` is raised (password reset, deactivated), and
when it is logged out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import bindparam, select

from kiosk.actions import people
from kiosk.actions.base import STAFF, Actor
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.tables import SetupLink, Staff
from kiosk.web import refusals, sessions, texts
from kiosk.web.access import allow
from kiosk.web.site import Site, site

blueprint = Blueprint("login", __name__)
SETUP_RATE = "10 per minute"
#: Seconds after which a session that is kept is written anew; well below `sessions.LOCK_GRACE_SECONDS`.
SEEN_SECONDS = 5
#: Addresses that pages read by themselves; they say nothing about a person being there.
PASSIVE = frozenset(
    {"staff.snapshot", "staff.visit", "staff_files.job", "staff_devices.snapshot", "staff_devices.order",
     "staff_devices.picture", "staff_schedule.read", "staff_opening.read", "staff_roles.usher", "staff_roles.room",
     "staff_roles.day", "staff_roles.seat_picture"}
)  # fmt: skip


@dataclass(frozen=True)
class Member(UserMixin):
    """The staff member of a request; the row itself stays in the records."""

    number: int
    login: str
    display_name: str
    role: str
    language: str
    epoch: int
    pin: bool = False

    def get_id(self) -> str:
        """What the cookie holds."""
        return f"{self.number}:{self.epoch}"

    def actor(self, station: str = "") -> Actor:
        """Who decides."""
        return Actor(STAFF, self.login, role=self.role, station=station)

    def view(self) -> dict[str, str]:
        """As pages get it."""
        return {
            "login": self.login,
            "display_name": self.display_name,
            "role": self.role,
            "language": self.language,
        }


#: Put together once: every request of a staff page asks it.
_NUMBERED = select(
    Staff.id,
    Staff.login,
    Staff.display_name,
    Staff.role,
    Staff.language,
    Staff.epoch,
    Staff.pin_hash,
    Staff.active,
).where(Staff.id == bindparam("id"))


def _member(row: Any) -> Member:
    return Member(row.id, row.login, row.display_name, row.role, row.language, row.epoch, row.pin_hash is not None)


def member_of(here: Site, cookie: Mapping[str, Any]) -> Member | None:
    """The member whose session the cookie holds, None once it has ended for whatever reason."""
    number, _, epoch = str(cookie.get("_user_id", "")).partition(":")
    if not number.isdigit() or cookie.get("sid") in here.ended_sessions:
        return None
    now = here.clock().timestamp()
    limits = here.settings.server
    started, seen = cookie.get("started", 0), cookie.get("seen", 0)
    if now - seen > limits.session_minutes * 60 or now - started > limits.session_hours * 3600:
        return None
    row = here.database.ask(_NUMBERED, {"id": int(number)})
    if row is None or not row.active or str(row.epoch) != epoch:
        return None
    return _member(row)


def _start(member: Member) -> None:
    """A new session: nothing of the one before stays in the cookie."""
    session.clear()
    now = site().clock().timestamp()
    session.update(started=now, seen=now, sid=secrets.token_hex(16))
    login_user(member)


def local(address: str | None) -> str:
    """Where to go after the log-in: an address of the staff pages, nothing else."""
    if address and address.startswith("/staff/") and "//" not in address and "\\" not in address:
        return address
    return url_for("staff.visits")


@blueprint.get("/")
@allow("public", page=True)
def root() -> ResponseReturnValue:
    """The address as people type it; the kiosk page itself opens with its ticket alone."""
    return redirect(url_for("staff.visits"))


@blueprint.route("/staff/login", methods=["GET", "POST"])
@allow("public", page=True, body="form")
def login() -> ResponseReturnValue:
    """The log-in form; a wrong name and a wrong password are told alike and take the same time."""
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(local(request.args.get("next")))
        return _login_page(None, "", 200)
    name, password = request.form.get("login", "")[:40].strip(), request.form.get("password", "")[:400]
    here = site()
    try:
        found = here.patiently(lambda: people.log_in(here.database, here.settings, name, password))
    except Refusal as refusal:
        return _login_page(refusal.code, name, refusals.status_of(refusal.code))
    here.tell()
    _start(_named_member(here, found["login"]))
    return redirect(local(request.form.get("next")))


def _named_member(here: Site, name: str) -> Member:
    with here.database.read() as records:
        return _member(records.scalars(select(Staff).where(Staff.login == name)).one())


def _login_page(code: Code | None, name: str, status: int) -> ResponseReturnValue:
    told = refusals.describe(code.value) if code else None
    following = request.values.get("next", "")
    page = render_template("staff/login.html", refusal=told, login=name, next=following, csrf=generate_csrf())
    return page, status


def session_name() -> str:
    """How pages call the session of the request; the id itself stays in the cookie."""
    return hashlib.sha256(str(session.get("sid")).encode()).hexdigest()[:16]


def end_session() -> None:
    """End the session of the request; a copy of its cookie is worth nothing from now on."""
    here, sid = site(), str(session.get("sid"))
    here.end_session(sid)
    here.unlock_session(sid)
    here.decide("log_out", key=secrets.token_hex(16), actor=current_user.actor())
    logout_user()
    session.clear()


@blueprint.post("/staff/logout")
@allow("staff", body="form", locked=True)
def logout() -> ResponseReturnValue:
    """Log out, locked or not."""
    end_session()
    return redirect(url_for("login.login"))


@blueprint.route("/setup/<token>", methods=["GET", "POST"])
@allow("public", page=True, body="form")
def setup(token: str) -> ResponseReturnValue:
    """The one-time link with which the first administrator is made."""
    here = site()
    digest = hashlib.sha256(token.encode()).hexdigest()
    if request.method == "GET":
        with here.database.read() as records:
            link = records.scalar(select(SetupLink).where(SetupLink.token_sha256 == digest))
        if link is None or link.used_at is not None or link.expires_at <= here.clock():
            return _setup_page(token, Refusal(Code.SETUP_LINK_INVALID), 404)
        return _setup_page(token, None, 200)
    form = request.form
    try:
        if form.get("password") != form.get("password_again"):
            raise Refusal(Code.BAD_REQUEST, {"what": "password_again"})
        made = here.patiently(
            lambda: people.set_up(
                here.database,
                here.settings,
                key=secrets.token_hex(16),
                token=token,
                login=form.get("login", ""),
                display_name=form.get("display_name", "").strip(),
                password=form.get("password", ""),
                language=texts.language(),
            )
        )
    except Refusal as refusal:
        return _setup_page(token, refusal, refusals.status_of(refusal.code))
    here.tell()
    _start(_named_member(here, made["login"]))
    return redirect(url_for("staff.visits"))


def _setup_page(token: str, refusal: Refusal | None, status: int) -> ResponseReturnValue:
    told = refusals.describe(refusal.code.value, refusal.args_) if refusal else None
    page = render_template(
        "staff/setup.html",
        refusal=told,
        login=request.form.get("login", "")[:40],
        display_name=request.form.get("display_name", "")[:80],
        token=token,
        password_min=people.PASSWORD_MIN,
        csrf=generate_csrf(),
    )
    return page, status


def install(app: Flask, limiter: Limiter, login_rate: str) -> None:
    """Teach the app who staff are, and slow down whoever guesses."""
    manager = LoginManager(app)
    manager.session_protection = None  # tablets change their address; epoch and expiry end a session

    @manager.user_loader
    def load(_user_id: str) -> Member | None:
        return member_of(site(), session)

    @app.before_request
    def keep_alive() -> None:
        """Whatever a person does keeps the session; what a page reads by itself and a locked page do not."""
        if request.endpoint in PASSIVE or not request.path.startswith("/staff/"):
            return
        if current_user.is_authenticated and not sessions.is_locked(site(), session):
            now = site().clock().timestamp()
            if not 0 <= now - session["seen"] < SEEN_SECONDS:  # below 0: the clock was set back since
                session["seen"] = now

    @app.context_processor
    def me() -> dict[str, Any]:
        if g.get("rule") is None or not getattr(current_user, "is_authenticated", False):
            return {"me": None, "lock": None}
        minutes = site().settings.server.lock_minutes
        lock = {
            "minutes": minutes,
            "session": session_name(),
            "turn": session.get("turn", 0),
            "pin": current_user.pin,
        }
        return {"me": current_user.view(), "lock": lock}

    app.register_blueprint(blueprint)
    views: dict[str, Any] = app.view_functions
    guessed = limiter.limit(login_rate, methods=["POST"], key_func=lambda: f"login:{_named()}")
    views["login.login"] = guessed(limiter.limit(login_rate, methods=["POST"])(views["login.login"]))
    views["login.setup"] = limiter.limit(SETUP_RATE)(views["login.setup"])


def _named() -> str:
    return request.form.get("login", "")[:40].strip().lower()
