"""Change the language of the screen."""

from __future__ import annotations

from typing import Literal

from kiosk.actions import stations
from kiosk.actions.base import KIOSK, Outcome, Transaction, action


@action(kinds=(KIOSK,))
def set_language(tx: Transaction, language: Literal["zh_CN", "en"], visit: str | None = None) -> Outcome:
    """The station's language and, where a visit is shown, the visit's: it keeps it at every kiosk."""
    station = stations.here(tx)
    station.language = language
    shown = stations.front(tx, station)
    if shown is not None:
        tx.visit = shown.public_id
        shown.language = language
    return {"language": language}
