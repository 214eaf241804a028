"""What may stand in the cells of a roster, row by row; nothing is ever repaired that could change who is meant.

A number that a spreadsheet turned into a figure has lost its last digits, a space inside a name makes another
name for the registry: such cells are named with what to do, and the row stays out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

from kiosk.domain.id_numbers import (
    CHINA_OFFSET,
    CheckedNumber,
    NumberKind,
    NumberProblem,
    check,
    identify,
    normalise,
)
from kiosk.domain.roster import BY_KEY, PREFILLED, SCHOOL_CODES, Column, Finding, Header, Kind, Severity, masked

CHINA = timezone(CHINA_OFFSET)
MALE, FEMALE = "男", "女"
#: What the column 性别 may hold; 1 and 2 are the codes of GB/T 2261.1.
SEXES = {"男": MALE, "女": FEMALE, "1": MALE, "2": FEMALE, "男性": MALE, "女性": FEMALE}
#: What the column 证件类型 may hold, and the kinds of number it allows.
ID_TYPES: dict[str, frozenset[NumberKind]] = {
    **dict.fromkeys(
        ("居民身份证", "身份证", "中华人民共和国居民身份证", "二代身份证"),
        frozenset({NumberKind.RESIDENT, NumberKind.RESIDENT_OLD}),
    ),
    **dict.fromkeys(
        ("港澳台居民居住证", "港澳居民居住证", "台湾居民居住证", "香港居民居住证", "澳门居民居住证", "居住证"),
        frozenset({NumberKind.RESIDENCE_PERMIT}),
    ),
    **dict.fromkeys(
        ("外国人永久居留身份证", "外国人永久居留证", "外国人居留证"),
        frozenset({NumberKind.FOREIGNER_2017, NumberKind.FOREIGNER_2023}),
    ),
    **dict.fromkeys(("护照", "外国护照", "中国护照"), frozenset({NumberKind.PASSPORT})),
}
_PASSPORT = ID_TYPES["护照"]
#: Numbers of eighteen places; that of a passport is shorter.
_EIGHTEEN = frozenset({NumberKind.RESIDENT, NumberKind.RESIDENCE_PERMIT, NumberKind.FOREIGNER_2023})
#: Digits of a student number of the Open University.
OPEN_UNIVERSITY, STUDENT_NUMBER_DIGITS = "51161", 13

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")
_STUDENT_NUMBER = re.compile(r"[0-9A-Za-z]+")
_CJK = r"\u3400-\u9fff\uf900-\ufaff\u3007\U00020000-\U0003ffff"
_PRIVATE_USE = r"\ue000-\uf8ff\U000f0000-\U0010fffd"
_CJK_NAME = re.compile(f"[{_CJK}]+(?:·[{_CJK}]+)*")
_RARE_NAME = re.compile(f"[{_CJK}{_PRIVATE_USE}]+(?:·[{_CJK}{_PRIVATE_USE}]+)*")
#: What stands for the middle dot between Chinese characters, and is another character.
_WRONG_DOT = re.compile(f"[{_CJK}][.．。｡•‧∙⋅・･●\\-－'’](?=[{_CJK}])")
#: Text in which no character needs a look.
_CLEAN = re.compile(f"[ -~{_CJK}·（），。：；、—－]*")
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?"
)
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?: 0?0:00(?::00)?)?")

#: Values of one plain column that are remembered as clean: classes and programmes repeat from row to row.
_REMEMBERED = 4096

_MAY_BE_EMPTY = frozenset({Kind.PLAIN, Kind.PRIVATE, Kind.ID_TYPE, Kind.SEX})

Value = str | datetime | None
Args = dict[str, object]


@dataclass(slots=True)
class RosterRow:
    """One row: its number in the spreadsheet, what the student record gets, and what was found."""

    row: int
    values: dict[str, Value] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        """Whether an error keeps the row out."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def text(self, key: str) -> str:
        """The value of a column as text, empty when it has none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def find(
        self, key: str, value: object, problem: str, args: Args | None = None, severity: Severity = Severity.ERROR
    ) -> None:
        """Note a finding; `value` is masked here."""
        column = BY_KEY[key]
        self.findings.append(Finding(self.row, column.title, masked(column, value), problem, args or {}, severity))


@dataclass(frozen=True)
class Rules:
    """The rules of one import: the campaign's school codes (empty: any known one) and today in China."""

    school_codes: tuple[str, ...]
    today: date
    _clean: dict[str, dict[str, str]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def only_school(self) -> str | None:
        """The school code that a roster without that column is about."""
        return self.school_codes[0] if len(self.school_codes) == 1 else None

    def row(self, number: int, cells: Sequence[object], header: Header) -> RosterRow | None:
        """Check one row by itself; None for a row without content."""
        if not any(cell != "" and cell is not None and str(cell).strip() for cell in cells):
            return None
        if _only_prefilled(cells, header):
            return None
        found = RosterRow(number)
        width = len(cells)
        for place, column in header.columns.items():
            cell = cells[place] if place < width else ""
            if cell == "" and column.kind in _MAY_BE_EMPTY:
                found.values[column.key] = ""
            elif column.kind is Kind.PLAIN and type(cell) is str:
                self._plain(found, column, cell)
            else:
                _CELL[column.kind](self, found, column, "" if cell is None else cell)
        if "school_code" not in header.keys:
            found.values["school_code"] = self.only_school
        self._number(found)
        student_number = found.text("student_number")
        if student_number and found.text("school_code") == OPEN_UNIVERSITY:
            args: Args = {"length": len(student_number), "wanted": STUDENT_NUMBER_DIGITS}
            if args["length"] != STUDENT_NUMBER_DIGITS:
                found.find("student_number", student_number, "student_number_length", args, Severity.WARNING)
        start, end = found.values.get("slot_from"), found.values.get("slot_until")
        if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
            found.find("slot_until", f"{end.astimezone(CHINA):%Y-%m-%d %H:%M}", "slot_order")
        return found

    def _plain(self, row: RosterRow, column: Column, cell: str) -> None:
        """A plain cell, looked at once for each value; equal values share one text in memory."""
        known = self._clean.setdefault(column.key, {})
        text = known.get(cell)
        if text is None:
            before = len(row.findings)
            _plain(self, row, column, cell)
            if len(row.findings) == before and len(known) < _REMEMBERED:
                known[cell] = row.text(column.key)
        else:
            row.values[column.key] = text

    def _number(self, row: RosterRow) -> None:
        """What the ID number says, against its type, the sex and the birth date of the row."""
        birth = row.values.pop("birth", None)
        number = row.values.get("id_number")
        if not isinstance(number, str) or any(f.column == BY_KEY["id_number"].title for f in row.findings):
            return
        id_type = row.text("id_type")
        kinds = ID_TYPES.get(id_type)
        if kinds is None and id_type:
            result = check(number, NumberKind.PASSPORT, self.today)  # a paper we don't know: its shape alone
        elif kinds is None and identify(number) is NumberKind.PASSPORT:
            row.find("id_number", number, "id_type_needed", {"length": len(number)})
            return
        else:
            claimed = (
                identify(number) if kinds is None else next((k for k in kinds if k is identify(number)), None)
            )
            result = check(number, claimed or (min(kinds) if kinds else None), self.today)
        if kinds == _PASSPORT and identify(number.upper()) in _EIGHTEEN:
            row.find(
                "id_number", number, "number_id_type_contradicts", {"length": len(number), "id_type": id_type}
            )
            return  # its shape fits, but no passport looks like that, and nothing else would be checked
        if result.problem is not None:
            if result.problem is NumberProblem.CHECK_DIGIT and number.endswith("000"):
                row.find("id_number", number, "id_as_number")  # a figure that was formatted as text afterwards
                return
            problem = "id_type_contradicts" if self._other_type(number, result, kinds) else result.problem.value
            row.find("id_number", number, f"number_{problem}", {"length": len(number), "id_type": id_type})
            return
        for warning in result.warnings:
            row.find("id_number", number, f"number_{warning}", severity=Severity.WARNING)
        row.values["id_number"] = result.number
        sex = row.text("sex")
        if sex and result.male is not None and (sex == MALE) is not result.male:
            row.find("sex", sex, "sex_contradicts")
        if birth and result.birth is not None and birth != result.birth.isoformat():
            row.find("birth", birth, "birth_contradicts")

    @staticmethod
    def _other_type(number: str, result: CheckedNumber, kinds: frozenset[NumberKind] | None) -> bool:
        """Whether the number is of a kind that the named type of paper does not have."""
        found = identify(number.upper())
        return bool(
            result.problem is NumberProblem.SHAPE and kinds and found not in (None, NumberKind.PASSPORT, *kinds)
        )


def _only_prefilled(cells: Sequence[object], header: Header) -> bool:
    """Whether nothing stands in the row but what a template fills in beforehand."""
    for place, column in header.columns.items():
        if column.key not in PREFILLED and place < len(cells) and cells[place] not in ("", None):
            return False
    return True


def strange_character(text: str, spaces: bool = False) -> tuple[str, Args] | None:
    """The first hidden, full-width or white character of `text`: problem and where it stands, else None."""
    for place, character in enumerate(text, start=1):
        args: Args = {"position": place, "codepoint": f"U+{ord(character):04X}"}
        if character == " " and spaces:
            continue
        if character in " \t\n\r\u3000":
            return "space", args
        if "\uff00" <= character <= "\uffef":
            return "full_width", {**args, "half": unicodedata.normalize("NFKC", character)}
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Zs", "Cs") or _is_selector(character):
            return "hidden_character", args
    return None


def duplicates(rows: Iterable[RosterRow]) -> None:
    """Note on every row whose ID number or student number stands in another row as well which row that is."""
    rows = list(rows)
    for key, problem in (("id_number", "duplicate_id"), ("student_number", "duplicate_student_number")):
        places: dict[str, list[RosterRow]] = {}
        for row in rows:
            value = row.text(key)
            if value:
                places.setdefault(value.upper(), []).append(row)
        for value, same in places.items():
            for row in same if len(same) > 1 else ():
                others = [other.row for other in same if other is not row]
                row.find(key, value, problem, {"rows": "、".join(map(str, others[:5]))})


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def shown(cell: object) -> str:
    """A cell of a column where figures and dates do no harm, as text."""
    if type(cell) is str:  # nearly every one
        return " ".join(cell.split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == datetime.min.time() else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell).split())


def _plain(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = shown(cell)
    if not _CLEAN.fullmatch(text):
        strange = strange_character(text, spaces=True)
        if strange is not None and strange[0] == "hidden_character":
            row.find(column.key, text, *strange)
            return
    if len(text) > column.limit:
        row.find(column.key, text, "too_long", {"limit": column.limit, "length": len(text)})
        return
    row.values[column.key] = text


def _required_text(row: RosterRow, column: Column, cell: object, as_number: str) -> str | None:
    """The text of a cell that must be there, must be text and must be clean; None after a finding."""
    if isinstance(cell, bool) or not isinstance(cell, str):
        row.find(column.key, shown(cell), as_number)
        return None
    if not cell.strip():
        row.find(column.key, "", "missing")
        return None
    if len(cell) > column.limit:
        row.find(column.key, cell, "too_long", {"limit": column.limit, "length": len(cell)})
        return None
    return cell


def _id_number(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = _required_text(row, column, cell, "id_as_number")
    if text is None:
        return
    strange = None if text.isascii() and text.isalnum() else strange_character(text)
    if strange is not None:
        row.find(column.key, text, *strange)
    elif _SCIENTIFIC.fullmatch(text) and identify(text.upper()) is not NumberKind.RESIDENT:
        row.find(column.key, text, "id_as_number")
    else:
        row.values[column.key] = text


def _student_number(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = _required_text(row, column, cell, "number_as_number")
    if text is None:
        return
    if not _STUDENT_NUMBER.fullmatch(text):
        strange = strange_character(text)
        if strange is None and _SCIENTIFIC.fullmatch(text):
            strange = "number_as_number", {}
        problem, args = strange or _illegal(text, _STUDENT_NUMBER)
        row.find(column.key, text, problem, args)
        return
    row.values[column.key] = text


def _name(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = _required_text(row, column, cell, "name_as_number")
    if text is None:
        return
    row.values[column.key] = text
    if _CJK_NAME.fullmatch(text):
        return
    if _RARE_NAME.fullmatch(text):
        row.find(column.key, text, "private_use", severity=Severity.WARNING)
        return
    problem = _name_problem(text)
    if problem is not None:
        row.find(column.key, text, *problem)


def _name_problem(text: str) -> tuple[str, Args] | None:
    """Names in other scripts: letters, single spaces between them, hyphen, apostrophe, point, middle dot.

    Parts of a Chinese name are joined by the middle dot alone, however alike another dot looks.
    """
    dot = _WRONG_DOT.search(text)
    if dot is not None:
        return "illegal_character", {
            "position": dot.start() + 2,
            "codepoint": f"U+{ord(text[dot.start() + 1]):04X}",
        }
    strange = strange_character(text, spaces=True)
    if strange is not None:
        return strange
    for place, character in enumerate(text):
        args: Args = {"position": place + 1, "codepoint": f"U+{ord(character):04X}"}
        if character == " ":
            before, after = text[place - 1 : place], text[place + 1 : place + 2]
            if not (_latin(before) and _latin(after)):
                return "space", args
        elif not (unicodedata.category(character)[0] in "LM" or character in "·-'.’" or _private(character)):
            return "illegal_character", args
    return None


def _latin(character: str) -> bool:
    return bool(character) and (character in "-'.’," or "LATIN" in unicodedata.name(character, ""))


def _private(character: str) -> bool:
    return unicodedata.category(character) == "Co"


def _illegal(text: str, allowed: re.Pattern[str]) -> tuple[str, Args]:
    for place, character in enumerate(text, start=1):
        if not allowed.fullmatch(character):
            return "illegal_character", {"position": place, "codepoint": f"U+{ord(character):04X}"}
    return "illegal_character", {"position": 1, "codepoint": ""}


def _school_code(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = shown(cell)
    if not text:
        row.find(column.key, "", "missing")
    elif text not in SCHOOL_CODES:
        row.find(column.key, text, "school_code_unknown", {"codes": "、".join(rules.school_codes or SCHOOL_CODES)})
    elif rules.school_codes and text not in rules.school_codes:
        row.find(column.key, text, "school_code_other", {"codes": "、".join(rules.school_codes)})
    else:
        row.values[column.key] = text


def _sex(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = shown(cell)
    if text and text not in SEXES:
        row.find(column.key, text, "sex_unknown")
    else:
        row.values[column.key] = SEXES.get(text, "")


def _id_type(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    _plain(rules, row, column, cell)
    text = row.text(column.key)
    if text and text not in ID_TYPES:
        row.find(column.key, text, "id_type_unknown", severity=Severity.WARNING)


def _birth(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    text = shown(cell)
    if not text:
        return
    match = _DAY.fullmatch(normalise(text))
    try:
        if match is None:
            raise ValueError(text)
        row.values[column.key] = date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        row.find(column.key, text, "birth_unreadable")


def _slot(rules: Rules, row: RosterRow, column: Column, cell: object) -> None:
    moment: datetime | None = None
    if isinstance(cell, datetime):
        moment = cell.replace(tzinfo=CHINA)
    elif isinstance(cell, date):
        moment = datetime(cell.year, cell.month, cell.day, tzinfo=CHINA)
    else:
        text = unicodedata.normalize("NFKC", shown(cell))
        if not text:
            row.values[column.key] = None
            return
        moment = _moment(text, end=column.key == "slot_until")
        if moment is None:
            row.find(column.key, text, "slot_unreadable")
            return
    row.values[column.key] = moment.astimezone(UTC)


def _moment(text: str, end: bool) -> datetime | None:
    """A local time in China; a day without a time begins at its start and ends with its end."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = match.groups()
    try:
        found = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=CHINA
        )
    except ValueError:
        return None
    return found + timedelta(days=1) if end and hour is None else found


_CELL = {
    Kind.ID_NUMBER: _id_number,
    Kind.STUDENT_NUMBER: _student_number,
    Kind.NAME: _name,
    Kind.SCHOOL_CODE: _school_code,
    Kind.SEX: _sex,
    Kind.ID_TYPE: _id_type,
    Kind.BIRTH: _birth,
    Kind.SLOT: _slot,
    Kind.PLAIN: _plain,
    Kind.PRIVATE: _plain,
}
