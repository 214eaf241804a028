"""The incident report on paper: who, when, readings, contacts of the same half hour, whom to call."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kiosk.exchange.notices import group_of, speaker
from kiosk.exchange.paper import Pages
from kiosk.records import incidents, queries
from kiosk.records.tables import Visit
from kiosk.settings import Settings

#: Left edges of the columns of the contacts, points.
_COLUMNS = (0.0, 34.0, 112.0, 208.0, 300.0, 384.0)
#: Where the values beside the labels begin, points.
_VALUES = 150.0


def write(
    session: Session, settings: Settings, case: Visit, path: Path, language: str, now: datetime
) -> dict[str, int]:
    """The report in `language`, with full names, because those who trace need them.

    Answers `{"pages", "contacts"}`.
    """
    say, zone = speaker(language), ZoneInfo(settings.site.time_zone)

    def clock(moment: datetime | None) -> str:
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "–"

    made = clock(now)
    pages = Pages(path, say("incident.title"), lambda page: say("incident.page", page=page, made=made))
    pages.write(say("incident.title"), 17)
    pages.write(say("incident.private"), 9)
    stay = incidents.stay_of(session, case)
    student = case.student
    rows = [
        ("name", student.name if student else "–"),
        ("id_number", student.id_number if student else "–"),
        ("student_number", student.student_number if student else "–"),
        ("phone", student.phone if student and student.phone else "–"),
        ("group", group_of(student) if student else "–"),
        ("number", str(case.number or "–")),
        ("came", clock(stay.since)),
        ("isolated", clock(stay.until)),
        ("ended", clock(case.ended_at)),
        ("site", settings.site.code or settings.station.name),
    ]
    _heading(pages, say("incident.who"))
    for name, value in rows:
        at = pages.y
        pages.write(say(f"incident.{name}"), 10.5, 0, _VALUES - 8)
        below, pages.y = pages.y, at
        pages.write(value, 10.5, _VALUES)
        pages.y = min(below, pages.y)
    _heading(pages, say("incident.readings"))
    for reading in queries.temperatures(session, case):
        verdict = say("incident.abnormal" if reading.abnormal else "incident.normal")
        by = reading.by.partition(":")[2] or reading.by
        pages.write(f"{clock(reading.at)}　{reading.celsius:.1f} ℃　{verdict}　{by}", 10.5)
    near = incidents.contacts(session, case, now, settings.observation.contact_minutes)
    _heading(pages, say("incident.contacts", minutes=settings.observation.contact_minutes, count=len(near)))
    head = [
        say(f"incident.column.{name}") for name in ("number", "name", "student_number", "phone", "time", "group")
    ]

    def title() -> None:
        pages.cells(list(zip(_COLUMNS, head, strict=True)), 9)

    title()
    for other, their in near:
        who = other.student
        until = their.until.astimezone(zone).strftime("%H:%M") if their.until else ""
        cells = [
            str(other.number or "–"),
            who.name if who else "–",
            who.student_number if who else "–",
            who.phone if who and who.phone else "–",
            f"{their.since.astimezone(zone):%H:%M}–{until}",
            group_of(who) if who else "–",
        ]
        pages.tall_cells(list(zip(_COLUMNS, cells, strict=True)), 9.5, title)  # whom to trace is never cut
    if not near:
        pages.write(say("incident.nobody"), 10.5)
    _heading(pages, say("incident.call"))
    for line in settings.observation.call or [say("incident.call_none")]:
        pages.write(line, 10.5)
    pages.room(60)
    pages.y -= 30
    pages.write(say("incident.sign"), 10.5)
    return {"pages": pages.save(), "contacts": len(near)}


def _heading(pages: Pages, words: str) -> None:
    pages.room(60)
    pages.y -= 12
    pages.write(words, 12.5)
    pages.y -= 2
