"""Staff's orders to the bridge, in memory: waiting until the bridge fetches and answers them, then their ends.

The bridge dials out and asks; this process only keeps what it will be told. A restart forgets orders: the page
that waits for one is told that it is lost, and staff press again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Seconds after which an order without an answer is lost: opening a camera and waiting for a card take less.
LOST_SECONDS = 60.0
#: Orders that are remembered with their ends.
KEPT = 60
#: A page that shows the camera asks every second; without a word from one for so long nobody looks.
LOOK_SECONDS = 5.0
#: A picture older than this is not shown: what it shows may have changed.
FRESH_SECONDS = 6.0


@dataclass
class Placed:
    """One order. `end` is None until the bridge answered it; `at` is monotonic."""

    id: str
    name: str
    device: str
    by: str
    at: float
    seconds: float = 0.0
    end: dict[str, Any] | None = None
    picture: bytes | None = None


@dataclass
class OrderDesk:
    """All orders of this station."""

    clock: Callable[[], float] = time.monotonic
    orders: OrderedDict[str, Placed] = field(default_factory=OrderedDict)
    #: The newest picture for devices pages: epoch milliseconds, JPEG, monotonic time of arrival.
    picture: tuple[float, bytes, float] | None = None
    looked_at: float | None = None

    def place(self, order: str, name: str, device: str, by: str, seconds: float) -> Placed:
        """A new order; the same id again is the same order."""
        if order not in self.orders:
            self.orders[order] = Placed(order, name, device, by, self.clock(), seconds)
            while len(self.orders) > KEPT:
                self.orders.popitem(last=False)
        return self.orders[order]

    def waiting(self) -> list[dict[str, Any]]:
        """What the bridge is told: orders without an answer, oldest first."""
        return [
            {"id": row.id, "name": row.name, "device": row.device, "options": {"seconds": row.seconds}}
            for row in self.orders.values()
            if row.end is None and not self.lost(row)
        ]

    def lost(self, row: Placed) -> bool:
        """Whether nobody will answer it any more."""
        return row.end is None and self.clock() - row.at > LOST_SECONDS

    def ended(self, order: str, end: dict[str, Any], picture: bytes | None) -> None:
        """The bridge's answer; one to an unknown order and a second one are ignored."""
        row = self.orders.get(order)
        if row is not None and row.end is None:
            row.end, row.picture = end, picture

    def look(self) -> bool:
        """A page shows the camera. Returns whether it is the first to, so that the bridge has to be told."""
        first = not self.looking
        self.looked_at = self.clock()
        if first:
            self.picture = None
        return first

    @property
    def looking(self) -> bool:
        """Whether a page shows the camera now."""
        return self.looked_at is not None and self.clock() - self.looked_at <= LOOK_SECONDS

    def seen(self, taken_ms: float, jpeg: bytes) -> None:
        """A picture came; one that nobody looks at any more is not kept."""
        self.picture = (taken_ms, jpeg, self.clock()) if self.looking else None

    def fresh(self) -> tuple[float, bytes] | None:
        """The newest picture, None where there is none or it is old."""
        if self.picture is None or self.clock() - self.picture[2] > FRESH_SECONDS:
            return None
        return self.picture[:2]
