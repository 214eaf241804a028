"""A campaign, its organisation and sites as a file: both forms read back equal, broken files are refused."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.campaign import CampaignFile, check
from kiosk.domain.organisation import Kind, Unit
from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange import plan_files
from tests.domain.test_campaign import GOOD

FILE = CampaignFile.model_validate(
    {**GOOD, "title": {"zh_CN": '一 "二"\\三', "en": "=1+1"}, "school_codes": ["51161"],
     "intake_terms": ["202409"], "retention": {"answers": 7}, "roster_deadline": "2026-11-20",
     "temperature_required": False}
)  # fmt: skip
UNITS = [Unit("nx", Kind.PROVINCE, "示例开放大学"), Unit("yc", Kind.BRANCH, "银川分校", "nx", "yc@x.example")]
SITES: list[dict[str, Any]] = [
    {"code": "hall", "title": "礼堂", "address": "", "waiting_metres": 9.5, "seats": 2, "student_seconds": 180}
]


def same(plan: plan_files.Plan) -> None:
    found, problems = check(plan.content, ["chsi-2017-99"], ["off"], [])
    assert (problems, found) == ([], FILE)
    assert [(u["code"], u["kind"], u["name"], u.get("parent", ""), u.get("email", "")) for u in plan.units] == [
        ("nx", "province", "示例开放大学", "", ""), ("yc", "branch", "银川分校", "nx", "yc@x.example")
    ]  # fmt: skip
    assert plan.sites == SITES
    assert plan.unit_problems() == []


def test_both_forms_read_back_equal(tmp_path: Path) -> None:
    toml, book = tmp_path / "plan.toml", tmp_path / "plan.xlsx"
    plan_files.write_toml(toml, FILE, UNITS, SITES)
    plan_files.write_workbook(book, FILE, UNITS, SITES, {"code": "代号"})
    same(plan_files.read(toml))
    same(plan_files.read(book))


def test_a_workbook_that_went_through_libreoffice_says_the_same(tmp_path: Path) -> None:
    book = tmp_path / "plan.xlsx"
    plan_files.write_workbook(book, FILE, UNITS, SITES, {})
    out = tmp_path / "saved"
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(book)],
        check=True, capture_output=True, timeout=150,
    )  # fmt: skip
    same(plan_files.read(out / "plan.xlsx"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.FILE_EMPTY),
        (b"\xff\xfe\x00", Code.FILE_NOT_A_WORKBOOK),
        (b"code = ", Code.FILE_NOT_A_WORKBOOK),
        (b"PK\x03\x04 nothing", Code.FILE_CUT),
        (b"units = 3", Code.FILE_NOT_A_WORKBOOK),
        (b"[[units]]\ncode = 'a'\nsecret = 'b'", Code.FILE_NOT_A_WORKBOOK),
        (b"at = 10:30:00", Code.FILE_NOT_A_WORKBOOK),
        (b"#" * (5 << 20), Code.FILE_TOO_LARGE),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes, code: Code) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        plan_files.read(path)
    assert refused.value.code is code


def test_units_that_are_no_tree_are_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[[units]]\ncode = "a"\nkind = "class"\nname = "1班"\n' * 2)
    assert plan_files.read(path).unit_problems() == [("a", "twice")]
    path.write_text('[[units]]\ncode = "a"\nkind = "club"\nname = "1班"\n')
    assert plan_files.read(path).unit_problems()[0][0] == ""
