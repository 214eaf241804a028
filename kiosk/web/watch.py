"""The operator's look at the seat: the newest picture that the bridge sent, in memory alone and for seconds.

The bridge dials out and sends to its own web process; tablets ask the web process. A picture is shown for the
visit that it was made of and for no other, and forgotten once nobody looks, the visit leaves the seat, or it is
old.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kiosk.domain.states import VisitState
from kiosk.records.tables import Station, Visit

#: A page that shows the seat asks a few times a second; without a word from one for so long nobody looks.
LOOK_SECONDS = 4.0
#: A picture older than this is not shown: the person in it may have left.
FRESH_SECONDS = 3.0
#: States in which the seat is looked at: from the call to the decision about the photo, never before or after.
_AT_SEAT = frozenset({VisitState.CALLED, VisitState.CAPTURING, VisitState.REVIEW})
#: What of the coach's word the page is told.
_WORD = ("state", "held", "check", "passed", "code")


@dataclass(frozen=True)
class Seen:
    """One picture. `at` is monotonic, `taken_ms` the camera's epoch milliseconds, `word` the coach's or None."""

    visit: str
    taken_ms: float
    jpeg: bytes
    word: dict[str, Any] | None
    at: float


@dataclass
class Watch:
    """Who looks, and what there is to see."""

    clock: Callable[[], float] = time.monotonic
    asked_at: float | None = None
    newest: Seen | None = None

    def ask(self) -> bool:
        """A page looks. Returns whether it is the first to, so that the bridge has to be told."""
        first = not self.watched
        self.asked_at = self.clock()
        return first

    @property
    def watched(self) -> bool:
        """Whether a page looks now."""
        return self.asked_at is not None and self.clock() - self.asked_at <= LOOK_SECONDS

    def wanted(self, visit: str | None) -> str | None:
        """The visit whose pictures the bridge shall send: that of the seat while somebody looks, else none."""
        if not self.watched or self.newest is None or self.newest.visit != visit:
            self.newest = None
        return visit if self.watched else None

    def show(self, visit: str, taken_ms: float, jpeg: bytes, word: object) -> None:
        """A picture came; what nobody looks at any more is not kept."""
        said = {name: word.get(name) for name in _WORD} if isinstance(word, dict) else None
        self.newest = Seen(visit, taken_ms, jpeg, said, self.clock()) if self.watched else None

    def forget_old(self) -> None:
        """Called once a second: what is not shown any more is not kept either."""
        if self.newest is not None and self.clock() - self.newest.at > FRESH_SECONDS:
            self.newest = None

    def of(self, visit: str) -> Seen | None:
        """The newest picture of that visit, None where there is none or it is old."""
        found = self.newest
        if found is None or found.visit != visit or self.clock() - found.at > FRESH_SECONDS:
            return None
        return found


def at_seat(session: Session, station: Station) -> str | None:
    """The visit that may be looked at: the one that holds the seat, while the screen shows it and no other."""
    if station.seat_visit_id is None or station.seat_visit_id != station.front_visit_id:
        return None
    visit = session.get(Visit, station.seat_visit_id)
    return visit.public_id if visit is not None and VisitState(visit.state) in _AT_SEAT else None
