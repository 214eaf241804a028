"""What every action shares: one transaction, one audit row, one idempotency key, typed refusals.

An action is a function `def name(tx: Transaction, **arguments) -> dict` marked with `@action(...)`, in the module
of its name. Its type hints are the check of what pages send. It reads and writes through `tx.session`, refuses by
raising `Refusal`, and returns a JSON-ready outcome without personal data (it is kept with the key and returned
again when the same key comes twice). `perform` is the only caller.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kiosk.domain.refusals import Code, Refusal
from kiosk.records import audit
from kiosk.records.database import Database
from kiosk.records.tables import Decision
from kiosk.settings import Settings

#: Kinds of actor.
KIOSK, STAFF, BRIDGE, SYSTEM = "kiosk", "staff", "bridge", "system"
#: A student's phone that has the receipt's link and knew the last four characters of the number.
PHONE = "phone"
#: Staff roles.
ADMINISTRATOR, OPERATOR, USHER, MEDIC = "administrator", "operator", "usher", "medic"
#: Plans campaigns and looks at everything; decides nothing about a student who stands at the site.
HEADQUARTERS = "headquarters"
#: Those who work at the site.
AT_SITE = (ADMINISTRATOR, OPERATOR, USHER, MEDIC)
ROLES = (*AT_SITE, HEADQUARTERS)

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Actor:
    """Who decides. `name` is the station's name or the staff member's log-in, never a student's."""

    kind: str
    name: str
    role: str = ""
    station: str = ""  # the station the decision is about or comes from
    second: str = ""  # log-in of the member who agreed to a grave override, checked by `people.second_person`
    page: str = ""  # kiosk only: the browser page that pressed; another page than the claimed one is refused

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
    #: What the action hands to its `on_refusal`; written nowhere by itself.
    left_by_refusal: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """A registered action."""

    name: str
    run: Callable[..., Outcome]
    kinds: frozenset[str]
    roles: frozenset[str]
    needs_reason: bool
    secrets: frozenset[str]
    on_refusal: Callable[[Transaction, Refusal], None] | None

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The arguments as a strict model: unknown names, wrong types and endless texts are refused."""
        hints = get_type_hints(self.run, include_extras=True)
        fields: dict[str, Any] = {
            name: (hints[name], ... if parameter.default is parameter.empty else parameter.default)
            for name, parameter in list(inspect.signature(self.run).parameters.items())[1:]
        }
        config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, str_max_length=4096)
        return create_model(f"Arguments of {self.name}", __config__=config, **fields)


REGISTRY: dict[str, Action] = {}


def action(
    *,
    kinds: tuple[str, ...],
    roles: tuple[str, ...] = (),
    needs_reason: bool = False,
    secrets: tuple[str, ...] = (),
    on_refusal: Callable[[Transaction, Refusal], None] | None = None,
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Register a function as the action of its name.

    `kinds` says which kinds of actor may use it, `roles` which staff roles (none named: every role),
    `needs_reason` that staff must give one, `secrets` which arguments stay out of the fingerprint. `on_refusal`
    writes what a refusal leaves behind (a notice on the screen) in the transaction of the refusal's audit row.
    """

    def register(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        name = function.__name__
        if name in REGISTRY:
            raise ValueError(f"action {name} is registered twice")
        REGISTRY[name] = Action(
            name,
            function,
            frozenset(kinds),
            frozenset(roles or ROLES),
            needs_reason,
            frozenset(secrets),
            on_refusal,
        )
        return function

    return register


def find(name: str) -> Action:
    """The action of that name. Raises `Refusal` (bad_request) for an unknown one."""
    importlib.import_module("kiosk.actions.catalogue")  # registers them all; free after the first time
    found = REGISTRY.get(name)
    if found is None:
        raise Refusal(Code.BAD_REQUEST, {"what": "action"})
    return found


def perform(
    database: Database,
    settings: Settings,
    name: str,
    *,
    key: str,
    actor: Actor,
    now: datetime | None = None,
    reason: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    written: Callable[[int], None] | None = None,
    **named: Any,
) -> Outcome:
    """Decide once: check, write and audit in one transaction, or refuse.

    `key` is minted at the tap (8–64 characters); the same key with the same arguments returns the first outcome
    and writes nothing. The action's arguments come by name, or as `arguments` where somebody else named them.
    `written` is told the sequence of the decision's audit row once that is on disk. Raises `Refusal`; a refusal
    leaves nothing but its audit row.
    """
    given = {**(arguments or {}), **named}
    found = find(name)
    if not 8 <= len(key) <= 64:
        raise Refusal(Code.BAD_REQUEST, {"what": "key"})
    moment = now or datetime.now(UTC)
    fingerprint = _fingerprint(found, actor, reason, given)
    checked = _checked(found, given)
    tx: Transaction | None = None
    try:
        try:
            with database.write() as session:
                audit.lock(session)  # first of all: two decisions never see the same state
                known = _known(session, key, fingerprint)
                if known is not None:
                    return known
                _allow(found, actor, reason)
                tx = Transaction(session, settings, actor, moment, reason=reason)
                outcome = found.run(tx, **checked)
                kept = {"key": key, "action": name, "fingerprint": fingerprint, "outcome": outcome, "at": moment}
                session.connection().execute(_KEEP, kept)
                sequence = audit.append(session, moment, name, "done", str(actor), **_audit_fields(tx))
            if written is not None:
                written(sequence)
            return outcome
        except (IntegrityError, StaleDataError) as error:
            raise _refused(database, found, tx, Refusal(Code.NOT_NOW), actor, moment) from error
        except Refusal as refusal:
            raise _refused(database, found, tx, refusal, actor, moment) from refusal.__cause__
    except OperationalError as error:
        raise Refusal(_operational(error)) from error
    except PoolTimeout as error:
        raise Refusal(Code.DATABASE_BUSY) from error


def _refused(
    database: Database, found: Action, tx: Transaction | None, refusal: Refusal, actor: Actor, moment: datetime
) -> Refusal:
    """Write the refusal's audit row: the decision's own writes are rolled back, that it was refused is history."""
    with database.write() as session:
        audit.lock(session)
        fields: dict[str, Any] = {"station": actor.station or None}
        if tx is not None:
            tx.session = session
            if found.on_refusal is not None:
                found.on_refusal(tx, refusal)
            fields = _audit_fields(tx)
        fields["detail"] = refusal.args_
        audit.append(session, moment, found.name, refusal.code.value, str(actor), **fields)
    return refusal


def _checked(found: Action, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        model = found.arguments.model_validate(arguments)
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False)[0]["loc"]
        known = found.arguments.model_fields
        # An unknown name is whatever somebody sent: it is not repeated in answers and audit.
        what = str(where[0]) if where and where[0] in known else "arguments"
        raise Refusal(Code.BAD_REQUEST, {"what": what}) from None
    return {name: getattr(model, name) for name in type(model).model_fields}


_KEEP = insert(Decision)
_KNOWN = select(Decision.fingerprint, Decision.outcome).where(Decision.key == bindparam("key"))


def _known(session: Session, key: str, fingerprint: str) -> Outcome | None:
    earlier = session.connection().execute(_KNOWN, {"key": key}).first()
    if earlier is None:
        return None
    if earlier.fingerprint != fingerprint:
        raise Refusal(Code.KEY_REUSED)
    outcome: Outcome = earlier.outcome
    return outcome


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


def _fingerprint(found: Action, actor: Actor, reason: str | None, arguments: dict[str, Any]) -> str:
    told = {name: value for name, value in arguments.items() if name not in found.secrets}
    text = json.dumps([found.name, str(actor), reason, told], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _operational(error: OperationalError) -> Code:
    text = str(error.orig).lower()
    return Code.DISK_FULL if "full" in text or "no space" in text else Code.DATABASE_BUSY
