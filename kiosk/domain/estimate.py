"""How long somebody waits, learnt from the day, and when to come back to a waiting area that is full.

**A student's time at the seat** is the median of the latest `LAST` of the day, from the call to the free seat.
While fewer than `AT_LEAST` were measured, the missing ones count with the planned time (what the site measured on
other days, else what its administrator entered). The median, because one student who fetches a document must not
change what everybody is told.

**The wait** follows from it by playing the calls through: a seat in use is free when its student has had that
time, an empty one at once; each of those ahead takes the seat that is free first.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

#: Seat times that count, and how many are needed before the day speaks alone.
LAST, AT_LEAST = 20, 5
#: A time to come back is a round one: seconds.
ROUND_SECONDS = 300


def seat_seconds(latest: Sequence[float], planned: float) -> float:
    """Seconds a student takes at the seat; `latest` are those of today, newest first, in seconds."""
    measured = [max(1.0, value) for value in latest[:LAST]]
    return median(measured + [planned] * max(0, AT_LEAST - len(measured)))


def wait_seconds(ahead: int, each: float, taken: Sequence[float]) -> float:
    """Seconds until somebody with `ahead` others before is called.

    `taken` has an entry a seat: seconds for which it has been in use, negative for one that is free. At least one
    seat is reckoned with; somebody who sits longer than `each` may get up any moment.
    """
    seats = [max(0.0, each - used) if used >= 0 else 0.0 for used in taken] or [0.0]
    heapq.heapify(seats)
    for _ in range(ahead):
        heapq.heapreplace(seats, seats[0] + each)
    return seats[0]


def come_back_at(now: datetime, seconds: float) -> datetime:
    """A round time on the clock that is `seconds` away or a little more."""
    moment = now.timestamp() + max(0.0, seconds)
    return datetime.fromtimestamp(math.ceil(moment / ROUND_SECONDS) * ROUND_SECONDS, UTC)


def calls_until_room(inside: int, outside: int, places: int) -> int:
    """How many must be called until the waiting area has a place for a newcomer; 0 where it has one now.

    Those who were sent outside earlier come in first.
    """
    return max(0, inside + outside - places + 1)
