"""End what is left over from earlier days, so that no seat, screen or queue carries it into today."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import stations, visits
from kiosk.actions.base import SYSTEM, Outcome, Transaction, action
from kiosk.domain.queue import day_of
from kiosk.domain.states import OPEN, VisitState
from kiosk.records.tables import SiteSession, Station, Visit


@action(kinds=(SYSTEM,))
def close_stale(tx: Transaction) -> Outcome:
    """Open visits of earlier days → CANCELLED, accepted ones → DONE; their sessions are closed.

    A call for staff of an earlier day is over too: whoever called has gone home.
    """
    today = day_of(tx.now)
    left_over = tx.session.scalars(
        select(Visit)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(SiteSession.day < today, Visit.state.in_([state.value for state in OPEN]))
        .order_by(Visit.id)
    ).all()
    for visit in left_over:
        done = VisitState(visit.state) is VisitState.ACCEPTED
        visits.move(tx, visit, VisitState.DONE if done else VisitState.CANCELLED, None if done else "stale")
        stations.hide(tx, visit)
    for session in tx.session.scalars(
        select(SiteSession).where(SiteSession.day < today, SiteSession.closed_at.is_(None))
    ):
        session.closed_at = tx.now
    for station in tx.session.scalars(select(Station).where(Station.called_staff_at.is_not(None))):
        if station.called_staff_at is not None and day_of(station.called_staff_at) < today:
            stations.call_answered(station)
    tx.detail.clear()
    tx.detail["visits"] = len(left_over)
    return {"visits": len(left_over)}
