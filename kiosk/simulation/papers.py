"""What a simulated day needs on paper: rosters as real workbooks, the ID cards of the students, a document."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.domain.roster import COLUMNS, Kind
from kiosk.exchange.sheets import TextWorkbook
from kiosk.simulation.plan import Story, Student

_MAJORS = (("120201", "行政管理"), ("120203", "会计学"), ("040106", "学前教育"))
_POINTS = (("银川分校", "金凤教学点"), ("吴忠分校", "利通教学点"))
#: Students of one class; slots are filled class by class.
_CLASS = 20


def is_on(student: Student, school_code: str) -> bool:
    """Whether the roster of that school code has the student."""
    wanted = {Story.WRONG_PROGRAMME: "51383", Story.NOT_LISTED: ""}.get(student.story, "51161")
    return wanted == school_code


def write_roster(path: Path, students: Iterable[Student], school_code: str) -> int:
    """The roster of a school code as a workbook; how many rows it has."""
    columns = [column for column in COLUMNS if column.kind not in (Kind.BIRTH, Kind.SLOT)]
    listed = [student for student in students if is_on(student, school_code)]
    with TextWorkbook() as book:
        sheet = book.sheet("毕业生名单", [column.title for column in columns])
        for student in listed:
            row = _row(student, school_code)
            sheet.append([row.get(column.key, "") for column in columns])
        book.save(path)
    return len(listed)


def _row(student: Student, school_code: str) -> dict[str, str]:
    major_code, major = _MAJORS[student.number // _CLASS % len(_MAJORS)]
    branch, point = _POINTS[student.number // _CLASS % len(_POINTS)]
    return {
        "sequence": str(student.number), "school_code": school_code, "school_name": "示例开放大学",
        "student_number": student.student_number, "name": student.name, "sex": _sex(student),
        "id_type": "居民身份证", "id_number": student.id_number, "level": "本科", "major_code": major_code,
        "major_name": major, "study_form": "开放教育", "branch": branch, "teaching_point": point,
        "class_name": f"2024秋{major}{student.number // _CLASS + 1}班", "intake": "202409",
        "expected_graduation": "20270115",
    }  # fmt: skip


def write_cards(path: Path, students: Sequence[Student]) -> None:
    """The cards as the simulated reader's table has them; the position is the student's number minus one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(json.dumps([_card(student) for student in students], ensure_ascii=False), "utf-8")


def _card(student: Student) -> dict[str, Any]:
    return {
        "name": student.name, "sex": _sex(student), "ethnic": "汉", "birth": f"{student.birth:%Y%m%d}",
        "address": f"示例省示例市示例路{student.number}号", "number": student.id_number, "issuer": "示例市公安局",
        "valid_from": "20180601", "valid_to": "20380601",
    }  # fmt: skip


def _sex(student: Student) -> str:
    return "男" if student.number % 2 else "女"


def document() -> bytes:
    """A picture that stands for the approval: blank, made up."""
    picture = io.BytesIO()
    Image.new("RGB", (600, 800), (250, 250, 245)).save(picture, "JPEG")
    return picture.getvalue()
