"""What a student is told about the time slot: when, where, what to bring, what to wear, the health questions.

The words come from the translations (`notice.*`), handed in as `say(key, **values)`; here is only their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Appointment:
    """A student's slot with all that the notice says. Times are aware; `questions` are those of the screening."""

    campaign: str
    name: str
    starts_at: datetime
    ends_at: datetime
    site: str
    address: str
    by_code: bool  # the campaign identifies by collection code
    questions: Sequence[str]
    validity_days: int
    number: str = ""  # student number, for lists
    group: str = ""  # branch, teaching point, class


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in parts: a title, a greeting, lines of (label, text), and the questions."""

    title: str
    greeting: str
    lines: tuple[tuple[str, str], ...]
    questions_title: str
    questions: tuple[str, ...]
    closing: str


def when(appointment: Appointment, zone: tzinfo, say: Say) -> str:
    """`2026-11-24（周二）09:00–09:30` on the site's clock."""
    begin, end = appointment.starts_at.astimezone(zone), appointment.ends_at.astimezone(zone)
    weekday = say(f"notice.weekday.{begin.isoweekday()}")
    return say("notice.when_value", day=f"{begin:%Y-%m-%d}", weekday=weekday, begin=f"{begin:%H:%M}",
               end=f"{end:%H:%M}")  # fmt: skip


def compose(appointment: Appointment, zone: tzinfo, say: Say) -> Notice:
    """The notice in the language of `say`."""
    where = " · ".join(part for part in (appointment.site, appointment.address) if part)
    bring = say("notice.bring_code" if appointment.by_code else "notice.bring_card")
    lines = (
        (say("notice.when"), when(appointment, zone, say)),
        (say("notice.where"), where),
        (say("notice.bring"), bring),
        (say("notice.wear"), say("notice.wear_value")),
        (say("notice.valid"), say("notice.valid_value", days=appointment.validity_days)
         if appointment.validity_days != 365 else say("notice.valid_year")),
    )  # fmt: skip
    asked = tuple(appointment.questions)
    return Notice(
        say("notice.title", campaign=appointment.campaign), say("notice.greeting", name=appointment.name), lines,
        say("notice.questions") if asked else "", asked, say("notice.closing"),
    )  # fmt: skip


def plain(notice: Notice) -> str:
    """The notice as text to paste into a message."""
    parts = [notice.title, "", notice.greeting]
    parts += [f"{label}：{text}" for label, text in notice.lines]
    if notice.questions:
        parts += [
            "",
            notice.questions_title,
            *(f"{place}. {text}" for place, text in enumerate(notice.questions, 1)),
        ]
    return "\n".join([*parts, "", notice.closing])
