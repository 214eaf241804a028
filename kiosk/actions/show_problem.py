"""The bridge has something to say to the person at the kiosk: a card that can't be read, a reader that is gone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.actions import stations
from kiosk.actions.base import BRIDGE, Outcome, Transaction, action
from kiosk.domain.refusals import Code


@action(kinds=(BRIDGE,))
def show_problem(tx: Transaction, code: Annotated[Code, Field(strict=False)]) -> Outcome:
    """Leave the refusal as the station's notice, beside a visit that is shown or alone on the screen."""
    station = stations.named(tx, tx.actor.station)
    if station.front_visit_id is None:
        station.active_at = tx.now  # the notice is to be read; a visit's clock runs on: a fault is nobody's touch
    stations.tell(tx, station, code, {})
    return {"code": code.value}
