"""Staff bind the campus card that a student laid just before the ID card, so that the next time it is known."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import campus_cards, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal
from kiosk.records import campus_cards as bindings
from kiosk.records.tables import Station


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def bind_campus_card(tx: Transaction, visit: str) -> Outcome:
    """Bind the one unknown card laid at the visit's kiosk just before the visit was opened to its student.

    The person was confirmed by an ID card or by staff. Raises `Refusal` visit_unknown, campus_card_none where
    there is no such card, or more than one.
    """
    found = visits.by_id(tx, visit)
    names = {station.id: station.name for station in tx.session.scalars(select(Station))}
    card = campus_cards.bindable(tx.session, [found], names).get(found.id)
    if card is None or found.student is None:
        raise Refusal(Code.CAMPUS_CARD_NONE)
    card.student_number, card.source = found.student.student_number, bindings.BY_STAFF
    card.by, card.at = str(tx.actor), tx.now
    return visits.outcome(found)
