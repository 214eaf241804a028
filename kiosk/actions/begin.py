"""Somebody touched Welcome: choose the language and ask for the card."""

from __future__ import annotations

from typing import Literal

from kiosk.actions import stations
from kiosk.actions.base import KIOSK, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(KIOSK,))
def begin(tx: Transaction, language: Literal["zh_CN", "en"], visit: str | None = None) -> Outcome:
    """Welcome → Identify. Raises `Refusal` station_busy while a student stands there."""
    station = stations.here(tx)
    if not stations.has_room(tx, station):
        raise Refusal(Code.STATION_BUSY)
    stations.clear(tx, station)
    station.mode, station.language = stations.IDENTIFY, language
    return {"mode": station.mode}
