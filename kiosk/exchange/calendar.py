"""iCalendar files: a student's slot, or the whole schedule without a name in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event

from kiosk.domain.notice import Appointment, Notice, plain

PRODUCT = "-//graduation-photo-kiosk//schedule//CN"


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    return calendar


def _event(uid: str, begin: datetime, end: datetime, summary: str, where: str, made: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made.astimezone(UTC))
    event.add("dtstart", begin.astimezone(UTC))  # in UTC: every calendar shows it on its owner's clock
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", where)
    return event


def of_student(appointment: Appointment, notice: Notice, uid: str, summary: str, made: datetime) -> bytes:
    """The student's appointment; `uid` stays when the slot is moved, so that the calendar moves it too."""
    event = _event(
        uid, appointment.starts_at, appointment.ends_at, summary,
        ", ".join(part for part in (appointment.site, appointment.address) if part), made,
    )  # fmt: skip
    event.add("description", plain(notice))
    calendar = _calendar()
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def of_schedule(slots: Iterable[tuple[str, datetime, datetime, str, str]], made: datetime) -> bytes:
    """Every slot as an event: (uid, begins, ends, summary, where)."""
    calendar = _calendar()
    for uid, begin, end, summary, where in slots:
        calendar.add_component(_event(uid, begin, end, summary, where, made))
    content: bytes = calendar.to_ical()
    return content
