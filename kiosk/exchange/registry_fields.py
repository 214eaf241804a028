"""The registry's field layout: what each field holds, how long it may be, as text cells and as DBF.

Names and lengths are those of the layout in use (grade C: mirrors only); where it states no length ours stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import dbf

from kiosk.domain import id_numbers
from kiosk.records.tables import Student

#: DBF knows no Unicode; registries read it as GBK.
CODEPAGE, ENCODING = "cp936", "gbk"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `limit` counts characters in a workbook and, as the layout's bytes do, GBK bytes in DBF."""

    title: str
    name: str  # at most ten letters, DBF's limit
    limit: int
    read: Callable[[Student, str], str]


def _digits(value: str) -> str:
    return "".join(letter for letter in value if letter.isascii() and letter.isdigit())


def _birth(student: Student, _photo: str) -> str:
    found = id_numbers.check(student.id_number).birth
    return found.strftime("%Y%m%d") if found else ""


def _nothing(_student: Student, _photo: str) -> str:
    """Not in the roster, and never guessed."""
    return ""


FIELDS: tuple[Field, ...] = (
    Field("考生号", "KSH", 18, _nothing),
    Field("学号", "XH", 15, lambda s, _: s.student_number),
    Field("姓名", "XM", 40, lambda s, _: s.name),
    Field("性别", "XB", 2, lambda s, _: s.sex),
    Field("出生日期", "CSRQ", 8, _birth),
    Field("证件号码", "SFZH", 18, lambda s, _: s.id_number),
    Field("民族", "MZ", 24, _nothing),
    Field("专业代码", "ZYDM", 6, lambda s, _: s.major_code),
    Field("专业名称", "ZYMC", 50, lambda s, _: s.major_name),
    Field("层次", "CC", 12, lambda s, _: s.level),
    Field("学制", "XZ", 3, _nothing),
    Field("学习形式", "XXXS", 10, lambda s, _: s.study_form),
    Field("入学日期", "RXRQ", 8, lambda s, _: _digits(s.intake)),
    Field("班号", "BH", 60, lambda s, _: s.class_name),
    Field("预计毕业日期", "YJBYRQ", 8, lambda s, _: _digits(s.expected_graduation)),
    Field("照片文件", "ZPWJ", 80, lambda _, photo: photo),
)
TITLES = [field.title for field in FIELDS]


def row(student: Student, photo: str) -> list[str]:
    """The values of a student whose picture is the file `photo`, in the order of `FIELDS`."""
    return [field.read(student, photo) for field in FIELDS]


def misfits(values: list[str]) -> list[tuple[str, str]]:
    """What a DBF could not hold: (title, `not_encodable` or `too_long`) of each such field; nothing is cut."""
    found: list[tuple[str, str]] = []
    for field, value in zip(FIELDS, values, strict=True):
        try:
            size = len(value.encode(ENCODING))
        except UnicodeEncodeError:
            found.append((field.title, "not_encodable"))
            continue
        if size > field.limit:
            found.append((field.title, "too_long"))
    return found


class DbfFile:
    """A DBF that is written row by row. As a context manager it closes the file."""

    def __init__(self, path: Path) -> None:
        fields = "; ".join(f"{field.name} C({field.limit})" for field in FIELDS)
        self._table = dbf.Table(str(path), fields, codepage=CODEPAGE, dbf_type="db3", on_disk=True)

    def __enter__(self) -> DbfFile:
        self._table.open(dbf.READ_WRITE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()

    def append(self, values: list[str]) -> None:
        """Add a row that has no `misfits`."""
        self._table.append(tuple(values))
