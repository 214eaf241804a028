"""Call the next number to a seat: by the free kiosk itself, or by the operator."""

from __future__ import annotations

from sqlalchemy import select

from kiosk.actions import campaigns, stations, visits
from kiosk.actions.base import ADMINISTRATOR, KIOSK, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import VisitState
from kiosk.records import queries
from kiosk.records.tables import SiteSession, Station, Visit


@action(kinds=(KIOSK, STAFF), roles=(ADMINISTRATOR, OPERATOR, USHER))
def call_next(tx: Transaction, station: str | None = None, visit: str | None = None) -> Outcome:
    """First of the queue (`kiosk.domain.queue`): QUEUED → CALLED, with the seat and the screen of the station.

    All decisions stand in one order, so that no two stations ever call the same number. Raises `Refusal`
    nobody_waiting, seat_taken while another visit holds the seat, station_busy while a student stands there.
    """
    at = stations.here(tx) if tx.actor.kind == KIOSK else stations.named(tx, station or tx.actor.station)
    if tx.actor.kind == KIOSK and not tx.settings.visit.auto_call:
        raise Refusal(Code.NOT_ALLOWED, {"action": "call_next"})
    if at.seat_visit_id is not None:
        raise Refusal(Code.SEAT_TAKEN, {"seat": at.seat})
    if not stations.has_room(tx, at) or (tx.actor.kind == KIOSK and at.mode == stations.IDENTIFY):
        raise Refusal(Code.STATION_BUSY)
    called = _first(tx, at)
    if called is None:
        raise Refusal(Code.NOBODY_WAITING)
    tx.visit = called.public_id
    visits.move(tx, called, VisitState.CALLED)
    session = tx.session.get_one(SiteSession, called.session_id)
    session.priority_run = session.priority_run + 1 if called.priority else 0
    stations.take_seat(tx, at, called)
    return visits.outcome(called, seat=at.seat)


def _first(tx: Transaction, at: Station) -> Visit | None:
    campaign = campaigns.of_station(tx, at)
    session = queries.site_session(tx.session, campaign.id, day_of(tx.now), tx.settings.site.code)
    in_row = tx.settings.queue.priority_in_row
    waiting = queries.waiting(tx.session, session.id, tx.now, in_row) if session else []
    first = tx.session.get_one(Visit, waiting[0].id) if waiting else None
    if first is not None and tx.actor.kind == KIOSK:
        shown_at = tx.session.scalar(select(Station).where(Station.front_visit_id == first.id))
        if shown_at is not None and shown_at is not at and shown_at.seat_visit_id is None:
            return None  # the student stands at another free kiosk, which is about to call
    return first
