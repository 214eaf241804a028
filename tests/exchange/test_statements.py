"""The statement: by branch and to the cent, on paper and as a workbook that office programs open as text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from kiosk.exchange import statements
from kiosk.records import fees
from kiosk.records.database import Database
from kiosk.records.registry_tables import Payment
from kiosk.records.tables import Campaign, Student
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.conftest import NOW
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row

OPEN = "open-2027-spring"


@pytest.fixture
def people(database: Database, settings: Settings) -> People:
    """Branch 甲: two photographed, one paid. Branch =乙: one paid without a photo, one let off, one gone."""
    found = People(database, Vault(settings.data / "vault"), OPEN)
    found.ready(1, branch="甲分校", class_name="一班")
    found.ready(2, branch="甲分校", class_name="一班")
    for serial in (3, 5, 6):
        found.student(serial, branch="=乙分校")
    found.ready(4, branch="=乙分校")
    for serial, kind, cents in ((1, "paid", 1500), (3, "paid", 1500), (4, "waived", 0)):
        pay(database, serial, kind, cents)
    with database.write() as session:
        session.execute(update(Student).where(numbered(6)).values(removed_at=NOW))
    return found


def numbered(serial: int) -> ColumnElement[bool]:
    return Student.student_number == str(roster_row(serial)["学号"])


def pay(database: Database, serial: int, kind: str, cents: int) -> None:
    with database.write() as session:
        student = session.scalars(select(Student).where(numbered(serial))).one()
        session.add(
            Payment(
                public_id=f"{serial:032d}", campaign_id=student.campaign_id, student_id=student.id, kind=kind,
                cents=cents, receipt_number=f"N{serial}", by="staff:test", at=NOW,
            )
        )  # fmt: skip


def campaign(session: Session) -> Campaign:
    return session.scalars(select(Campaign).where(Campaign.code == OPEN)).one()


def test_heads_and_amounts_by_branch(people: People, database: Database) -> None:
    with database.read() as session:
        made = fees.statement(session, campaign(session))
        lines = {line.branch: line for line in made.lines}
        assert [line.branch for line in made.lines] == ["=乙分校", "甲分校"]
        first, second = lines["甲分校"], lines["=乙分校"]
        assert (first.registered, first.verified, first.owed, first.received) == (2, 2, 3000, 1500)
        assert first.named == {"photographed_not_paid": 1}
        assert (second.registered, second.verified, second.waived) == (3, 1, 1)
        assert (second.owed, second.received, second.named) == (0, 1500, {"paid_not_photographed": 1})
        assert made.total.difference == 0 and made.total.owed == 3000
        only = fees.statement(session, campaign(session), "甲分校")
        assert [line.branch for line in only.lines] == ["甲分校"]


def test_who_left_the_roster_is_a_head_only_with_money(people: People, database: Database) -> None:
    pay(database, 6, "paid", 1500)
    with database.read() as session:
        made = fees.statement(session, campaign(session))
        assert made.total.registered == 6 and made.total.named["paid_not_photographed"] == 2


def test_the_workbook_holds_text_alone(people: People, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    with database.read() as session:
        assert statements.workbook(session, campaign(session), path, "zh_CN") == {"branches": 2, "differences": 2}
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["分校", "差异"]
    rows = book.get_sheet_by_name("分校").to_python()
    assert rows[1][0] == "=乙分校" and rows[2][:6] == ["甲分校", "2", "2", "0", "1", "30.00"]
    assert rows[-1][0] == "合计" and rows[-1][-1] == "0.00"
    people_rows = book.get_sheet_by_name("差异").to_python()
    assert {row[5] for row in people_rows[1:]} == {"已拍摄未缴费", "已缴费未拍摄"}
    assert people_rows[1][3] == str(roster_row(3)["学号"])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_paper_says_the_same(
    people: People, database: Database, settings: Settings, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "s.pdf"
    with database.read() as session:
        made = statements.pdf(session, settings, campaign(session), path, language, NOW)
    assert made["pages"] == 1
    words = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    assert "甲分校" in words and "30.00" in words
    assert str(roster_row(3)["学号"]) not in words  # masked
