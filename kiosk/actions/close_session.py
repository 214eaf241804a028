"""Staff close the day's session of a campaign: nobody new is admitted and no number is given from then on."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.actions import evening, stations, visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, Outcome, Transaction, action
from kiosk.domain.overrides import may_override, needs_second
from kiosk.domain.reconciliation import CLOSED, UNDER_OBSERVATION
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import day_balance, queue
from kiosk.records.tables import Visit


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR))
def close_session(tx: Transaction, campaign: str, force: bool = False) -> Outcome:
    """Close today's session and let the worker make the day's report. Answers `{"campaign", "ended", "job"}`.

    With people inside it is refused: session_has_people lists them with what may be done for each. `force` ends
    their visits all the same (accepted ones are done, the others cancelled; whoever is in observation stays
    refused for the day); who may is in `domain.overrides`, with a reason and a second person. Raises `Refusal`
    no_campaign, session_not_open, session_closed, session_has_people, not_allowed, reason_required,
    second_person_required.
    """
    today = evening.open_today(tx, campaign)
    inside = day_balance.inside(tx.session, today)
    if inside and not force:
        raise Refusal(Code.SESSION_HAS_PEOPLE, {"count": len(inside), "inside": evening.listed(inside)})
    if inside:
        _allow_force(tx)
        _end(tx, inside)
    today.closed_at, today.closed_by = tx.now, str(tx.actor)
    today.close_reason = tx.reason if inside else None
    tx.session.flush()
    day, machine = today.day.isoformat(), tx.settings.station.name
    job = queue.enqueue(tx.session, day_balance.REPORT, str(tx.actor), on=machine, day=day)
    for gone in ("from", "to"):  # of the last visit that was ended; the row is about the session
        tx.detail.pop(gone, None)
    tx.visit = None
    tx.detail["ended"] = len(inside)
    return {"campaign": campaign, "ended": len(inside), "job": job.public_id}


def _allow_force(tx: Transaction) -> None:
    code = Code.SESSION_HAS_PEOPLE
    if not may_override(code, tx.actor.role):
        raise Refusal(Code.NOT_ALLOWED, {"code": code.value})
    if not (tx.reason or "").strip():
        raise Refusal(Code.REASON_REQUIRED)
    if needs_second(code):
        if not tx.actor.second:
            raise Refusal(Code.SECOND_PERSON_REQUIRED, {"code": code.value})
        tx.detail["second"] = tx.actor.second
    tx.detail["overridden"] = [code.value]


def _end(tx: Transaction, inside: Sequence[Visit]) -> None:
    for visit in inside:
        state = VisitState(visit.state)
        if state is VisitState.ACCEPTED:
            visits.move(tx, visit, VisitState.DONE)
        else:
            observed = evening.is_observed(visit)
            visits.move(tx, visit, VisitState.CANCELLED, UNDER_OBSERVATION if observed else CLOSED)
        stations.hide(tx, visit)
