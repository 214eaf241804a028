"""The columns of a roster: their names, their aliases, how they are masked, and where the header stands.

The column list is ours (no official one is public); the aliases are those seen in schools' files and in the
registry's exports. `kiosk.domain.roster_rules` says what may stand in the cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kiosk.domain.masking import mask_name, mask_number


class Kind(StrEnum):
    """What a column holds, which decides its rules and its masking."""

    ID_NUMBER = "id_number"
    STUDENT_NUMBER = "student_number"
    NAME = "name"
    SCHOOL_CODE = "school_code"
    SEX = "sex"
    ID_TYPE = "id_type"
    BIRTH = "birth"  # only compared with the ID number, not kept
    SLOT = "slot"
    PLAIN = "plain"  # anything, shown in reports as it is
    PRIVATE = "private"  # anything, never shown in reports


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column. `key` is the attribute of the student record, `limit` its longest value."""

    key: str
    title: str
    kind: Kind
    limit: int
    aliases: tuple[str, ...] = ()


COLUMNS: tuple[Column, ...] = (
    Column("sequence", "序号", Kind.PLAIN, 20, ("编号", "XUHAO", "No", "No.")),
    Column("school_code", "院校代码", Kind.SCHOOL_CODE, 10, ("学校代码", "院校代号", "YXDM", "school code")),
    Column("school_name", "院校名称", Kind.PLAIN, 80, ("学校名称", "院校", "学校", "YXMC", "XXMC", "school")),
    Column("student_number", "学号", Kind.STUDENT_NUMBER, 20, ("学生学号", "XH", "student number", "student no")),
    Column("name", "姓名", Kind.NAME, 40, ("学生姓名", "考生姓名", "XM", "name")),
    Column("sex", "性别", Kind.SEX, 4, ("XB", "sex", "gender")),
    Column("birth", "出生日期", Kind.BIRTH, 10, ("出生年月日", "出生年月", "CSRQ", "birth", "date of birth")),
    Column("id_type", "证件类型", Kind.ID_TYPE, 40, ("身份证件类型", "证件类别", "ZJLX", "id type")),
    Column(
        "id_number", "证件号码", Kind.ID_NUMBER, 40,
        ("证件号", "身份证号", "身份证号码", "身份证件号", "身份证件号码", "公民身份号码", "身份证", "SFZH",
         "SFZJH", "ZJHM", "ZJH", "id number", "id no"),
    ),
    Column("level", "层次", Kind.PLAIN, 20, ("培养层次", "学历层次", "专业层次", "CC", "PYCC", "level")),
    Column("major_code", "专业代码", Kind.PLAIN, 20, ("ZYDM", "major code")),
    Column("major_name", "专业名称", Kind.PLAIN, 80, ("专业", "ZYMC", "major", "programme")),
    Column("study_form", "学习形式", Kind.PLAIN, 20, ("XXXS", "study form")),
    Column("branch", "分校", Kind.PLAIN, 80, ("分部", "所属分校", "FX", "branch")),
    Column("teaching_point", "教学点", Kind.PLAIN, 80, ("学习中心", "教学点名称", "JXD", "teaching point")),
    Column("class_name", "班级", Kind.PLAIN, 80, ("班号", "班级名称", "班级代码", "BJ", "BH", "class")),
    Column("intake", "入学年月", Kind.PLAIN, 20, ("入学日期", "入学时间", "RXRQ", "RXNY", "intake")),
    Column(
        "expected_graduation", "预计毕业日期", Kind.PLAIN, 20,
        ("预计毕业时间", "预毕业日期", "毕业日期", "YJBYRQ", "expected graduation"),
    ),
    Column("phone", "联系电话", Kind.PRIVATE, 40, ("手机", "手机号", "电话", "联系方式", "LXDH", "phone")),
    Column("email", "电子邮箱", Kind.PRIVATE, 200, ("邮箱", "电子邮件", "EMAIL", "e-mail", "mail")),
    Column("address", "邮寄地址", Kind.PRIVATE, 200, ("通讯地址", "通信地址", "地址", "YJDZ", "address")),
    Column("remark", "备注", Kind.PRIVATE, 200, ("BZ", "remark", "remarks")),
    Column("slot_from", "预约开始", Kind.SLOT, 40, ("预约开始时间", "时段开始", "slot from")),
    Column("slot_until", "预约结束", Kind.SLOT, 40, ("预约结束时间", "时段结束", "slot until")),
)  # fmt: skip
BY_KEY = {column.key: column for column in COLUMNS}
#: Without these no row can be used.
REQUIRED = ("student_number", "name", "id_number")
#: What a template fills in beforehand: a row with nothing else in it is nobody's.
PREFILLED = ("sequence", "school_code", "school_name")
#: The two schools of the notices, "do not change": open education and adult education.
SCHOOL_CODES = ("51161", "51383")
#: A title or a note may stand above the header.
HEADER_WITHIN = 20

_NOTE = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")
_NOISE = re.compile(r"[\s*:_\-/·]+")


def header_key(text: str) -> str:
    """A column's title as it is compared: without notes, spaces and case, full-width letters narrowed."""
    text = _NOTE.sub("", unicodedata.normalize("NFKC", text))
    return _NOISE.sub("", text).casefold()


_BY_HEADER = {header_key(name): column for column in COLUMNS for name in (column.title, *column.aliases)}


class Severity(StrEnum):
    """An error keeps the row out, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in one cell. The texts are `roster.problem.<problem>` and `roster.remedy.<problem>`.

    `row` is the number the spreadsheet shows, `value` is masked, `args` fill in the texts and hold nothing
    personal.
    """

    row: int
    column: str
    value: str
    problem: str
    args: dict[str, object] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    cell: str = ""  # address in the spreadsheet, like I17; empty where the file has no such column


@dataclass(frozen=True)
class Header:
    """Where the header stands (index from 0) and which cell of a row belongs to which column."""

    index: int
    columns: dict[int, Column]
    ignored: tuple[str, ...]  # titles that mean nothing to us
    twice: tuple[str, ...]  # canonical titles that two columns claim

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of the columns that are there; asked for each row."""
        return frozenset(column.key for column in self.columns.values())

    @property
    def places(self) -> dict[str, int]:
        """Index of each column's cell in a row, by key."""
        return {column.key: place for place, column in self.columns.items()}

    @property
    def missing(self) -> tuple[str, ...]:
        """Titles of required columns that are not there."""
        return tuple(BY_KEY[key].title for key in REQUIRED if key not in self.keys)


def find_header(rows: Sequence[Sequence[object]]) -> Header | None:
    """The header among the first `HEADER_WITHIN` rows: the row naming most columns, two required ones at least.

    None when there is no such row.
    """
    best: Header | None = None
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        header = Header(index, *read_columns(row, _BY_HEADER))
        if len(header.missing) <= 1 and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def read_columns(
    row: Sequence[object], by_header: Mapping[str, Column]
) -> tuple[dict[int, Column], tuple[str, ...], tuple[str, ...]]:
    """What the cells of a header row name: column by place, titles that mean nothing, titles that stand twice.

    `by_header`: column by `header_key` of its title and aliases.
    """
    columns: dict[int, Column] = {}
    ignored: list[str] = []
    twice: list[str] = []
    for place, cell in enumerate(row):
        if not isinstance(cell, str) or not cell.strip():
            continue
        column = by_header.get(header_key(cell))
        if column is None:
            ignored.append(cell.strip()[:40])
        elif column in columns.values():
            twice.append(column.title)
        else:
            columns[place] = column
    return columns, tuple(ignored), tuple(twice)


def masked(column: Column, value: object) -> str:
    """What a report may show of a cell: enough to find it in the file, not enough to know the person."""
    text = str(value)
    if column.kind is Kind.NAME:
        return mask_name(text)
    if column.kind in (Kind.ID_NUMBER, Kind.STUDENT_NUMBER):
        return mask_number(text)
    if column.kind in (Kind.BIRTH, Kind.PRIVATE):
        return "*" * min(len(text), 8)
    return text[:40]
