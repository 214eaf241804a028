"""Reports of a batch of photos: a page that needs nothing but a browser, and a workbook, both with thumbnails.

Both hold personal data (file names, pictures) and belong to the photos. The same outcomes give the same bytes.
"""

from __future__ import annotations

import base64
import html
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.domain.judgement import Check
from kiosk.domain.profiles import Profile
from kiosk.exchange import photo_words
from kiosk.exchange.photos import Plan, Subject
from kiosk.exchange.sheet_pictures import add_pictures
from kiosk.exchange.sheets import TextWorkbook
from kiosk.i18n import text
from kiosk.photo.batch import STATUSES, Outcome
from kiosk.photo.batch_worker import THUMB, thumb_of
from kiosk.settings import ROOT

PAGE, WORKBOOK = "report.html", "report.xlsx"
_CSS = (ROOT / "kiosk" / "static" / "css" / "tokens.css", ROOT / "kiosk" / "static" / "css" / "photo-report.css")
_ICONS = {"passed": "✓", "ask": "?", "failed": "×", "refused": "!"}
#: Points of a spreadsheet row that holds a thumbnail.
_ROW_HEIGHT = (THUMB[1] + 6) * 0.75
#: And of one with two lines of text.
_TEXT_HEIGHT = 34.0


@dataclass
class Summary:
    """How a batch went, without anything personal."""

    profile: str
    files: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # code of the one reason of each that did not pass
    missing: int = 0
    bad_rows: int = 0

    def to_json(self) -> dict[str, Any]:
        """Counts alone: fit for a job's result."""
        return {
            "profile": self.profile,
            "files": self.files,
            **{status: self.statuses[status] for status in STATUSES},
            "reasons": dict(sorted(self.reasons.items())),
            "missing": self.missing,
            "bad_rows": self.bad_rows,
        }


@dataclass(frozen=True)
class Line:
    """One picture in words."""

    outcome: Outcome
    subject: Subject | None
    reasons: tuple[str, ...]
    signs: tuple[str, ...]


def reason_code(outcome: Outcome) -> str:
    """The code of the one reason why a picture did not simply pass; empty where it did."""
    if outcome["refusal"] is not None:
        return str(outcome["refusal"][0])
    for wanted in (False, None):
        for check in outcome["checks"]:
            if check["passed"] is wanted:
                return str(check["code"])
    return next((f"sign_{sign['code']}" for sign in outcome["signs"] if sign["ask"]), "")


def summary(profile: Profile, plan: Plan, outcomes: Iterable[Outcome]) -> Summary:
    """The counts of a batch."""
    made = Summary(profile.code, missing=len(plan.missing), bad_rows=plan.bad_rows)
    for outcome in outcomes:
        made.files += 1
        made.statuses[outcome["status"]] += 1
        if reason := reason_code(outcome):
            made.reasons[reason] += 1
    return made


def line(outcome: Outcome, subject: Subject | None, language: str) -> Line:
    """What the reports say of one picture."""
    reasons: list[str] = []
    if outcome["refusal"] is not None:
        code, args = outcome["refusal"]
        why, what_next = photo_words.refusal(code, args, language)
        reasons += [why, what_next]
    checks = [Check(**check) for check in outcome["checks"]]
    for wanted in (False, None):
        reasons += [photo_words.check(check, language) for check in checks if check.passed is wanted]
    signs = tuple(photo_words.sign(sign, language) for sign in outcome["signs"])
    return Line(outcome, subject, tuple(reasons), signs)


def write(
    out: Path,
    profile: Profile,
    plan: Plan,
    outcomes: Callable[[], Iterable[Outcome]],
    language: str,
) -> Summary:
    """Write both reports into `out`; `outcomes()` gives them anew each time, in order. Raises `OSError`."""
    counted = summary(profile, plan, outcomes())

    def lines() -> Iterator[Line]:
        return (line(found, plan.subjects.get(found["file"]), language) for found in outcomes())

    _write_page(out, profile, plan, counted, lines(), language)
    _write_workbook(out, plan, counted, lines(), language)
    return counted


# --- the page ---
def _write_page(
    out: Path, profile: Profile, plan: Plan, counted: Summary, lines: Iterator[Line], language: str
) -> None:
    draft = out / f".{PAGE}.part"
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_page(out, profile, plan, counted, lines, language))
    draft.replace(out / PAGE)


def _page(
    out: Path, profile: Profile, plan: Plan, counted: Summary, lines: Iterator[Line], language: str
) -> Iterator[str]:
    def t(key: str, **values: object) -> str:
        return html.escape(text(language, f"batch.{key}", **values))

    style = "\n".join(path.read_text("utf-8") for path in _CSS)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    yield f'<!doctype html>\n<html lang="{language.replace("_", "-")}">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{t("title")}</title>\n'
    yield f"<style>\n{style}</style>\n</head>\n<body>\n"
    title = html.escape(profile.title[language])
    yield f'<header><h1>{t("title")}</h1><p class="soft">{title} · {html.escape(profile.code)}</p>'
    yield f'<p class="private">{t("private")}</p></header>\n'
    yield f'<p class="how">{t("filter")}</p>\n'
    for choice in ("all", *STATUSES):
        checked = " checked" if choice == "all" else ""
        count = counted.files if choice == "all" else counted.statuses[choice]
        icon = f'<span class="icon" aria-hidden="true">{_ICONS[choice]}</span>' if choice in _ICONS else ""
        yield f'<input type="radio" name="shown" id="show-{choice}"{checked}>'
        yield f'<label for="show-{choice}" class="{choice}">{icon}{t(f"status.{choice}")} <b>{count}</b></label>\n'
    heads = "".join(f'<th scope="col">{t(f"column.{name}")}</th>' for name in _PAGE_COLUMNS)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for found in lines:
        yield _row(out, found, language)
    yield "</tbody>\n</table>\n"
    if plan.bad_rows:
        yield f"<p>{t('bad_rows', count=plan.bad_rows)}</p>\n"
    if plan.missing:
        yield f"<h2>{t('missing', count=len(plan.missing))}</h2>\n<ul class='missing'>\n"
        for person in plan.missing:
            yield f"<li>{html.escape(_who(person, language))}</li>\n"
        yield "</ul>\n"
    yield "</body>\n</html>\n"


_PAGE_COLUMNS = ("photo", "file", "status", "reasons", "signs", "made")


def _row(out: Path, found: Line, language: str) -> str:
    outcome = found.outcome
    status = outcome["status"]
    word = html.escape(text(language, f"batch.status.{status}"))
    who = html.escape(_who(found.subject, language))
    cells = (
        _image(out, outcome),
        f"<p class='file'>{html.escape(outcome['file'])}</p><p class='soft'>{who}</p>",
        f"<span class='mark {status}'><span class='icon' aria-hidden='true'>{_ICONS[status]}</span>{word}</span>",
        _list(found.reasons),
        _list(found.signs),
        _list(_made(outcome, language)),
    )
    return f"<tr class='{status}'>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _image(out: Path, outcome: Outcome) -> str:
    data = _thumb(out, outcome)
    if data is None:
        return ""
    encoded = base64.b64encode(data).decode()
    return f'<img src="data:image/jpeg;base64,{encoded}" alt="" decoding="async">'


def _thumb(out: Path, outcome: Outcome) -> bytes | None:
    if not outcome["checks"]:
        return None
    try:
        return thumb_of(out, outcome["file"]).read_bytes()
    except FileNotFoundError:
        return None


def _list(items: Iterable[str]) -> str:
    inner = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return f"<ul>{inner}</ul>" if inner else ""


def _who(subject: Subject | None, language: str) -> str:
    """Name and the number that staff search by, as far as the roster or the file name gives them."""
    if subject is None:
        return ""
    number = subject.get("student_number") or subject.get("id_number")
    row = text(language, "batch.row", row=subject.row) if subject.row else ""
    return " · ".join(part for part in (subject.get("name"), number, row) if part)


def _made(outcome: Outcome, language: str) -> tuple[str, ...]:
    taken = text(language, "batch.original", width=outcome["width"], height=outcome["height"])
    original = (taken,) if outcome["width"] else ()
    if outcome["output"] is None:
        return original
    making = outcome["making"]
    return (
        outcome["output"],
        text(language, "batch.made", **_size(outcome), quality=making["quality"]),
        *original,
    )


def _size(outcome: Outcome) -> dict[str, object]:
    size = next((check["value"] for check in outcome["checks"] if check["code"] == "file_size"), None)
    making = outcome["making"]
    return {"width": making["width"], "height": making["height"], "kilobytes": size}


# --- the workbook ---
_SHEET_COLUMNS = (
    "photo", "file", "name", "student_number", "id_number", "status", "reasons", "signs", "output", "width",
    "height", "sha256",
)  # fmt: skip


#: Columns of long texts and titles, by number from 1.
_WIDER = {2: 30, 4: 20, 5: 24, 7: 56, 8: 40, 9: 32, 10: 24, 11: 24}


def _write_workbook(out: Path, plan: Plan, counted: Summary, lines: Iterator[Line], language: str) -> None:
    names: list[str] = []
    with TextWorkbook() as book:
        titles = [text(language, f"batch.column.{name}") for name in _SHEET_COLUMNS]
        sheet = book.sheet(text(language, "batch.sheet.photos"), titles, wider=_WIDER)
        for found in lines:
            names.append(found.outcome["file"] if found.outcome["checks"] else "")
            sheet.append(_cells(found, language), height=_ROW_HEIGHT if names[-1] else _TEXT_HEIGHT)
        missing = book.sheet(text(language, "batch.sheet.missing"), [
            text(language, f"batch.column.{name}") for name in ("name", "student_number", "id_number", "row")
        ])  # fmt: skip
        for person in plan.missing:
            fields = [person.get(key) for key in ("name", "student_number", "id_number")]
            missing.append([*fields, str(person.row)])
        totals = book.sheet(text(language, "batch.sheet.counts"), [
            text(language, f"batch.column.{name}") for name in ("what", "count")
        ], width=40)  # fmt: skip
        for name, count in _counts(counted, language):
            totals.append([name, str(count)])
        draft = out / f".{WORKBOOK}.part"
        book.save(draft)

    def picture(row: int) -> tuple[bytes, int, int] | None:
        name = names[row - 1]
        if not name:
            return None
        try:
            data = thumb_of(out, name).read_bytes()
        except FileNotFoundError:
            return None
        return data, *_sides(data)

    add_pictures(draft, len(names), picture)
    draft.replace(out / WORKBOOK)


def _sides(jpeg: bytes) -> tuple[int, int]:
    """Width and height that a thumbnail's own header gives."""
    place = 2
    while place + 9 < len(jpeg) and jpeg[place] == 0xFF:
        if jpeg[place + 1] in (0xC0, 0xC1, 0xC2):
            return int.from_bytes(jpeg[place + 7 : place + 9], "big"), int.from_bytes(
                jpeg[place + 5 : place + 7], "big"
            )
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    return THUMB


def _cells(found: Line, language: str) -> list[str]:
    outcome, subject = found.outcome, found.subject
    fields = [subject.get(key) if subject else "" for key in ("name", "student_number", "id_number")]
    return [
        "",
        outcome["file"],
        *fields,
        text(language, f"batch.status.{outcome['status']}"),
        "\n".join(found.reasons),
        "\n".join(found.signs),
        outcome["output"] or "",
        str(outcome["width"] or ""),
        str(outcome["height"] or ""),
        outcome["output_sha256"] or "",
    ]


def _counts(counted: Summary, language: str) -> Iterator[tuple[str, int]]:
    yield text(language, "batch.status.all"), counted.files
    for status in STATUSES:
        yield text(language, f"batch.status.{status}"), counted.statuses[status]
    yield text(language, "batch.count.missing"), counted.missing
    yield text(language, "batch.count.bad_rows"), counted.bad_rows
    for code, count in counted.reasons.most_common():
        yield reason_name(code, language), count


def reason_name(code: str, language: str) -> str:
    """A reason's code as people call it."""
    if code.startswith("sign_"):
        return text(language, f"batch.sign.{code.removeprefix('sign_')}")
    for key in (f"photo.check.{code}", f"refusal.{code}.title"):
        said = text(language, key)
        if said != key:
            return said
    return code
