"""Staff accounts with their secrets: hashes and checks passwords outside of any transaction, then decides.

Argon2 takes tens of milliseconds by design; inside a transaction it would hold every decision of the site. Tokens
are kept as SHA-256 alone: they are random, so that a quick hash is enough.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from kiosk.actions import staff_rules
from kiosk.actions.base import STAFF, SYSTEM, Actor, Outcome, perform
from kiosk.domain import pins
from kiosk.domain.overrides import SECOND
from kiosk.domain.refusals import Code, Refusal
from kiosk.records.database import Database
from kiosk.records.tables import Staff
from kiosk.settings import Settings

#: Shortest password, in characters; NIST SP 800-63B asks for 8 at least and no rules of composition.
PASSWORD_MIN = 10
#: Longest one: argon2 would hash megabytes.
PASSWORD_MAX = 200
#: Who fails to log in under a name that does not exist; what was typed may be a password and is not kept.
NOBODY = Actor(SYSTEM, "login")

HASHER = PasswordHasher()


def setup_link(database: Database, settings: Settings, by: str = "command") -> str | None:
    """The token of a new set-up link (`/setup/<token>`), or None where somebody can log in as administrator."""
    token = secrets.token_urlsafe(32)
    try:
        perform(
            database,
            settings,
            "create_setup_link",
            key=secrets.token_hex(16),
            actor=Actor(SYSTEM, by),
            token_sha256=_token_hash(token),
        )
    except Refusal as refusal:
        if refusal.code is Code.NOT_ALLOWED:
            return None
        raise
    return token


def set_up(
    database: Database,
    settings: Settings,
    *,
    key: str,
    token: str,
    login: str,
    display_name: str,
    password: str,
    language: str = "zh_CN",
) -> Outcome:
    """Make the first administrator with a set-up link.

    Raises `Refusal` setup_link_invalid, login_malformed, password_too_short, name_taken, bad_request.
    """
    return perform(
        database,
        settings,
        "use_setup_link",
        key=key,
        actor=Actor(SYSTEM, "setup"),
        token_sha256=_token_hash(token),
        login=login_name(login),
        display_name=display_name,
        password_hash=hash_password(password),
        language=language,
    )


def log_in(database: Database, settings: Settings, login: str, password: str) -> Outcome:
    """Check log-in and password: `{"login", "display_name", "role", "language", "epoch"}`.

    An unknown log-in takes as long as a wrong password. Raises `Refusal` login_failed.
    """
    with database.read() as session:
        found = session.scalar(select(Staff).where(Staff.login == login.strip().lower()))
    stored = found.password_hash if found is not None else _decoy()
    verified = _matches(stored, password) and found is not None and found.active
    renewed: dict[str, Any] = {}
    if verified and HASHER.check_needs_rehash(stored):
        renewed["password_hash"] = HASHER.hash(password)
    actor = Actor(STAFF, found.login, found.role) if found is not None else NOBODY
    return perform(
        database, settings, "log_in", key=secrets.token_hex(16), actor=actor, verified=verified, **renewed
    )


def second_person(database: Database, actor: Actor, login: str, password: str) -> str:
    """Log-in of another member who agrees with a password of their own.

    Raises `Refusal` second_person_invalid: the same person, a role that may not, a wrong name or password alike.
    """
    name = login.strip().lower()
    with database.read() as session:
        found = session.scalar(select(Staff).where(Staff.login == name))
    agreed = _matches(found.password_hash if found is not None else _decoy(), password)
    if not agreed or found is None or not found.active or found.role not in SECOND or name == actor.name:
        raise Refusal(Code.SECOND_PERSON_INVALID)
    return found.login


def add(
    database: Database,
    settings: Settings,
    *,
    key: str,
    actor: Actor,
    login: str,
    display_name: str,
    role: str,
    password: str,
    language: str = "zh_CN",
) -> Outcome:
    """Add an account.

    Raises `Refusal` login_malformed, password_too_short, name_taken, not_allowed, bad_request.
    """
    return perform(
        database,
        settings,
        "add_staff",
        key=key,
        actor=actor,
        login=login_name(login),
        display_name=display_name,
        role=role,
        password_hash=hash_password(password),
        language=language,
    )


def change(
    database: Database, settings: Settings, *, key: str, actor: Actor, login: str, **changes: Any
) -> Outcome:
    """Change an account: `display_name`, `role`, `active`, `language`, `password`. Raises `Refusal`."""
    if changes.get("password") is not None:
        changes["password_hash"] = hash_password(changes["password"])
    changes.pop("password", None)
    return perform(database, settings, "change_staff", key=key, actor=actor, login=login, **changes)


def change_password(
    database: Database, settings: Settings, *, key: str, actor: Actor, password: str, new_password: str
) -> Outcome:
    """A member's own new password, the old one being asked first.

    Raises `Refusal` login_failed for a wrong old one, password_too_short.
    """
    with database.read() as session:
        stored = session.scalar(select(Staff.password_hash).where(Staff.login == actor.name))
    if stored is None or not _matches(stored, password):
        raise Refusal(Code.LOGIN_FAILED)
    password_hash = hash_password(new_password)
    return perform(database, settings, "change_account", key=key, actor=actor, password_hash=password_hash)


def set_pin(database: Database, settings: Settings, *, key: str, actor: Actor, password: str, pin: str) -> Outcome:
    """A member's own PIN, the password being asked first; an empty PIN removes it.

    Raises `Refusal` login_failed for a wrong password, pin_malformed, pin_weak.
    """
    with database.read() as session:
        stored = session.scalar(select(Staff.password_hash).where(Staff.login == actor.name))
    if stored is None or not _matches(stored, password):
        raise Refusal(Code.LOGIN_FAILED)
    pin_hash = hash_pin(pin) if pin else None
    return perform(database, settings, "set_pin", key=key, actor=actor, pin_hash=pin_hash)


def unlock(database: Database, settings: Settings, *, actor: Actor, secret: str) -> Outcome:
    """Check what was typed on a locked tablet: the PIN, or the password, which always opens too.

    Raises `Refusal` pin_wrong.
    """
    with database.read() as session:
        found = session.scalar(select(Staff).where(Staff.login == actor.name))
    by, stored = "password", found.password_hash if found is not None else _decoy()
    if found is not None and found.pin_hash is not None and pins.is_well_formed(secret):
        by, stored = "pin", found.pin_hash
    verified = _matches(stored, secret) and found is not None and found.active
    return perform(database, settings, "unlock", key=secrets.token_hex(16), actor=actor, verified=verified, by=by)


def login_name(typed: str) -> str:
    """The log-in name as it is kept: `Boss ` is `boss`, as at log-in. Raises `Refusal` login_malformed."""
    login = typed.strip().lower()
    if not re.fullmatch(staff_rules.LOGIN_PATTERN, login):
        raise Refusal(Code.LOGIN_MALFORMED)
    return login


def hash_password(password: str) -> str:
    """Argon2id of an acceptable password. Raises `Refusal` password_too_short or bad_request."""
    if len(password) < PASSWORD_MIN:
        raise Refusal(Code.PASSWORD_TOO_SHORT, {"characters": PASSWORD_MIN})
    if len(password) > PASSWORD_MAX:
        raise Refusal(Code.BAD_REQUEST, {"what": "password"})
    return HASHER.hash(password)


def hash_pin(pin: str) -> str:
    """Argon2id of an acceptable PIN. Raises `Refusal` pin_malformed or pin_weak."""
    if not pins.is_well_formed(pin):
        raise Refusal(Code.PIN_MALFORMED, {"digits": pins.LENGTH})
    if pins.is_weak(pin):
        raise Refusal(Code.PIN_WEAK)
    return HASHER.hash(pin)


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password[: PASSWORD_MAX + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    """A hash that nobody knows the password of, so that an unknown log-in costs the same time."""
    return HASHER.hash(secrets.token_urlsafe(32))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
