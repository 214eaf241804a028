"""A payment list counts whole or not at all; what is known is not counted again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.domain.refusals import Code, Refusal
from kiosk.exchange.payment_list import Report, import_payments
from kiosk.records.database import Database
from kiosk.records.registry_tables import FileLog, Payment
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.conftest import NOW
from tests.exchange.people import People
from tests.exchange.rosters import student as roster_row
from tests.exchange.rosters import write

OPEN = "open-2027-spring"
TITLES = ["学号", "证件号码", "姓名", "金额", "收据号", "类别", "备注"]


@pytest.fixture
def people(database: Database, settings: Settings) -> People:
    """Three students on the roster."""
    found = People(database, Vault(settings.data / "vault"), OPEN)
    for serial in (1, 2, 3):
        found.student(serial)
    return found


def row(serial: int, amount: object = "15", receipt: object = "", **more: object) -> dict[str, object]:
    return {"学号": roster_row(serial)["学号"], "金额": amount, "收据号": receipt, **more}


def take(database: Database, path: Path, campaign: str = OPEN) -> Report:
    return import_payments(database, path, campaign, "command:test", now=NOW)


def kept(database: Database) -> list[tuple[str, int, str | None]]:
    with database.read() as session:
        return [(p.kind, p.cents, p.receipt_number) for p in session.scalars(select(Payment).order_by(Payment.id))]


def test_rows_of_every_kind_are_written(people: People, database: Database, tmp_path: Path) -> None:
    by_card = {
        "证件号码": roster_row(2)["证件号码"],
        "姓名": "陈 晓梅",
        "金额": 15.5,
        "收据号": 881,
        "类别": "缴费",
    }
    listed = [row(1, "￥15.00", "A-1"), by_card, row(3, "", "", 类别="免缴"), row(1, "15.00", "A-2", 类别="退费")]
    report = take(database, write(tmp_path / "p.xlsx", listed, TITLES))
    assert (report.imported, report.added, report.cents) == (True, 4, 1500 + 1550 + 1500)
    assert kept(database) == [
        ("paid", 1500, "A-1"), ("paid", 1550, "881"), ("waived", 0, "W-000001"), ("refunded", 1500, "A-2"),
    ]  # fmt: skip
    with database.read() as session:
        logged = session.scalars(select(FileLog)).one()
        assert (logged.direction, logged.kind, logged.campaign) == ("in", "payments", OPEN)


def test_a_grown_list_adds_only_what_is_new(people: People, database: Database, tmp_path: Path) -> None:
    take(database, write(tmp_path / "1.xlsx", [row(1, "15", "A-1")], TITLES))
    report = take(database, write(tmp_path / "2.xlsx", [row(1, "15", "A-1"), row(2, "15", "A-2")], TITLES))
    assert (report.added, report.known, len(kept(database))) == (1, 1, 2)


def test_the_same_file_counts_once(people: People, database: Database, tmp_path: Path) -> None:
    file = write(tmp_path / "1.xlsx", [row(1)], TITLES)
    take(database, file)
    with pytest.raises(Refusal) as refused:
        take(database, file)
    assert refused.value.code is Code.PAYMENTS_TWICE
    assert kept(database) == [("paid", 1500, "P-000001")]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (row(9), "unknown"),
        ({"金额": "15"}, "who"),
        (row(2, "abc"), "amount"),
        (row(2, "0"), "amount"),
        (row(2, "15", 类别="免缴"), "amount"),
        (row(2, "-15"), "amount"),
        (row(2, 类别="贷款"), "kind"),
        (row(2, "15", "=1+1"), "formula"),
        (row(2, "15", "@A"), "receipt"),
        (row(2, "15", "A-1"), "receipt_twice"),
        (row(2, "15", "OLD"), "receipt_taken"),
        (row(2, 姓名="王五"), "name"),
        (row(2, 证件号码=roster_row(3)["证件号码"]), "contradiction"),
    ],
)
def test_a_row_that_is_not_clear_keeps_everything_out(
    people: People, database: Database, tmp_path: Path, bad: dict[str, object], problem: str
) -> None:
    take(database, write(tmp_path / "old.xlsx", [row(3, "9", "OLD")], TITLES))
    report = take(database, write(tmp_path / "p.xlsx", [row(1, "15", "A-1"), bad], TITLES))
    assert not report.imported and report.problems == [(3, problem)]
    assert kept(database) == [("paid", 900, "OLD")]


def test_our_own_numbers_keep_out_of_the_way_of_given_ones(
    people: People, database: Database, tmp_path: Path
) -> None:
    take(database, write(tmp_path / "p.xlsx", [row(1), row(2, "15", "P-000001"), row(3)], TITLES))
    assert sorted(str(number) for *_, number in kept(database)) == ["P-000001", "P-000002", "P-000003"]


def test_a_list_of_the_cash_desk_in_gb18030(people: People, database: Database, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(f"学号,缴费金额,票据号\n{roster_row(1)['学号']},15元,N1\n".encode("gb18030"))
    assert take(database, path).added == 1


@pytest.mark.parametrize("content", ["", "学号,姓名\n1,2\n", "金额,备注\n1,2\n", "\x00"])
def test_what_is_no_list_is_refused(people: People, database: Database, tmp_path: Path, content: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(Refusal):
        take(database, path)


def test_a_list_for_another_campaign_is_nobodys(people: People, database: Database, tmp_path: Path) -> None:
    report = take(database, write(tmp_path / "p.xlsx", [row(1)], TITLES), "adult-2027-spring")
    assert report.problems == [(2, "unknown")]
