"""Back to Welcome from a screen that nobody has to act on."""

from __future__ import annotations

from kiosk.actions import stations
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(KIOSK,))
def leave(tx: Transaction, visit: str | None = None) -> Outcome:
    """Identify, a notice, or a visit that waits, is parked or is refused → Welcome; the visit itself is untouched.

    `visit` is the one the page shows, if any. Raises `Refusal` not_now while a step is under way, so that a timer
    of the page never ends one.
    """
    station = stations.here(tx)
    shown = stations.front(tx, station)
    if visit is not None and (shown is None or shown.public_id != visit):
        raise Refusal(Code.NOT_NOW)
    if shown is not None:
        tx.visit = shown.public_id
        if not stations.has_room(tx, station):
            raise Refusal(Code.NOT_NOW, {"state": shown.state})
    stations.clear(tx, station)
    return {"mode": station.mode}
