"""The schedule on paper: the list for the entrance, and a notice for every student."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from kiosk.domain import notice
from kiosk.exchange.notices import appointment, group_of, questions_of, sheets, speaker
from kiosk.exchange.paper import HEIGHT, MARGIN, WIDTH, Pages
from kiosk.records.tables import Campaign
from kiosk.settings import Settings


def list_pdf(session: Session, settings: Settings, campaign: Campaign, path: Path, language: str, now: datetime,
             day: str = "", branch: str | None = None) -> dict[str, int]:  # fmt: skip
    """The printable list: slot by slot, everybody with number, name and a place to sign.

    With `branch` its students alone. Answers `{"pages", "students"}`.
    """
    say, zone = speaker(language), ZoneInfo(settings.site.time_zone)
    made = now.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    title = campaign.title_zh if language == "zh_CN" else campaign.title_en
    pages = Pages(path, say("notice.list.title"), lambda page: say("notice.list.page", page=page, made=made))
    pages.write(f"{say('notice.list.title')} · {title}", 15)
    columns = (0.0, 28.0, 132.0, 222.0, 430.0)
    head = [say(f"notice.list.{name}") for name in ("number", "name", "student_number", "group", "sign")]
    count = 0
    for sheet in sheets(session, campaign, day, branch=branch):
        begin, end = sheet.slot.starts_at.astimezone(zone), sheet.slot.ends_at.astimezone(zone)
        facts = {"begin": f"{begin:%Y-%m-%d %H:%M}", "end": f"{end:%H:%M}", "site": sheet.site.name,
                 "students": len(sheet.people), "capacity": sheet.slot.capacity}  # fmt: skip
        slot = say("notice.list.slot", **facts)

        def titles(slot: str = slot) -> None:
            pages.write(slot, 11)
            pages.cells(list(zip(columns, head, strict=True)), 9)

        pages.room(70)
        pages.y -= 8
        titles()
        for place, (_assignment, student) in enumerate(sheet.people, 1):
            row = [str(place), student.name, student.student_number, group_of(student), ""]
            pages.tall_cells(list(zip(columns, row, strict=True)), 10, titles)
        count += len(sheet.people)
    if count == 0:
        pages.write(say("notice.list.nobody"), 11)
    return {"pages": pages.save(), "students": count}


def notices_pdf(session: Session, settings: Settings, campaign: Campaign, path: Path, language: str, day: str = "",
                slot: str = "", branch: str | None = None) -> dict[str, int]:  # fmt: skip
    """One notice a student, two on a page, in the order of the slots; with `branch` for its students alone.

    Answers `{"pages", "students"}`.
    """
    say, zone = speaker(language), ZoneInfo(settings.site.time_zone)
    questions = questions_of(settings, campaign.screening, language)
    pages = Pages(path, say("notice.list.title"), lambda _page: "")
    count = 0
    half = (HEIGHT - 2 * MARGIN) / 2
    for sheet in sheets(session, campaign, day, slot, branch):
        for _assignment, student in sheet.people:
            if count and count % 2 == 0:
                pages.turn()
            elif count:
                pages.y = HEIGHT - MARGIN - half
                pages.canvas.setDash(3, 3)
                pages.canvas.line(0, pages.y + 12, WIDTH, pages.y + 12)
                pages.canvas.setDash()
            _notice(pages, notice.compose(appointment(campaign, sheet, student, questions, language), zone, say))
            count += 1
    if count == 0:
        pages.write(say("notice.list.nobody"), 11)
    return {"pages": pages.save(), "students": count}


def _notice(pages: Pages, told: notice.Notice) -> None:
    pages.write(told.title, 13)
    pages.y -= 4
    pages.write(told.greeting, 10.5)
    pages.y -= 4
    for label, words in told.lines:
        at = pages.y
        pages.write(label, 10.5, 0, 80)
        pages.y = at
        pages.write(words, 10.5, 90)
    if told.questions:
        pages.y -= 4
        pages.write(told.questions_title, 9)
        for place, words in enumerate(told.questions, 1):
            pages.write(f"{place}. {words}", 9, 8)
    pages.y -= 4
    pages.write(told.closing, 9)
