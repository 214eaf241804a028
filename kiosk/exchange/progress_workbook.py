"""The workbook of how far a place is: counts of every branch, teaching point and class; who is missing and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from kiosk.domain.standing import Missing
from kiosk.exchange.sheets import TextSheet, TextWorkbook
from kiosk.i18n import text
from kiosk.records import progress
from kiosk.records.progress import LEVELS, STEPS, Line, Place
from kiosk.records.tables import Campaign

_COUNTS = ("registered", *STEPS, "missing")


def write(
    session: Session, campaign: Campaign, now: datetime, place: Place, path: Path, language: str,
    tell: Callable[[float], None] = lambda _share: None,
) -> dict[str, int]:  # fmt: skip
    """Write the workbook to `path`; answers `{"places", "missing"}`, how many rows its two sheets have.

    Names and student numbers stand whole, because whoever is missing has to be called; no ID number is in it.
    Every cell is text, so that nothing in it becomes a formula.
    """

    def say(key: str) -> str:
        return text(language, key)

    with TextWorkbook() as book:
        names = [say(f"progress.{level}") for level in LEVELS]
        reasons: list[Missing] = [reason for reason in Missing if reason != Missing.REMOVED]
        counts = book.sheet(
            say("progress.sheet.counts"),
            [
                *names,
                *(say(f"progress.step.{step}") for step in _COUNTS),
                *(_word(reason, say) for reason in reasons),
            ],
        )
        places = 0
        branches = progress.lines(session, campaign, now, place, "branch")
        missing = book.sheet(
            say("progress.sheet.missing"),
            [*names, say("progress.name"), say("progress.student_number"), say("progress.reason")],
        )
        listed = 0
        for done, branch in enumerate(branches):
            tell(done / len(branches))
            within = Place(branch.name, place.teaching_points, place.class_name)
            places += _row(counts, (branch.name, "", ""), branch, reasons)
            for point in progress.lines(session, campaign, now, within, "teaching_point"):
                places += _row(counts, (branch.name, point.name, ""), point, reasons)
                here = Place(branch.name, (point.name,), place.class_name)
                for one in progress.lines(session, campaign, now, here, "class_name"):
                    places += _row(counts, (branch.name, point.name, one.name), one, reasons)
            for person in progress.people(session, campaign, now, within, missing=True):
                who = person.student
                why = _word(person.reason, say) if person.reason else ""
                missing.append([who.branch, who.teaching_point, who.class_name, who.name, who.student_number, why])
                listed += 1
        book.save(path)
    return {"places": places, "missing": listed}


def _row(sheet: TextSheet, names: tuple[str, str, str], line: Line, reasons: list[Missing]) -> int:
    told = line.to_json()
    sheet.append(
        [*names, *(str(told[step]) for step in _COUNTS), *(str(line.missing[reason]) for reason in reasons)]
    )
    return 1


def _word(reason: Missing, say: Callable[[str], str]) -> str:
    return say(f"package.missing.{reason.value}")
