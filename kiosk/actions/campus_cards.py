"""Whose a campus card is: the binding of its number to a student number, and cards that are nobody's yet.

The number itself is kept nowhere: with 4 bytes it could be guessed from a plain hash in minutes, therefore the
hash is keyed, and the key lies outside the records (`secrets/campus.key`; kiosks that share records share it).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk import secrets_store
from kiosk.actions.base import Transaction
from kiosk.domain import campus_cards
from kiosk.domain.identity import Assurance
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import audit
from kiosk.records.site_tables import CampusCard
from kiosk.records.tables import Visit
from kiosk.settings import Settings

IMPORTED, BY_STAFF = "import", "staff"
#: A card may be bound to the visit that was opened at the same kiosk at most this long after it was laid.
BIND_WITHIN = timedelta(minutes=3)
#: A card that nobody was bound to is forgotten after this time.
FORGET_AFTER = timedelta(days=1)
#: How the person must have been identified before a card is bound to them.
CONFIRMED_BY = frozenset({Assurance.CHIP_VERIFIED, Assurance.TYPED})


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of bindings did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def key_of(settings: Settings) -> bytes:
    """The key of the hashes; made at the first call."""
    return secrets_store.read_or_make(settings, secrets_store.CAMPUS_KEY).encode()


def uid_hash(key: bytes, uid: str) -> str:
    """What is kept of a canonical UID."""
    return hmac.new(key, b"campus:" + uid.encode(), hashlib.sha256).hexdigest()


def student_number(tx: Transaction, uid: str) -> str | None:
    """The student number that the card is bound to, None for a card that is nobody's.

    Raises `Refusal` bad_request for what is no UID, card_not_usable for one that is random.
    """
    try:
        number = campus_cards.canonical(uid)
    except ValueError as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "uid"}) from error
    if campus_cards.is_random(number):
        raise Refusal(Code.CARD_NOT_USABLE)
    found = uid_hash(key_of(tx.settings), number)
    tx.left_by_refusal["uid_hash"] = found
    return tx.session.scalar(select(CampusCard.student_number).where(CampusCard.uid_hash == found))


def remember_unbound(tx: Transaction) -> None:
    """Keep for a while that the card of this refused decision was laid here, so that staff may bind it."""
    found = tx.left_by_refusal["uid_hash"]
    stale = CampusCard.seen_at < tx.now - FORGET_AFTER
    tx.session.execute(delete(CampusCard).where(CampusCard.student_number.is_(None), stale))
    row = tx.session.scalar(select(CampusCard).where(CampusCard.uid_hash == found))
    if row is None:
        row = CampusCard(uid_hash=found, at=tx.now)
        tx.session.add(row)
    row.station, row.seen_at = tx.actor.station, tx.now


def bindable(session: Session, visits: Iterable[Visit], stations: dict[int, str]) -> dict[int, CampusCard]:
    """The card that may be bound to each of `visits`, by the visit's id; `stations` are names by id.

    It was laid at the kiosk of the visit within `BIND_WITHIN` before that was opened, no other unknown card was,
    and the person was confirmed by an ID card or by staff.
    """
    cards = list(session.scalars(select(CampusCard).where(CampusCard.student_number.is_(None))))
    found: dict[int, CampusCard] = {}
    for visit in visits if cards else ():
        if visit.student_id is None or visit.assurance not in CONFIRMED_BY:
            continue
        if visit.state == VisitState.CANCELLED:
            continue
        laid = [card for card in cards if _just_before(card, visit, stations)]
        if len(laid) == 1:
            found[visit.id] = laid[0]
    return found


def _just_before(card: CampusCard, visit: Visit, stations: dict[int, str]) -> bool:
    if card.seen_at is None or card.station != stations.get(visit.station_id or 0):
        return False
    return visit.created_at - BIND_WITHIN <= card.seen_at <= visit.created_at


def bind_all(
    session: Session, settings: Settings, bindings: dict[str, str], by: str, now: datetime, replace: bool = False
) -> Imported:
    """Write bindings (canonical UID → student number) with one audit row that only counts.

    A card that is bound to somebody else goes to the new one: the list is newer. With `replace` what earlier lists
    said and this one does not is forgotten.
    """
    audit.lock(session)
    key = key_of(settings)
    wanted = {uid_hash(key, uid): number for uid, number in bindings.items()}
    known = {row.uid_hash: row for row in session.scalars(select(CampusCard))}
    added = changed = unchanged = 0
    for hashed, number in wanted.items():
        row = known.get(hashed)
        if row is not None and row.student_number == number:
            unchanged += 1
            continue
        if row is None:
            row = CampusCard(uid_hash=hashed)
            session.add(row)
            added += 1
        else:
            changed += 1
        row.student_number, row.source, row.by, row.at = number, IMPORTED, by, now
    forgotten = [row for row in known.values() if row.source == IMPORTED and row.uid_hash not in wanted]
    if replace:
        for row in forgotten:
            session.delete(row)
    removed = len(forgotten) if replace else 0
    detail = {"added": added, "changed": changed, "unchanged": unchanged, "removed": removed}
    audit.append(session, now, "campus_cards_import", "done", by, detail=detail)
    return Imported(added, changed, unchanged)


def forget(session: Session, number: str, by: str, now: datetime) -> int:
    """Remove every card of a student number, e.g. after a loss; how many there were."""
    audit.lock(session)
    rows = list(session.scalars(select(CampusCard).where(CampusCard.student_number == number)))
    for row in rows:
        session.delete(row)
    audit.append(session, now, "campus_cards_forget", "done", by, detail={"cards": len(rows)})
    return len(rows)
