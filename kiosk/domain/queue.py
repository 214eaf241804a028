"""Which day a queue belongs to and who is next in it.

Numbers count within one day of one campaign and are never given twice. Whoever was called and did not come
waits behind those who were not called yet, and keeps the number.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo
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


def place(missed_calls: int, number: int) -> tuple[int, int]:
    """Sort key of a waiting visit: smallest is next."""
    return (missed_calls, number)


def photo_valid_until(accepted_at: datetime, validity_days: int) -> date:
    """Last day on which a photo accepted then still counts (both notices: within one year)."""
    return day_of(accepted_at) + timedelta(days=validity_days)
