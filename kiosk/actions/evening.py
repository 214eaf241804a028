"""What the decisions of the evening share: today's session of a campaign, who is inside, what to do for each."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.actions import slots
from kiosk.actions.base import Transaction
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import queries
from kiosk.records.tables import SiteSession, Visit

#: Most people that a refusal lists one by one; it always counts all.
LISTED = 100


def session_today(tx: Transaction, campaign: str) -> SiteSession:
    """Today's session of the campaign at this site. Raises `Refusal` no_campaign, session_not_open."""
    of = slots.campaign_of(tx, campaign)
    found = queries.site_session(tx.session, of.id, slots.today(tx), tx.settings.site.code)
    if found is None:
        raise Refusal(Code.SESSION_NOT_OPEN)
    return found


def open_today(tx: Transaction, campaign: str) -> SiteSession:
    """The same, while it is open. Raises `Refusal` also session_closed."""
    found = session_today(tx, campaign)
    if found.closed_at is not None:
        raise Refusal(Code.SESSION_CLOSED)
    return found


def is_observed(visit: Visit) -> bool:
    """Whether the visit is in observation: ending it must not be the way around the measurement."""
    return VisitState(visit.state) is VisitState.OBSERVATION


def ways(visit: Visit) -> list[str]:
    """What may be done in the evening for somebody inside: actions by name, the gentlest first.

    Going on with the visit is always the better way where the student is there.
    """
    if VisitState(visit.state) is VisitState.ACCEPTED:
        return ["finish_visit"]
    return ["cancel", *(["move_visit"] if visit.student_id is not None else [])]


def listed(inside: Sequence[Visit]) -> list[dict[str, object]]:
    """Who is inside, without personal data: `{"visit", "number", "state", "ways"}`."""
    return [
        {"visit": visit.public_id, "number": visit.number, "state": visit.state, "ways": ways(visit)}
        for visit in inside[:LISTED]
    ]
