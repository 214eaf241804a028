"""What every action does with a visit: find it, check where it stands, move it, number it.

`move` is the only place that changes a state; it holds the table of transitions and writes the history.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from kiosk.actions import stations
from kiosk.actions.base import STAFF, Transaction
from kiosk.domain.estimate import calls_until_room, come_back_at
from kiosk.domain.queue import day_of
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import ENDED, SEATED, VisitState, may_move
from kiosk.records import line, queries
from kiosk.records.tables import Campaign, Shot, SiteSession, Station, Visit, VisitStateRow

# Every step does these: past the unit of work, which takes longer than all the rest of such a row.
_BEGIN_STRETCH = insert(VisitStateRow)
_END_STRETCH = (
    update(VisitStateRow)
    .where(VisitStateRow.visit_id == bindparam("of"), VisitStateRow.ended_at.is_(None))
    .values(ended_at=bindparam("at"))
)


def by_id(tx: Transaction, public_id: str) -> Visit:
    """The visit of that public id, remembered for the audit. Raises `Refusal` visit_unknown."""
    with tx.session.no_autoflush:
        visit = queries.visit(tx.session, public_id)
    if visit is None:
        raise Refusal(Code.VISIT_UNKNOWN)
    tx.visit = visit.public_id
    return visit


def in_front(tx: Transaction, station: Station, expected: str | None, *states: VisitState) -> Visit:
    """The visit shown at the station, in one of `states`.

    `expected` is the visit that the page showed when the button was pressed; a press that was meant for another
    one is refused. Raises `Refusal` not_now.
    """
    visit = stations.front(tx, station)
    if visit is None or (expected is not None and visit.public_id != expected):
        raise Refusal(Code.NOT_NOW)
    tx.visit = visit.public_id
    require(tx, visit, *states)
    return visit


def require(tx: Transaction, visit: Visit, *states: VisitState) -> None:
    """Refuse unless the visit is in one of `states`: not_now, or visit_parked where staff must resume it first."""
    state = VisitState(visit.state)
    if state in states:
        return
    if tx.actor.kind == STAFF and state is VisitState.PARKED:
        raise Refusal(Code.VISIT_PARKED)
    raise Refusal(Code.NOT_NOW, {"state": state.value})


def move(tx: Transaction, visit: Visit, new: VisitState, code: Code | str | None = None) -> None:
    """Change the state, close the stretch of history and open the next, keep the seat coherent.

    `code` says why a visit ends. A clock that went back never makes a stretch end before it began. Raises
    `Refusal` not_now for a move that the table does not have.
    """
    old = VisitState(visit.state)
    if not may_move(old, new):
        raise Refusal(Code.NOT_NOW, {"state": old.value})
    at = max(tx.now, visit.state_since)
    _leave(tx, visit, at)
    tx.detail.setdefault("from", old.value)
    _enter(tx, visit, new, at)
    if new is not VisitState.QUEUED:
        visit.held_at = None
        if new is not VisitState.CALLED:
            visit.outside_until = None
    if new is not VisitState.CALLED:
        visit.called_again_at = None
    visit.shutter_for = None  # a shutter released for this moment never fires on whoever stands there later
    if old in SEATED and new not in SEATED:
        stations.free_seat(tx, visit)
    if new in (VisitState.QUEUED, VisitState.OBSERVATION):
        _number(tx, visit)
    if new in ENDED:
        visit.ended_at = at
        visit.end_code = str(code) if code else None
    tx.session.flush()


def start(tx: Transaction, visit: Visit) -> None:
    """Write a new visit and the first stretch of its history, in CONFIRMING."""
    tx.session.add(visit)
    tx.session.flush()
    tx.visit = visit.public_id
    _enter(tx, visit, VisitState.CONFIRMING, tx.now)


def set_aside(tx: Transaction, visit: Visit, new: VisitState) -> None:
    """Move to PARKED or OBSERVATION and remember where to go on; a seat that was not used yet is given back."""
    old = VisitState(visit.state)
    if old is not VisitState.PARKED:  # parked before: it still knows where it came from
        visit.resume_state = (VisitState.QUEUED if old is VisitState.CALLED else old).value
    move(tx, visit, new)


def put_back(tx: Transaction, visit: Visit, station: Station | None) -> None:
    """Bring a parked or observed visit back to where it was, at `station` if it is given.

    In front of the camera only where the seat is free, otherwise in the queue with the number it has. Raises
    `Refusal` station_busy when somebody stands at the station.
    """
    target = VisitState(visit.resume_state or VisitState.CONFIRMING)
    if station is not None and not stations.has_room(tx, station, visit):
        if target not in SEATED | {VisitState.QUEUED}:
            raise Refusal(Code.STATION_BUSY)
        station = None
    if target in SEATED and station is None:
        target = VisitState.QUEUED
    visit.resume_state = None
    move(tx, visit, target)
    if station is None:
        stations.hide(tx, visit)
    elif target in SEATED:
        stations.take_seat(tx, station, visit)
    else:
        stations.show(tx, station, visit)


def site_session(tx: Transaction, campaign: Campaign) -> SiteSession:
    """Today's session of the campaign at this site.

    Where the opening checklist is not required, it is opened by the first visit of the day. Raises `Refusal`
    session_not_open, or session_closed where it has ended.
    """
    day, site = day_of(tx.now), tx.settings.site.code
    found = queries.site_session(tx.session, campaign.id, day, site)
    if found is not None and found.closed_at is not None:
        raise Refusal(Code.SESSION_CLOSED)
    if found is None:
        if tx.settings.opening.required:
            raise Refusal(Code.SESSION_NOT_OPEN)
        found = SiteSession(campaign_id=campaign.id, day=day, opened_at=tx.now, site=site)
        tx.session.add(found)
        tx.session.flush()
    return found


def shots_of(tx: Transaction, visit: Visit) -> list[Shot]:
    """The visit's shots in the order they were taken."""
    return list(tx.session.scalars(select(Shot).where(Shot.visit_id == visit.id).order_by(Shot.ordinal)))


def outcome(visit: Visit, **more: object) -> dict[str, object]:
    """What an action on a visit answers: no personal data."""
    return {"visit": visit.public_id, "state": visit.state, "number": visit.number, **more}


def _leave(tx: Transaction, visit: Visit, at: datetime) -> None:
    """End the open stretch, before the next one begins: a visit has one by a unique index."""
    tx.session.connection().execute(_END_STRETCH, {"of": visit.id, "at": at})


def _enter(tx: Transaction, visit: Visit, state: VisitState, at: datetime) -> None:
    visit.state, visit.state_since = state.value, at
    begun = {"visit_id": visit.id, "state": state.value, "started_at": at, "by": str(tx.actor)}
    tx.session.connection().execute(_BEGIN_STRETCH, begun)
    tx.detail["to"] = state.value


def _number(tx: Transaction, visit: Visit) -> None:
    """Give the next number of the session, once; a number that was given is never given again."""
    if visit.number is not None:
        return
    with tx.session.no_autoflush:  # what is pending is this visit alone, and its number goes with it
        session = tx.session.get_one(SiteSession, visit.session_id)
        limited = line.places(tx.session, tx.settings, session) is not None
    if limited and visit.state == VisitState.QUEUED and not visit.priority:
        _send_outside(tx, visit, session)
    session.last_number += 1
    visit.number = session.last_number
    visit.place_nonce = secrets.token_urlsafe(12)


def _send_outside(tx: Transaction, visit: Visit, session: SiteSession) -> None:
    """Where the waiting area is full: the time at which there will be a place."""
    tx.session.flush()
    standing = line.of_session(tx.session, tx.settings, session, tx.now)
    if standing.places is None or standing.inside - 1 < standing.places:  # the visit itself is counted
        return
    seconds = standing.wait_seconds(calls_until_room(standing.inside - 1, standing.outside, standing.places) - 1)
    if seconds > 0:
        visit.outside_until = come_back_at(tx.now, seconds)
        tx.detail["come_back_at"] = visit.outside_until.isoformat()
