"""What is in front of a kiosk and who holds its seat: the helpers every action uses, so that both stay coherent.

A visit is in front of at most one kiosk and holds at most one seat (unique columns). Whoever holds a seat and
stands in front of any kiosk stands in front of that one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, bindparam, select

from kiosk.actions.base import KIOSK, STAFF, Transaction
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import ATTENDED, VisitState
from kiosk.records import queries
from kiosk.records.tables import Station, Visit

WELCOME, IDENTIFY = "welcome", "identify"
#: Language of the welcome page: nothing of the last student stays.
FIRST_LANGUAGE = "zh_CN"
#: A visit in one of these states keeps its screen: nobody else is put in front of that kiosk.
KEEPS_SCREEN = ATTENDED | {VisitState.ACCEPTED}
# Put together once: every press asks them.
_SHOWING = select(Station).where(Station.front_visit_id == bindparam("visit")).order_by(Station.id)
_SEATING = select(Station).where(Station.seat_visit_id == bindparam("visit")).order_by(Station.id)


def here(tx: Transaction) -> Station:
    """The station the decision comes from, its clock of idleness started anew.

    Raises `Refusal` station_unknown, or page_superseded when another page has taken the kiosk.
    """
    station = named(tx, tx.actor.station)
    if tx.actor.kind == KIOSK and tx.actor.page and tx.actor.page != station.page:
        raise Refusal(Code.PAGE_SUPERSEDED)
    station.active_at = tx.now
    return station


def named(tx: Transaction, name: str) -> Station:
    """The station of that name, remembered for the audit.

    Raises `Refusal` station_unknown, and station_elsewhere where staff name a kiosk of another site than theirs.
    """
    with tx.session.no_autoflush:
        station = queries.station(tx.session, name)
    if station is None:
        raise Refusal(Code.STATION_UNKNOWN)
    tx.station = station.name
    if tx.actor.kind == STAFF and station.site != tx.settings.site.code:
        raise Refusal(Code.STATION_ELSEWHERE)
    return station


def is_free(station: Station) -> bool:
    """Whether nobody is at the kiosk: no visit is shown or holds the seat, no card is asked for."""
    return station.front_visit_id is None and station.seat_visit_id is None and station.mode != IDENTIFY


def front(tx: Transaction, station: Station) -> Visit | None:
    """The visit shown at the station."""
    return queries.pointed_at(tx.session, station.front_visit_id)


def seated(tx: Transaction, station: Station) -> Visit | None:
    """The visit that holds the station's seat."""
    return queries.pointed_at(tx.session, station.seat_visit_id)


def has_room(tx: Transaction, station: Station, newcomer: Visit | None = None) -> bool:
    """Whether another visit (or `newcomer`) may be put in front of the station."""
    shown = front(tx, station)
    if shown is None or shown is newcomer or VisitState(shown.state) not in KEEPS_SCREEN:
        holder = seated(tx, station)
        return holder is None or holder is newcomer
    return False


def show(tx: Transaction, station: Station, visit: Visit) -> None:
    """Put the visit in front of the station, taking it away from wherever it was."""
    for other in _stations_of(tx, visit, _SHOWING):
        if other is not station:
            _empty(tx, other)
    if station.front_visit_id not in (None, visit.id):
        _caller_left(tx, station)
    station.front_visit_id = None
    tx.session.flush()  # unique columns: first nobody, then the new one
    station.front_visit_id = visit.id
    station.mode, station.notice, station.language = WELCOME, None, visit.language
    tx.session.flush()


def take_seat(tx: Transaction, station: Station, visit: Visit) -> None:
    """Give the visit the seat and the screen. Raises `Refusal` seat_taken while another visit holds it."""
    if station.seat_visit_id not in (None, visit.id):
        raise Refusal(Code.SEAT_TAKEN, {"seat": station.seat})
    free_seat(tx, visit)
    station.seat_visit_id = visit.id
    show(tx, station, visit)


def free_seat(tx: Transaction, visit: Visit) -> None:
    """Nobody but the visit itself may hold a seat for it: take it away wherever it is."""
    for station in _stations_of(tx, visit, _SEATING):
        station.seat_visit_id = None
    tx.session.flush()


def hide(tx: Transaction, visit: Visit) -> None:
    """Take the visit off every screen; the kiosk goes back to Welcome."""
    for station in _stations_of(tx, visit, _SHOWING):
        _empty(tx, station)
    tx.session.flush()


def clear(tx: Transaction, station: Station) -> None:
    """Back to Welcome, whatever is shown; nothing of the last student stays."""
    _empty(tx, station)
    tx.session.flush()


def call_staff(tx: Transaction, station: Station) -> None:
    """Staff are wanted here until one of them answers; the same person's second call keeps the first time."""
    if station.called_staff_at is None or station.caller_left_at is not None:
        station.called_staff_at, station.caller_left_at = tx.now, None


def call_answered(station: Station) -> None:
    """Nobody is waited for any more."""
    station.called_staff_at = station.caller_left_at = None


def of_visit(tx: Transaction, visit: Visit) -> Station | None:
    """The station that shows the visit or, failing that, whose seat it holds."""
    for which in (_SHOWING, _SEATING):
        found = _stations_of(tx, visit, which)
        if found:
            return found[0]
    return None


def tell(tx: Transaction, station: Station, code: Code, args: dict[str, object]) -> None:
    """Leave a notice for the person at the kiosk, so that a reload shows it again."""
    station.notice = {"code": code.value, "args": args, "at": tx.now.isoformat()}


def _stations_of(tx: Transaction, visit: Visit, which: Select[Station]) -> Sequence[Station]:
    return tx.session.scalars(which, {"visit": visit.id}).all()


def _empty(tx: Transaction, station: Station) -> None:
    _caller_left(tx, station)
    station.front_visit_id, station.notice = None, None
    station.mode, station.language = WELCOME, FIRST_LANGUAGE


def _caller_left(tx: Transaction, station: Station) -> None:
    """Staff still see the call; the next student is not told that somebody is coming."""
    if station.called_staff_at is not None and station.caller_left_at is None:
        station.caller_left_at = tx.now
