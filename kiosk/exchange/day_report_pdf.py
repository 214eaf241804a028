"""A day's report on paper: the sum with its bar, each difference by name, decisions, health, the signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from reportlab.pdfbase.pdfmetrics import stringWidth

from kiosk.domain.reconciliation import Outcome
from kiosk.exchange.day_report_facts import Facts, is_by_code
from kiosk.exchange.day_report_words import PERSON, Words, login
from kiosk.exchange.paper import MARGIN, WIDTH, Pages
from kiosk.records.day_balance import DayBalance

#: Left edges of the columns, points.
_PERSON = (0.0, 30.0, 92.0, 176.0, 276.0, 346.0, 408.0)
_DECISION = (0.0, 40.0, 210.0, 272.0, 328.0)
_SLOT = (0.0, 120.0, 200.0, 280.0)
_STOP = (0.0, 60.0, 120.0, 330.0)
_INCIDENT = (0.0, 60.0, 120.0, 250.0, 330.0)
_REASON = (0.0, 330.0)
#: Ink of each part of the bar, and how it is hatched on a black-and-white printer: by its shade.
_INK = {
    Outcome.PHOTOGRAPHED: (0.13, 0.45, 0.31),
    Outcome.REFUSED: (0.80, 0.52, 0.10),
    Outcome.OBSERVATION: (0.71, 0.20, 0.16),
    Outcome.ABSENT: (0.72, 0.74, 0.77),
    Outcome.CANCELLED: (0.45, 0.50, 0.56),
    Outcome.OPEN: (0.10, 0.10, 0.10),
}
_BAR = 18.0


@dataclass(frozen=True, slots=True)
class Seal:
    """What the block at the end says: number and text of the key, SHA-256 of the workbook."""

    key_id: str
    public_key: str
    workbook_sha256: str


def write(facts: Facts, seal: Seal, path: Path) -> int:
    """Write the PDF; returns the number of pages."""
    words = Words(facts.language, ZoneInfo(facts.settings.site.time_zone))
    made, day = words.clock(facts.made_at), facts.day.isoformat()
    pages = Pages(
        path, words.say("paper.title"), lambda page: words.say("paper.page", day=day, page=page, made=made)
    )
    pages.write(words.say("paper.title"), 17)
    pages.write(words.say("paper.private"), 9)
    if not facts.is_final:
        pages.write(words.say("paper.preliminary"), 11)
    _pairs(
        pages,
        [
            (words.say("paper.site"), facts.site),
            (words.say("paper.day"), day),
            (words.say("paper.made"), words.say("paper.made_by", time=made, who=login(facts.by))),
        ],
    )
    for balance in facts.balances:
        _campaign(pages, facts, words, balance)
    rows = [words.decision(row) for row in facts.decisions]
    _table(
        pages, words, words.say("paper.decisions"), _DECISION, ("time", "what", "who", "second", "reason"), rows
    )
    stops = [words.stop(stop) for stop in facts.stops]
    _table(pages, words, words.say("paper.stops"), _STOP, ("time", "number", "readings", "result"), stops)
    _incidents(pages, facts, words)
    for heading, counts, word in (
        (words.say("paper.retakes"), facts.retakes, words.retake),
        (words.say("paper.refusals"), facts.refusals, words.refusal),
    ):
        counted = [[word(code), str(count)] for code, count in counts.items()]
        _table(pages, words, heading, _REASON, ("reason", "count"), counted)
    _signature(pages, facts, words, seal)
    return pages.save()


def _campaign(pages: Pages, facts: Facts, words: Words, balance: DayBalance) -> None:
    _heading(pages, f"{words.title(balance.campaign)} · {balance.campaign.code}", 14)
    _pairs(pages, _session(words, balance))
    found = balance.sum
    pages.write(
        words.say(
            "sum.sentence", due=found.due, walked_in=found.walked_in, expected=found.expected,
            parts=words.parts(found.outcomes),
        ),
        11,
    )  # fmt: skip
    open_ = found.outcomes[Outcome.OPEN.value]
    pages.write(words.say("sum.holds") if found.holds else words.say("sum.open", count=open_), 10)
    _bar(pages, words, balance)
    if is_by_code(balance):
        pages.write(words.say("paper.by_code"), 9)
    elif facts.masked:
        pages.write(words.say("paper.names_masked"), 9)
    slots = []
    for slot in balance.slots:
        due = [line for line in balance.lines if line.slot is not None and line.slot.id == slot.id]
        came = sum(bool(line.visits) for line in due)
        slots.append([words.slot(slot), str(len(due)), str(came), str(len(due) - came)])
    if slots:
        head = [words.say("column.slot"), words.say("due"), words.say("column.came"), words.say("column.absent")]
        _rows(pages, words.say("paper.slots"), _SLOT, head, slots)
    people = [words.person(line, facts.who(line), brief=True) for line in balance.differences]
    _table(pages, words, words.say("differences"), _PERSON, PERSON, people, words.say("differences.none"))
    walked_in = [words.person(line, facts.who(line), brief=True) for line in balance.walked_in]
    if walked_in:
        _table(pages, words, words.say("paper.walked_in"), _PERSON, PERSON, walked_in)


def _session(words: Words, balance: DayBalance) -> list[tuple[str, str]]:
    found = balance.session
    if found is None:
        return [(words.say("paper.opened"), words.say("not_opened"))]
    key = "paper.opened_by" if found.opened_by else "paper.opened_by_itself"
    rows = [
        (words.say("paper.opened"), words.say(key, time=words.clock(found.opened_at), who=login(found.opened_by)))
    ]
    if found.open_missing:
        missing = {"count": len(found.open_missing), "reason": found.open_reason or ""}
        rows.append(("", words.say("paper.open_missing", **missing)))
    if found.closed_at is None:
        said = words.say("open", time=words.clock(found.opened_at, "%H:%M"))
    elif not found.closed_by:
        said = words.say("closed_by_itself")
    else:
        said = words.say("paper.made_by", time=words.clock(found.closed_at), who=login(found.closed_by))
    rows.append((words.say("paper.closed"), said))
    if found.close_reason:
        rows.append(("", words.say("forced", reason=found.close_reason)))
    return rows


def _bar(pages: Pages, words: Words, balance: DayBalance) -> None:
    """The outcomes as one bar, each part as wide as its share, and what stands for what below."""
    outcomes = balance.sum.outcomes
    whole = sum(outcomes.values())
    if whole == 0:
        return
    pages.room(60)
    pages.y -= _BAR + 8
    x, wide = MARGIN, WIDTH - 2 * MARGIN
    canvas = pages.canvas
    for outcome, ink in _INK.items():
        share = wide * outcomes[outcome.value] / whole
        canvas.setFillColorRGB(*ink)
        canvas.rect(x, pages.y, share, _BAR, stroke=0, fill=1)
        x += share
    canvas.setStrokeColorRGB(0.3, 0.3, 0.3)
    canvas.rect(MARGIN, pages.y, wide, _BAR, stroke=1, fill=0)
    pages.y -= 16
    x = MARGIN
    canvas.setFont(pages.font, 9)
    for outcome, ink in _INK.items():
        if outcome is Outcome.OPEN and not outcomes[outcome.value]:
            continue
        canvas.setFillColorRGB(*ink)
        canvas.rect(x, pages.y, 8, 8, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        label = f"{words.say(f'outcome.{outcome.value}')} {outcomes[outcome.value]}"
        canvas.drawString(x + 12, pages.y, label)
        x += 12 + stringWidth(label, pages.font, 9) + 18
    canvas.setFillColorRGB(0, 0, 0)
    canvas.setStrokeColorRGB(0, 0, 0)
    pages.y -= 6


def _incidents(pages: Pages, facts: Facts, words: Words) -> None:
    rows = [
        [
            words.clock(incident.visit.ended_at, "%H:%M"),
            str(incident.visit.number or "–"),
            words.ended(incident.visit),
            str(incident.contacts),
            words.say(f"notice.{incident.notice}"),
        ]
        for incident in facts.incidents
    ]
    columns = ("time", "number", "result", "contacts", "notice")
    _table(pages, words, words.say("paper.incidents"), _INCIDENT, columns, rows)


def _signature(pages: Pages, facts: Facts, words: Words, seal: Seal) -> None:
    pages.room(190)
    _heading(pages, words.say("paper.audit"), 12.5)
    key = "paper.audit_whole" if facts.chain.broken_at is None else "paper.audit_broken"
    pages.write(words.say(key, **facts.chain.to_json()), 9.5)
    _heading(pages, words.say("paper.signature"), 12.5)
    pages.write(words.say("paper.signed_with", key=seal.key_id), 9.5)
    pages.write(words.say("paper.public_key", key=seal.public_key), 9.5)
    pages.write(words.say("paper.workbook", sha256=seal.workbook_sha256), 9.5)
    pages.write(words.say("paper.verify"), 9.5)
    pages.y -= 28
    pages.write(words.say("paper.hands"), 10.5)


def _heading(pages: Pages, words: str, size: float) -> None:
    pages.room(70)
    pages.y -= 10
    pages.write(words, size)
    pages.y -= 2


def _pairs(pages: Pages, rows: Sequence[tuple[str, str]]) -> None:
    for name, value in rows:
        pages.room(18)
        at = pages.y
        pages.write(name, 10.5, 0, 70)
        pages.y = at
        pages.write(value, 10.5, 76)


def _table(
    pages: Pages,
    words: Words,
    heading: str,
    columns: Sequence[float],
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    nothing: str = "",
) -> None:
    if not rows:
        _heading(pages, heading, 12.5)
        pages.write(nothing or words.say("paper.none"), 10)
        return
    _rows(pages, heading, columns, [words.say(f"column.{name}") for name in names], rows)


def _rows(
    pages: Pages, heading: str, columns: Sequence[float], head: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    _heading(pages, heading, 12.5)

    def titles() -> None:
        pages.cells(list(zip(columns, head, strict=True)), 9)

    titles()
    for row in rows:
        pages.tall_cells(list(zip(columns, row, strict=True)), 9.5, titles)
