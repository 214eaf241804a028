"""The workbook of a day's report: the sum, everybody, the differences, decisions, health, reasons; all text."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.domain.reconciliation import Outcome
from kiosk.exchange.day_report_facts import Facts
from kiosk.exchange.day_report_words import PERSON, Words
from kiosk.exchange.sheets import TextWorkbook


def write(facts: Facts, path: Path) -> None:
    """Write the workbook. The same facts always give the same bytes."""
    words = Words(facts.language, ZoneInfo(facts.settings.site.time_zone))
    with TextWorkbook() as book:
        _sum(book, facts, words)
        _people(book, facts, words, differences=True)
        _people(book, facts, words, differences=False)
        _slots(book, facts, words)
        _decisions(book, facts, words)
        _health(book, facts, words)
        _reasons(book, facts, words)
        book.save(path)


def _columns(words: Words, *names: str) -> list[str]:
    return [words.say(f"column.{name}") for name in names]


def _sum(book: TextWorkbook, facts: Facts, words: Words) -> None:
    sheet = book.sheet(
        words.say("paper.sheet.sum"), [words.say("paper.what"), words.say("paper.value")], wider={1: 28, 2: 60}
    )
    sheet.append([words.say("paper.site"), facts.site])
    sheet.append([words.say("paper.day"), facts.day.isoformat()])
    sheet.append([words.say("paper.made"), words.clock(facts.made_at)])
    if not facts.is_final:
        sheet.append([words.say("paper.preliminary"), ""])
    for balance in facts.balances:
        found = balance.sum
        sheet.append([words.say("column.campaign"), f"{words.title(balance.campaign)} ({balance.campaign.code})"])
        sheet.append([words.say("due"), str(found.due)])
        sheet.append([words.say("walked_in"), str(found.walked_in)])
        for outcome in Outcome:
            sheet.append([words.say(f"outcome.{outcome.value}"), str(found.outcomes[outcome.value])])
    key = "paper.audit_whole" if facts.chain.broken_at is None else "paper.audit_broken"
    sheet.append([words.say("paper.audit"), words.say(key, **facts.chain.to_json())])


def _people(book: TextWorkbook, facts: Facts, words: Words, differences: bool) -> None:
    name = "differences" if differences else "people"
    header = _columns(words, "campaign", *PERSON)
    sheet = book.sheet(words.say(f"paper.sheet.{name}"), header, width=16, wider={5: 40, 8: 34})
    for balance in facts.balances:
        for line in balance.differences if differences else balance.lines:
            sheet.append([balance.campaign.code, *words.person(line, facts.who(line))])


def _slots(book: TextWorkbook, facts: Facts, words: Words) -> None:
    header = _columns(words, "campaign", "slot")
    sheet = book.sheet(
        words.say("paper.sheet.slots"),
        [*header, words.say("due"), words.say("column.came"), words.say("column.absent")],
    )
    for balance in facts.balances:
        for slot in balance.slots:
            due = [line for line in balance.lines if line.slot is not None and line.slot.id == slot.id]
            came = sum(bool(line.visits) for line in due)
            sheet.append([balance.campaign.code, words.slot(slot), str(len(due)), str(came), str(len(due) - came)])


def _decisions(book: TextWorkbook, facts: Facts, words: Words) -> None:
    header = _columns(words, "time", "what", "who", "second", "reason")
    sheet = book.sheet(words.say("paper.sheet.decisions"), header, wider={2: 44, 5: 60})
    for row in facts.decisions:
        sheet.append(words.decision(row))


def _health(book: TextWorkbook, facts: Facts, words: Words) -> None:
    header = [
        words.say("paper.what"),
        *_columns(words, "time", "number", "readings", "result", "contacts", "notice"),
    ]
    sheet = book.sheet(words.say("paper.sheet.health"), header, wider={4: 30, 5: 30})
    for stop in facts.stops:
        sheet.append([words.say("paper.kind.stop"), *words.stop(stop), "", ""])
    for incident in facts.incidents:
        visit = incident.visit
        facts_of = [words.clock(visit.ended_at, "%H:%M"), str(visit.number or "–"), "", words.ended(visit)]
        notice = words.say(f"notice.{incident.notice}")
        sheet.append([words.say("paper.kind.incident"), *facts_of, str(incident.contacts), notice])


def _reasons(book: TextWorkbook, facts: Facts, words: Words) -> None:
    header = [words.say("paper.what"), *_columns(words, "reason", "count")]
    sheet = book.sheet(words.say("paper.sheet.reasons"), header, wider={2: 44})
    for code, count in facts.retakes.items():
        sheet.append([words.say("paper.kind.retake"), words.retake(code), str(count)])
    for code, count in facts.refusals.items():
        sheet.append([words.say("paper.kind.refusal"), words.refusal(code), str(count)])
