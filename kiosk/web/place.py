"""The phone's page with the own place in the queue: number, how many are ahead, how long, when to come back.

Its address is a random word from the code on the waiting screen. It names nobody and says nothing of why somebody
is with the staff; from the next day on it is gone.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.queue import day_of
from kiosk.domain.reconciliation import CLOSED, MOVED
from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.states import ENDED, PHOTOGRAPHED, SEATED, VisitState
from kiosk.records.tables import SiteSession, Station, Visit
from kiosk.web import snapshots
from kiosk.web.access import allow
from kiosk.web.site import Site, site

blueprint = Blueprint("place", __name__)
#: Looks one address may take; a whole class may share one behind the school's router.
RATE = "600 per minute"


@blueprint.get("/q/<nonce>")
@allow("public", page=True)
def page(nonce: str) -> ResponseReturnValue:
    """The page; it reads its snapshot by itself."""
    with site().database.read() as session:
        _visit(site(), session, nonce)
    return render_template("place.html", nonce=nonce)


@blueprint.get("/q/<nonce>/snapshot")
@allow("public")
def snapshot(nonce: str) -> ResponseReturnValue:
    """`{"now", "number", "step", "seat", "ahead", "wait_minutes", "come_back_at"}`.

    `step`: waiting, outside, held, called, seated, photographed, staff, closed (the site has closed, or it is
    another day's turn), over.
    """
    here = site()
    with here.database.read() as session:
        visit = _visit(here, session, nonce)
        seat = session.scalar(select(Station.seat).where(Station.seat_visit_id == visit.id))
        standing = snapshots.standing(here, session, visit)
        told: dict[str, Any] = {
            "now": snapshots.iso(here.clock()),
            "number": visit.number,
            "step": _step(visit, standing["come_back_at"] is not None),
            "seat": seat,
            **standing,
        }
    return jsonify(told)


def _visit(here: Site, session: Session, nonce: str) -> Visit:
    found = session.scalar(
        select(Visit)
        .join(SiteSession, SiteSession.id == Visit.session_id)
        .where(Visit.place_nonce == nonce, SiteSession.day == day_of(here.clock()))
    )
    if found is None:
        raise Refusal(Code.RECEIPT_UNKNOWN)
    return found


def _step(visit: Visit, outside: bool) -> str:
    state = VisitState(visit.state)
    if state is VisitState.QUEUED:
        return "outside" if outside else "held" if visit.held_at else "waiting"
    if state is VisitState.CALLED:
        return "called"
    if state in PHOTOGRAPHED:
        return "photographed"
    if state in SEATED:
        return "seated"
    if state is VisitState.CANCELLED and visit.end_code in (CLOSED, MOVED):
        return "closed"
    return "over" if state in ENDED else "staff"


def install(app: Flask, limiter: Limiter) -> None:
    """Serve the places, not too many at once."""
    app.register_blueprint(blueprint)
    views: dict[str, Any] = app.view_functions
    for name in ("page", "snapshot"):
        views[f"place.{name}"] = limiter.limit(RATE)(views[f"place.{name}"])
