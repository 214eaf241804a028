"""Which day a queue belongs to and who is next in it.

Numbers count within one day of one campaign and are never given twice. The order in which they are called:

1. Whoever is held is not called; the place is kept until staff release it.
2. Whoever was sent outside because the waiting area was full comes behind those inside, until the time that was
   told to come back.
3. Whoever was called and did not come waits behind those who missed fewer calls, and keeps the number.
4. Of those who are equal so far, priority (elderly, disabled, pregnant) goes first; after `priority_in_row` such
   calls in a row one of the others is called, so that nobody waits for ever.
5. Then the lower number.

However many seats call, they call from this one order, one decision after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from kiosk.domain.id_numbers import CHINA_OFFSET

#: China has one time and no summer time.
SITE_ZONE = timezone(CHINA_OFFSET, "UTC+8")
_zone: tzinfo = SITE_ZONE


def use_zone(name: str) -> None:
    """Say on which clock this process's site lives (IANA name); called once, when the settings are read."""
    global _zone
    _zone = ZoneInfo(name)


def site_zone() -> tzinfo:
    """The zone of the site's clock."""
    return _zone


def day_of(moment: datetime) -> date:
    """The day at the site to which an aware `moment` belongs."""
    return moment.astimezone(_zone).date()


def local_text(moment: datetime) -> str:
    """`2026-11-22 09:30` as the clock on the wall of the site shows it."""
    return moment.astimezone(_zone).strftime("%Y-%m-%d %H:%M")


#: Who is called before the others, with a reason by staff.
PRIORITIES = ("elderly", "disabled", "pregnant")


class Waiting(Protocol):
    """What the order looks at; a visit has it."""

    number: int | None
    missed_calls: int
    priority: str
    outside_until: datetime | None


_Waiting = TypeVar("_Waiting", bound=Waiting)


def is_outside(waiting: Waiting, now: datetime) -> bool:
    """Whether the student was told to come back later and it is not yet later."""
    return waiting.outside_until is not None and now < waiting.outside_until


def in_order(
    waiting: Iterable[_Waiting], now: datetime, priority_run: int = 0, priority_in_row: int = 2
) -> list[_Waiting]:
    """Those who may be called, next first, by the rules above.

    `priority_run` is how many priority calls came in a row just before.
    """
    groups: dict[tuple[bool, int], tuple[list[_Waiting], list[_Waiting]]] = {}
    for one in sorted(waiting, key=lambda candidate: candidate.number or 0):
        group = groups.setdefault((is_outside(one, now), one.missed_calls), ([], []))
        group[0 if one.priority else 1].append(one)
    ordered: list[_Waiting] = []
    run = priority_run
    for key in sorted(groups):
        first, others = (list(reversed(part)) for part in groups[key])
        while first or others:
            take_priority = bool(first) and (run < priority_in_row or not others)
            ordered.append((first if take_priority else others).pop())
            run = run + 1 if take_priority else 0
    return ordered


def photo_valid_until(accepted_at: datetime, validity_days: int) -> date:
    """Last day on which a photo accepted then still counts (both notices: within one year)."""
    return day_of(accepted_at) + timedelta(days=validity_days)
