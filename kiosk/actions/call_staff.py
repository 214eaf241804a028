"""Somebody at the kiosk wants a person."""

from __future__ import annotations

from kiosk.actions import stations
from kiosk.actions.base import KIOSK, Outcome, Transaction, action


@action(kinds=(KIOSK,))
def call_staff(tx: Transaction, visit: str | None = None) -> Outcome:
    """Staff see it until one of them answers; a second press keeps the first time."""
    station = stations.here(tx)
    shown = stations.front(tx, station)
    tx.visit = shown.public_id if shown else None
    stations.call_staff(tx, station)
    return {"called": True}
