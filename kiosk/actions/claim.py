"""A browser page takes the kiosk."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from kiosk.actions import stations
from kiosk.actions.base import KIOSK, Outcome, Transaction, action


@action(kinds=(KIOSK,))
def claim(tx: Transaction, page: Annotated[str, StringConstraints(min_length=8, max_length=40)]) -> Outcome:
    """From now on this page alone may act; an older one is refused as superseded."""
    station = stations.named(tx, tx.actor.station)
    station.page, station.active_at = page, tx.now
    return {"page": page}
