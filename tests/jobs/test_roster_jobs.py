"""The roster's jobs: uploads have names without an ending, results are JSON, files lie where they are fetched."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from kiosk.domain.refusals import Code, Refusal
from kiosk.jobs import roster_check, roster_compare, roster_import, roster_template
from kiosk.jobs.context import Context
from kiosk.records.database import Database
from kiosk.settings import Settings
from tests.exchange.conftest import database, empty_records, settings  # noqa: F401 - fixtures
from tests.exchange.rosters import student, write

OPEN = "open-2027-spring"


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:  # noqa: F811
    now = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    return Context(database, settings, "a" * 32, "staff:chen", now, lambda _: None)


@pytest.fixture
def upload(settings: Settings) -> Callable[[list[dict[str, Any]]], str]:  # noqa: F811
    def keep(rows: list[dict[str, Any]]) -> str:
        folder = settings.data / "uploads"
        folder.mkdir(exist_ok=True)
        name = secrets.token_hex(16)
        write(folder / f"{name}.xlsx", rows).rename(folder / name)
        return name

    return keep


def test_a_check_then_the_import_that_was_confirmed(
    context: Context, upload: Callable[[list[dict[str, Any]]], str]
) -> None:
    rows = [student(1), student(2)]
    told = roster_check.run(context, upload=upload(rows), campaign=OPEN, file_name="r.xlsx")
    assert json.loads(json.dumps(told)) == told and not told["imported"]
    with pytest.raises(Refusal) as refused:
        roster_import.run(context, upload=upload([student(3)]), campaign=OPEN, confirm=told["plan"])
    assert refused.value.code is Code.ROSTER_MOVED
    name = upload(rows)
    again = roster_check.run(context, upload=name, campaign=OPEN, file_name="r.xlsx")
    done = roster_import.run(context, upload=name, campaign=OPEN, confirm=again["plan"], file_name="r.xlsx")
    assert (done["imported"], done["added"]) == (True, 2)


def test_a_check_with_findings_leaves_a_marked_copy_and_one_without_none(
    context: Context, upload: Callable[[list[dict[str, Any]]], str]
) -> None:
    told = roster_check.run(context, upload=upload([student(1, 姓名="陈 梅")]), campaign=OPEN, file_name="r.xlsx")
    file = context.settings.data / "documents" / told["file"]
    assert load_workbook(file).active["E2"].comment is not None
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_comparison_and_a_template(context: Context, upload: Callable[[list[dict[str, Any]]], str]) -> None:
    told = roster_compare.run(context, upload=upload([student(1)]), campaign=OPEN, file_name="r.xlsx")
    assert (told["only_theirs"], told["ours"]) == (1, 0) and json.loads(json.dumps(told)) == told
    made = roster_template.run(context, school="51383")
    assert load_workbook(context.settings.data / "documents" / made["file"]).active["B2"].value == "51383"
