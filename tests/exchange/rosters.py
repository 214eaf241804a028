"""Makes roster files for the tests: real workbooks, good ones and broken ones."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.roster import COLUMNS

TITLES = [column.title for column in COLUMNS if column.key != "birth"]


def student(serial: int, **changes: object) -> dict[str, object]:
    """A good row of the roster by column title; odd serials are men."""
    number = make_synthetic(date(1980, 1, 1 + serial % 28), serial % 1000, 100 + serial // 1000)
    values: dict[str, object] = {
        "序号": str(serial), "院校代码": "51161", "院校名称": "示例开放大学", "学号": f"2451161{serial:06d}",
        "姓名": "陈晓梅", "性别": "男" if serial % 2 else "女", "证件类型": "居民身份证", "证件号码": number,
        "层次": "本科", "专业代码": "120201", "专业名称": "行政管理", "学习形式": "开放教育", "分校": "银川分校",
        "教学点": "金凤教学点", "班级": "2024秋行政管理", "入学年月": "202409", "预计毕业日期": "20270115",
    }  # fmt: skip
    return {**values, **changes}


def write(path: Path, students: Iterable[dict[str, object]], titles: list[str] | None = None) -> Path:
    """Write a workbook with one sheet: header, then the students."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("毕业生名单")
    columns = titles or TITLES
    sheet.append(columns)
    for each in students:
        sheet.append([each.get(title, "") for title in columns])
    book.save(path)
    return path


def with_sheet(path: Path, template: Path, parts: Iterable[bytes]) -> Path:
    """A copy of the workbook `template` whose first sheet consists of `parts`."""
    with zipfile.ZipFile(template) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != "xl/worksheets/sheet1.xml":
                target.writestr(name, source.read(name))
        with target.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            )
            for part in parts:
                stream.write(part)
            stream.write(b"</sheetData></worksheet>")
    return path
