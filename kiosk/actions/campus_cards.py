"""Whose a campus card is, and cards that are nobody's yet: laid, refused, and perhaps bound by staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.actions.base import Transaction
from kiosk.domain import campus_cards
from kiosk.domain.identity import Assurance
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import campus_cards as bindings
from kiosk.records.site_tables import CampusCard
from kiosk.records.tables import Visit

#: A card may be bound to the visit that was opened at the same kiosk at most this long after it was laid.
BIND_WITHIN = timedelta(minutes=3)
#: A card that nobody was bound to is forgotten after this time.
FORGET_AFTER = timedelta(days=1)
#: How the person must have been identified before a card is bound to them.
CONFIRMED_BY = frozenset({Assurance.CHIP_VERIFIED, Assurance.TYPED})


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
    found = bindings.uid_hash(bindings.key_of(tx.settings), number)
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


_UNBOUND = select(CampusCard).where(CampusCard.student_number.is_(None))


def bindable(session: Session, visits: Iterable[Visit], stations: dict[int, str]) -> dict[int, CampusCard]:
    """The card that may be bound to each of `visits`, by the visit's id; `stations` are names by id.

    It was laid at the kiosk of the visit within `BIND_WITHIN` before that was opened, no other unknown card was,
    and the person was confirmed by an ID card or by staff.
    """
    cards = list(session.scalars(_UNBOUND))
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
