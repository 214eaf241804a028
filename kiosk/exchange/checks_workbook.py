"""The workbook of who has a photo and has not checked it yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from kiosk.domain.queue import site_zone
from kiosk.exchange.sheets import TextWorkbook
from kiosk.i18n import text
from kiosk.records import receipts, reminders
from kiosk.records.receipts import Links
from kiosk.records.tables import Campaign

_COLUMNS = ("branch", "teaching_point", "class_name", "name", "student_number", "mail", "reminded_at", "link")


def write(
    session: Session,
    links: Links,
    campaign: Campaign,
    now: datetime,
    path: Path,
    language: str,
    place: Mapping[str, str],
) -> dict[str, int]:
    """Write the workbook of a place (`receipts.unchecked`) to `path`; answers `{"unchecked"}`.

    Names stand whole, to call them by.
    """
    reminded = reminders.sent(session, campaign)
    rows = 0
    with TextWorkbook() as book:
        sheet = book.sheet(
            text(language, "checking.sheet"), [text(language, f"checking.{name}") for name in _COLUMNS]
        )
        for each in receipts.unchecked(session, campaign, now, place):
            who = each.student
            at = reminded.get(who.id)
            mail = text(language, "checking.has_mail" if who.email else "checking.no_mail")
            when = f"{at.astimezone(site_zone()):%Y-%m-%d %H:%M}" if at else ""
            link = links.plain(each.photo)
            sheet.append(
                [who.branch, who.teaching_point, who.class_name, who.name, who.student_number, mail, when, link]
            )
            rows += 1
        book.save(path)
    return {"unchecked": rows}
