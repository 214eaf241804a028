"""A staff member unlocks the tablet again, or fails to."""

from __future__ import annotations

from typing import Literal

from kiosk.actions.base import STAFF, Outcome, Transaction, action
from kiosk.domain.refusals import Code, Refusal


@action(kinds=(STAFF,))
def unlock(tx: Transaction, verified: bool, by: Literal["pin", "password"]) -> Outcome:
    """Note what `kiosk.actions.people.unlock` found, a wrong secret as well. Raises `Refusal` pin_wrong."""
    tx.detail["by"] = by
    if not verified:
        raise Refusal(Code.PIN_WRONG)
    return {}
