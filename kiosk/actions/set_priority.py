"""Somebody who should not stand in line for long is called before the others."""

from __future__ import annotations

from typing import Literal

from kiosk.actions import visits
from kiosk.actions.base import ADMINISTRATOR, OPERATOR, STAFF, USHER, Outcome, Transaction, action
from kiosk.domain.states import OPEN, SEATED

Priority = Literal["elderly", "disabled", "pregnant", ""]


@action(kinds=(STAFF,), roles=(ADMINISTRATOR, OPERATOR, USHER), needs_reason=True)
def set_priority(tx: Transaction, visit: str, priority: Priority) -> Outcome:
    """Give priority, or take it back with an empty one, at any time before the call.

    The audit says that it was given and the member's reason, not the kind: that is the student's own affair.
    """
    found = visits.by_id(tx, visit)
    visits.require(tx, found, *(OPEN - SEATED))
    found.priority = priority
    found.outside_until = None if priority else found.outside_until  # nobody with a stick waits in the street
    tx.detail["given"] = bool(priority)
    return visits.outcome(found)
