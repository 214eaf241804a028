"""Whose photo a file is: finds the student of each picture of a folder by the numbers in its name.

Names that are understood, at any depth of folders: `<ID number>.jpg`, `<student number>.jpg`, and both with a name
or other words beside them (`张三_990101199001011234.jpg`, `1951001234567-张三.JPG`). A name alone is never enough:
people share names. With a roster a number must stand on it, without one an ID number must pass its check digit and
a student number is 9 to 20 digits.
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kiosk.domain import id_numbers
from kiosk.domain.id_numbers import NumberKind
from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code
from kiosk.domain.roster_rules import Rules, duplicates
from kiosk.exchange.package import check_name_rule
from kiosk.exchange.workbook import read_table
from kiosk.photo.batch import Item

_NUMBERS = re.compile(r"[0-9A-Za-z]{6,}")
#: Figures that stick to a name in Latin letters: `zhangsan990101199001011234`.
_DIGITS = re.compile(r"(?<=[A-Za-z])[0-9]{9,20}[Xx]?(?![0-9A-Za-z])")
_NAMES = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af][·•\u3400-\u9fff\U00020000-\U000323af]+")
_STUDENT_NUMBER = re.compile(r"[0-9]{9,20}")
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+|^\.+')
#: Files that systems leave in folders.
_LITTER = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Subject:
    """Somebody who should have a photo: fields of the roster by key (`id_number`, `student_number`, `name`, …)."""

    fields: Mapping[str, str]
    row: int = 0  # of the roster, 0 without one

    def get(self, key: str) -> str:
        """A field as text, empty where it has none."""
        return self.fields.get(key, "")


class Subjects:
    """Everybody who may be named by a file."""

    def __init__(self, people: Iterable[Subject], bad_rows: int = 0) -> None:
        self.people = list(people)
        self.bad_rows = bad_rows  #: rows of the roster that could not be used
        self._by_number: dict[str, list[Subject]] = {}
        for person in self.people:
            for number in {person.get("id_number").upper(), person.get("student_number").upper()} - {""}:
                self._by_number.setdefault(number, []).append(person)

    def of(self, number: str) -> list[Subject]:
        """Who has this ID or student number."""
        return self._by_number.get(number.upper(), [])


@dataclass
class Plan:
    """What a batch is to do: its items in the order of their paths, whose they are, and who has no file."""

    items: list[Item] = field(default_factory=list)
    subjects: dict[str, Subject] = field(default_factory=dict)  # by the item's relative path
    missing: list[Subject] = field(default_factory=list)
    bad_rows: int = 0


def read_subjects(roster: Path, today: date) -> Subjects:
    """The people of a roster file. Raises `Refusal` as `kiosk.exchange.workbook.read_table` does."""
    table = read_table(roster)
    rules = Rules((), today)
    rows = [row for number, cells in table if (row := rules.row(number, cells, table.header)) is not None]
    duplicates(rows)
    good = [row for row in rows if not row.bad]
    people = [
        Subject({key: value for key, value in row.values.items() if isinstance(value, str)}, row.row)
        for row in good
    ]
    return Subjects(people, bad_rows=len(rows) - len(good))


def plan(folder: Path, out: Path, profile: Profile, subjects: Subjects | None, today: date) -> Plan:
    """Every file below `folder` but hidden ones and what lies in `out`, with whom it shows and what it becomes.

    Raises `ValueError` where the profile's naming rule asks for what no student has.
    """
    check_name_rule(profile.name_rule)
    made = Plan(bad_rows=subjects.bad_rows if subjects else 0)
    matched = [_match(path, profile, subjects, today) for path in _files(folder, out)]
    same = _same_bytes([path for path, *_ in matched])
    names: dict[str, int] = {}
    for _, _, name, _, _ in matched:
        if name is not None:
            names[name.casefold()] = names.get(name.casefold(), 0) + 1
    for path, subject, given, reason, signs in matched:
        name, refusal = given, reason
        relative = path.relative_to(folder).as_posix()
        if subject is not None:
            made.subjects[relative] = subject
        if name is not None and names[name.casefold()] > 1:
            name, refusal = None, (Code.PHOTO_TWICE.value, {})
        if path in same:
            signs = (*signs, {"code": "same_file", "ask": True, "evidence": {"files": same[path]}})
        made.items.append(Item(path, relative, name, refusal, signs))
    if subjects is not None:
        seen = {id(subject) for subject in made.subjects.values()}
        made.missing = [person for person in subjects.people if id(person) not in seen]
    return made


def _files(folder: Path, out: Path) -> list[Path]:
    found = []
    for path in sorted(folder.rglob("*"), key=lambda item: item.relative_to(folder).as_posix()):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.name.lower() in _LITTER or path == out or out in path.parents or not path.is_file():
            continue
        found.append(path)
    return found


_Reason = tuple[str, dict[str, Any]] | None
_Found = tuple[Path, Subject | None, str | None, _Reason, tuple[dict[str, Any], ...]]


def _match(path: Path, profile: Profile, subjects: Subjects | None, today: date) -> _Found:
    """The file, its subject, the deliverable's name, why there is none, signs in the name."""
    stem = unicodedata.normalize("NFKC", path.stem)
    numbers = [token.upper() for token in (*_NUMBERS.findall(stem), *_DIGITS.findall(stem))]
    found = _known(numbers, subjects) if subjects is not None else _spelled(numbers, today)
    if isinstance(found, Code):
        return path, None, None, (found.value, {}), ()
    name = _name(profile.name_rule, found)
    refusal: _Reason = None if name else (Code.PHOTO_NOT_NAMED.value, {})
    return path, found, name, refusal, _name_signs(stem, found)


def _known(numbers: list[str], subjects: Subjects) -> Subject | Code:
    people = {id(person): person for number in numbers for person in subjects.of(number)}
    if len(people) > 1:
        return Code.PHOTO_OF_SEVERAL
    if people:
        return next(iter(people.values()))
    plausible = any(_STUDENT_NUMBER.fullmatch(number) or _id_kind(number) for number in numbers)
    return Code.PHOTO_NOT_ON_ROSTER if plausible else Code.PHOTO_NOT_NAMED


def _spelled(numbers: list[str], today: date) -> Subject | Code:
    """What the name alone says, where there is no roster."""
    fields: dict[str, str] = {}
    invalid = False
    for number in numbers:
        kind = _id_kind(number)
        if kind is not None:
            if not id_numbers.check(number, kind, today).valid:
                invalid = True
            elif fields.setdefault("id_number", number) != number:
                return Code.PHOTO_OF_SEVERAL
        elif _STUDENT_NUMBER.fullmatch(number) and fields.setdefault("student_number", number) != number:
            return Code.PHOTO_OF_SEVERAL
    if fields:
        return Subject(fields)
    return Code.PHOTO_NUMBER_INVALID if invalid else Code.PHOTO_NOT_NAMED


def _id_kind(number: str) -> NumberKind | None:
    """The kind of an ID number that can't be anything else; a passport or 15 digits may be any code."""
    kind = id_numbers.identify(number)
    return None if kind in (NumberKind.PASSPORT, NumberKind.RESIDENT_OLD) else kind


def _name(rule: str, subject: Subject) -> str | None:
    """The deliverable's name by the profile's rule; None where a field that it needs is empty."""
    wanted = [name for _, name, _, _ in string.Formatter().parse(rule) if name]
    values = {key: _NOT_IN_NAMES.sub("_", subject.get(key)).strip() for key in wanted}
    return rule.format(**values) if all(values.values()) else None


def _name_signs(stem: str, subject: Subject) -> tuple[dict[str, Any], ...]:
    """Whether the file calls the person otherwise than the roster does."""
    name = subject.get("name")
    called = _NAMES.findall(stem)
    if not name or not called or any(name in word or word in name for word in called):
        return ()
    near = [word for word in called if len(word) <= 4]  # longer words are classes and places
    return ({"code": "name_differs", "ask": True, "evidence": {}},) if near else ()


def _same_bytes(paths: list[Path]) -> dict[Path, int]:
    """Files that are the same byte for byte → how many of them; only those of equal size are read."""
    sizes: dict[int, list[Path]] = {}
    for path in paths:
        size = path.stat().st_size
        if size:
            sizes.setdefault(size, []).append(path)
    contents: dict[str, list[Path]] = {}
    for group in sizes.values():
        for path in group if len(group) > 1 else ():
            with path.open("rb") as stream:
                contents.setdefault(hashlib.file_digest(stream, "sha256").hexdigest(), []).append(path)
    return {path: len(group) for group in contents.values() if len(group) > 1 for path in group}
