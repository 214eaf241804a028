"""What every action shares: one transaction, one audit row, one idempotency key, typed refusals.

An action is a function `def name(tx: Transaction, **arguments) -> dict` marked with `@action(...)`. It reads and
writes through `tx.session`, refuses by raising `Refusal`, and returns a JSON-ready outcome without personal data
(it is kept with the key and returned again when the same key comes twice). `perform` is the only caller.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.tables import Decision
from kiosk.settings import Settings

#: Kinds of actor.
KIOSK, STAFF, BRIDGE, SYSTEM = "kiosk", "staff", "bridge", "system"
#: Staff roles.
ADMINISTRATOR, OPERATOR, USHER, MEDIC = "administrator", "operator", "usher", "medic"
ROLES = (ADMINISTRATOR, OPERATOR, USHER, MEDIC)

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Actor:
    """Who decides. `name` is the station's name or the staff member's log-in, never a student's."""

    kind: str
    name: str
    role: str = ""
    station: str = ""  # the station the decision is about or comes from

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass
class Transaction:
    """What an action works with."""

    session: Session
    settings: Settings
    actor: Actor
    now: datetime
    visit: str | None = None  # public id for the audit row, set by the action
    station: str | None = None
    reason: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """A registered action."""

    name: str
    run: Callable[..., Outcome]
    kinds: frozenset[str]
    roles: frozenset[str]
    needs_reason: bool


REGISTRY: dict[str, Action] = {}


def action(
    *, kinds: tuple[str, ...], roles: tuple[str, ...] = (), needs_reason: bool = False
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Register a function as the action of its name.

    `kinds` says which kinds of actor may use it, `roles` which staff roles (none named: every role),
    `needs_reason` that staff must give one.
    """

    def register(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        name = function.__name__
        if name in REGISTRY:
            raise ValueError(f"action {name} is registered twice")
        REGISTRY[name] = Action(name, function, frozenset(kinds), frozenset(roles or ROLES), needs_reason)
        return function

    return register


def perform(
    database: Database,
    settings: Settings,
    name: str,
    *,
    key: str,
    actor: Actor,
    now: datetime | None = None,
    reason: str | None = None,
    **arguments: Any,
) -> Outcome:
    """Decide once: check, write and audit in one transaction, or refuse.

    `key` is minted at the tap (8–64 characters); the same key with the same arguments returns the first outcome
    and writes nothing. Raises `Refusal`; a refusal leaves nothing but its audit row.
    """
    found = REGISTRY.get(name)
    if found is None:
        raise Refusal(Code.BAD_REQUEST, {"what": name})
    if not 8 <= len(key) <= 64:
        raise Refusal(Code.BAD_REQUEST, {"what": "key"})
    moment = now or datetime.now(UTC)
    fingerprint = _fingerprint(name, actor, reason, arguments)
    transaction: Transaction | None = None
    try:
        try:
            with database.write() as session:
                audit.lock(session)  # first of all: two decisions never see the same state
                known = _known(session, key, fingerprint)
                if known is not None:
                    return known
                transaction = Transaction(session, settings, actor, moment, reason=reason)
                _allow(found, actor, reason)
                outcome = found.run(transaction, **arguments)
                session.add(Decision(key=key, action=name, fingerprint=fingerprint, outcome=outcome, at=moment))
                audit.append(session, moment, name, "done", str(actor), **_audit_fields(transaction))
                return outcome
        except Refusal as refusal:
            # The decision's own writes are rolled back; the refusal itself is history.
            with database.write() as session:
                audit.lock(session)
                fields = _audit_fields(transaction) if transaction else {}
                fields["detail"] = {**fields.get("detail", {}), **refusal.args_}
                audit.append(session, moment, name, refusal.code.value, str(actor), **fields)
            raise
    except IntegrityError as error:
        raise Refusal(Code.NOT_NOW) from error
    except OperationalError as error:
        raise Refusal(_operational(error)) from error


def _known(session: Session, key: str, fingerprint: str) -> Outcome | None:
    decision = session.scalar(select(Decision).where(Decision.key == key))
    if decision is None:
        return None
    if decision.fingerprint != fingerprint:
        raise Refusal(Code.KEY_REUSED)
    return decision.outcome


def _allow(found: Action, actor: Actor, reason: str | None) -> None:
    if actor.kind not in found.kinds:
        raise Refusal(Code.NOT_ALLOWED, {"action": found.name})
    if actor.kind == STAFF:
        if actor.role not in found.roles:
            raise Refusal(Code.NOT_ALLOWED, {"action": found.name})
        if found.needs_reason and not (reason or "").strip():
            raise Refusal(Code.REASON_REQUIRED)


def _audit_fields(transaction: Transaction) -> dict[str, Any]:
    return {
        "visit": transaction.visit,
        "station": transaction.station or transaction.actor.station or None,
        "reason": transaction.reason,
        "detail": transaction.detail,
    }


def _fingerprint(name: str, actor: Actor, reason: str | None, arguments: dict[str, Any]) -> str:
    text = json.dumps([name, str(actor), reason, arguments], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _operational(error: OperationalError) -> Code:
    text = str(error.orig).lower()
    return Code.DISK_FULL if "full" in text or "no space" in text else Code.DATABASE_BUSY
