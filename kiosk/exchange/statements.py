"""The statement of a campaign's fees on paper and as a workbook: by branch, and every head that does not fit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.domain.masking import mask_number
from kiosk.domain.money import Difference, Line, yuan
from kiosk.domain.notice import Say
from kiosk.exchange.notices import group_of, speaker
from kiosk.exchange.paper import Pages
from kiosk.exchange.sheets import TextWorkbook
from kiosk.records import fees
from kiosk.records.fees import Odd, Statement
from kiosk.records.tables import Campaign, Student
from kiosk.settings import Settings

#: Columns of the table of branches, in the order of both forms.
COLUMNS = (
    "branch",
    "registered",
    "verified",
    "waived",
    "payers",
    "owed",
    "gross",
    "refunded",
    "received",
    "difference",
)
_CENTS = frozenset({"owed", "gross", "refunded", "received", "difference"})
#: Left edges on paper, points.
_BRANCHES = (0.0, 118.0, 158.0, 198.0, 238.0, 278.0, 326.0, 374.0, 418.0, 460.0)
_PEOPLE = (0.0, 82.0, 172.0, 320.0, 366.0)
_CHUNK = 400


def cells(line: Line, fallback: str) -> list[str]:
    """One row of the table of branches, amounts in yuan; `fallback` stands where a roster names no branch."""
    found: list[str] = []
    for name in COLUMNS:
        value = getattr(line, name)
        found.append(yuan(value) if name in _CENTS else str(value))
    found[0] = line.branch or fallback
    return found


def students(session: Session, odd: list[Odd]) -> dict[int, Student]:
    """The roster rows of those whom a statement names."""
    wanted = [each.student for each in odd]
    found: dict[int, Student] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(Student).where(Student.id.in_(wanted[start : start + _CHUNK]))
        found.update((row.id, row) for row in session.scalars(query))
    return found


def workbook(
    session: Session, campaign: Campaign, path: Path, language: str, branch: str | None = None
) -> dict[str, int]:
    """Two sheets of text cells: branches with their total, and the differences with whole names and numbers.

    Answers `{"branches", "differences"}`.
    """
    say = speaker(language)
    made = fees.statement(session, campaign, branch)
    known = students(session, made.odd)
    none = say("money.no_branch")
    with TextWorkbook() as book:
        sheet = book.sheet(
            say("money.sheet.branches"), [say(f"money.column.{name}") for name in COLUMNS], 12, {1: 26}
        )
        for line in made.lines:
            sheet.append(cells(line, none))
        sheet.append([say("money.total"), *cells(made.total, none)[1:]], bold=True)
        names = ("branch", "teaching_point", "class_name", "student_number", "name")
        head = [*(say(f"money.column.{name}") for name in names), say("money.column.why")]
        head += [say(f"money.column.{name}") for name in ("gross", "refunded")]
        people = book.sheet(say("money.sheet.differences"), head, 16, {6: 34})
        for each in made.odd:
            row = known[each.student]
            why = _why(say, each.why)
            amounts = [yuan(each.account.paid), yuan(each.account.refunded)]
            people.append([*(str(getattr(row, name)) for name in names), why, *amounts])
        book.save(path)
    return {"branches": len(made.lines), "differences": len(made.odd)}


def pdf(
    session: Session, settings: Settings, campaign: Campaign, path: Path, language: str, now: datetime,
    branch: str | None = None,
) -> dict[str, int]:  # fmt: skip
    """The same to sign: branches, then the differences by kind, numbers masked. Answers `{"branches",
    "differences", "pages"}`."""
    say = speaker(language)
    printed = now.astimezone(ZoneInfo(settings.site.time_zone)).strftime("%Y-%m-%d %H:%M")
    made = fees.statement(session, campaign, branch)
    title = campaign.title_zh if language == "zh_CN" else campaign.title_en
    pages = Pages(path, say("money.paper.title"), lambda page: say("money.paper.foot", page=page, at=printed))
    pages.write(say("money.paper.title"), 17)
    pages.write(title, 12)
    pages.write(say("money.paper.lead", fee=yuan(made.fee), at=printed), 9.5)
    pages.y -= 6
    _branches(pages, say, made)
    known = students(session, made.odd)
    for difference in Difference:
        people = [(each, known[each.student]) for each in made.odd if difference in each.why]
        if people:
            _people(pages, say, difference, people)
    if not made.odd:
        pages.y -= 14
        pages.write(say("money.paper.none"), 11)
    pages.room(60)
    pages.y -= 30
    pages.write(say("money.paper.sign"), 11)
    return {"branches": len(made.lines), "differences": len(made.odd), "pages": pages.save()}


def _branches(pages: Pages, say: Say, made: Statement) -> None:
    head = [say(f"money.short.{name}") for name in COLUMNS]
    pages.cells(list(zip(_BRANCHES, head, strict=True)), 8)
    for line in made.lines:
        if pages.room(20):
            pages.cells(list(zip(_BRANCHES, head, strict=True)), 8)
        pages.cells(list(zip(_BRANCHES, cells(line, say("money.no_branch")), strict=True)), 8.5)
    pages.room(20)
    total = [say("money.total"), *cells(made.total, "")[1:]]
    pages.cells(list(zip(_BRANCHES, total, strict=True)), 9)


def _people(pages: Pages, say: Say, difference: Difference, people: list[tuple[Odd, Student]]) -> None:
    pages.room(80)
    pages.y -= 16
    pages.write(f"{say(f'money.difference.{difference.value}')}（{len(people)}）", 12)
    pages.write(say(f"money.remedy.{difference.value}"), 9)
    head = [say(f"money.column.{name}") for name in ("name", "student_number", "group", "gross", "refunded")]
    pages.cells(list(zip(_PEOPLE, head, strict=True)), 8.5)
    for each, row in people:
        if pages.room(20):
            pages.cells(list(zip(_PEOPLE, head, strict=True)), 8.5)
        values = [
            row.name,
            mask_number(row.student_number, 4, 4),
            group_of(row),
            yuan(each.account.paid),
            yuan(each.account.refunded),
        ]
        pages.cells(list(zip(_PEOPLE, values, strict=True)), 9)


def _why(say: Say, why: tuple[Difference, ...]) -> str:
    return "；".join(say(f"money.difference.{each.value}") for each in why)
