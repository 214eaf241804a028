"""The empty roster that teaching points fill in: text cells, locked codes, drop-downs, a note on every column.

One for each school code, as the notices ask: 51161 open education, 51383 adult education. Our column list; the
official attachments are not public.
"""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kiosk.domain.refusals import Code, Refusal
from kiosk.domain.roster import BY_KEY, REQUIRED, SCHOOL_CODES, Column
from kiosk.domain.roster_lists import Lists
from kiosk.i18n import text

#: Columns of the template in their order; phone, address and remark stand last.
KEYS = (
    "sequence", "school_code", "school_name", "student_number", "name", "sex", "birth", "id_type", "id_number",
    "level", "major_code", "major_name", "study_form", "branch", "teaching_point", "class_name", "intake",
    "expected_graduation", "phone", "email", "address", "remark",
)  # fmt: skip
#: Rows that are prepared, and most that may be.
ROWS, MOST_ROWS = 500, 20_000
#: What a drop-down offers; the doctor accepts more than these (see `roster_rules`).
CHOICES: dict[str, tuple[str, ...]] = {
    "sex": ("男", "女"),
    "id_type": ("居民身份证", "港澳台居民居住证", "外国人永久居留身份证", "护照"),
    "level": ("专科", "本科"),
}
#: Sheets of the workbook; the doctor reads the first one with a header, the lists are hidden.
SHEET, NOTES, LISTS = "毕业生名单", "填表说明", "目录"

_WIDTHS = {"id_number": 24, "student_number": 18, "major_name": 22, "teaching_point": 22, "class_name": 22}
_HEAD = PatternFill("solid", fgColor="FFDCE6F1")
_LOCKED = PatternFill("solid", fgColor="FFEDEDED")
_PREFILLED = ("school_code",)


def write_template(path: Path, school_code: str, lists: Lists, language: str, rows: int = ROWS) -> None:
    """Write the template of one school code. `lists` fill the drop-downs of programmes and teaching points.

    Raises `Refusal(BAD_REQUEST)` for another school code or a number of rows outside 1..`MOST_ROWS`, `OSError`.
    """
    if school_code not in SCHOOL_CODES or not 1 <= rows <= MOST_ROWS:
        raise Refusal(Code.BAD_REQUEST, {"what": "school_code" if school_code not in SCHOOL_CODES else "rows"})
    book = Workbook()
    sheet, columns = book.active, [BY_KEY[key] for key in KEYS]
    sheet.title = SHEET
    sheet.append([column.title for column in columns])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        _column(sheet, place, column, language, rows, school_code)
    _drop_downs(book, sheet, lists, rows)
    sheet.protection.sheet = True
    for free in ("formatColumns", "formatRows", "sort", "autoFilter", "insertRows", "deleteRows"):
        setattr(sheet.protection, free, False)  # False: allowed
    _notes(book, school_code, language)
    book.save(path)


def _column(sheet: Worksheet, place: int, column: Column, language: str, rows: int, school_code: str) -> None:
    letter = get_column_letter(place)
    sheet.column_dimensions[letter].width = _WIDTHS.get(column.key, 14)
    head = sheet.cell(1, place)
    head.font, head.fill = Font(bold=True), _HEAD
    head.comment = Comment(text(language, f"roster.column.{column.key}"), "graduation-photo-kiosk", 120, 300)
    locked = column.key in _PREFILLED
    for row in range(2, rows + 2):
        cell = sheet.cell(row, place)
        cell.number_format = "@"
        if locked:
            cell.value, cell.fill = school_code, _LOCKED
        else:
            cell.protection = Protection(locked=False)


def _drop_downs(book: Workbook, sheet: Worksheet, lists: Lists, rows: int) -> None:
    known: dict[str, tuple[str, ...]] = {
        **CHOICES,
        "major_code": tuple(sorted(lists.programmes)),
        "major_name": tuple(sorted(set(lists.programmes.values()))),
        "teaching_point": tuple(sorted(lists.teaching_points)),
        "branch": tuple(sorted({branch for branches in lists.teaching_points.values() for branch in branches})),
    }
    hidden = book.create_sheet(LISTS)
    hidden.sheet_state = "hidden"
    for place, (key, words) in enumerate(((key, words) for key, words in known.items() if words), start=1):
        for row, word in enumerate(words, start=1):
            cell = hidden.cell(row, place, word)
            cell.data_type, cell.number_format = "s", "@"
        letter = get_column_letter(place)
        source = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(words)}"
        choice = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
        own = get_column_letter(KEYS.index(key) + 1)
        choice.add(f"{own}2:{own}{rows + 1}")
        sheet.add_data_validation(choice)
    hidden.protection.sheet = True


def _notes(book: Workbook, school_code: str, language: str) -> None:
    notes = book.create_sheet(NOTES)
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 20, 90
    title = text(language, f"roster.template.title.{school_code}", code=school_code)
    lines: list[tuple[str, str]] = [(title, "")]
    lines += [("", text(language, f"roster.template.rule.{number}")) for number in range(1, 6)]
    for key in KEYS:
        star = " *" if key in REQUIRED else ""
        lines.append((BY_KEY[key].title + star, text(language, f"roster.column.{key}")))
    for row, (word, said) in enumerate(lines, start=1):
        notes.cell(row, 1, word).font = Font(bold=True)
        notes.cell(row, 2, said).alignment = Alignment(wrap_text=True, vertical="top")
    notes.protection.sheet = True
