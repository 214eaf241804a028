"""Who was near somebody who had to leave with a fever: the contacts of the same half hour.

Somebody under suspicion is in the common rooms from the card to the observation room. Everybody whose own stay
overlaps that time, widened by `contact_minutes` on both sides, counts as a contact: half an hour is what both
notices ask to be traced, and too many names are better than one too few.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in the common rooms; `until` None while it lasts."""

    since: datetime
    until: datetime | None


def window(stay: Stay, now: datetime, minutes: int) -> tuple[datetime, datetime]:
    """The time in which a stay makes a contact; a clock that was set back never makes it shorter than the stay."""
    margin = timedelta(minutes=minutes)
    until = max(stay.until or now, stay.since)
    return stay.since - margin, until + margin


def is_contact(case: Stay, other: Stay, now: datetime, minutes: int) -> bool:
    """Whether the other stay overlaps the window of the case; touching counts."""
    begin, end = window(case, now, minutes)
    return other.since <= end and max(other.until or now, other.since) >= begin
