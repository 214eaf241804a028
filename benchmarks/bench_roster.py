"""A roster of 100,000 students through the real check and import, a workbook that is too large, 1,000 photos."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import event, select

from benchmarks.report import Row
from kiosk.domain.refusals import Refusal
from kiosk.domain.states import VisitState
from kiosk.exchange import campaigns
from kiosk.exchange.package import Order, export
from kiosk.exchange.roster import import_file
from kiosk.exchange.workbook import read_table
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.tables import Campaign
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.people import People
from tests.exchange.rosters import TITLES, student, with_sheet, write

CAMPAIGN, BY = "open-2027-spring", "command:bench"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ROWS, IMPORT_BAR, AGAIN_BAR, MEMORY_BAR, READ_SHARE = 100_000, 15.0, 8.0, 400, 0.5
FAR_ROWS = 200_000
PHOTOS, PHOTO_KB = 1_000, 38


def measure() -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        migrate.upgrade(settings)
        database = Database(settings.database_url)
        try:
            campaigns.ensure(database, settings, NOW)
            with database.write() as session:
                campaign = session.scalars(select(Campaign).where(Campaign.code == CAMPAIGN)).one()
                campaign.roster_deadline = date(2026, 12, 31)
        finally:
            database.close()
        yield from _import(settings, Path(folder))
        yield _too_large(Path(folder))
        yield _package(Path(folder))


def _import(settings: Settings, folder: Path) -> Iterator[Row]:
    path = write(folder / "roster.xlsx", (_someone(serial) for serial in range(1, ROWS + 1)))
    size = f"{ROWS} rows, {len(TITLES)} columns, {path.stat().st_size >> 10} kB, SQLite on disk"
    read = _apart(_read, path).seconds
    what = f"workbook of {ROWS} rows, "
    yield Row(f"{what}merely read with openpyxl", "–", f"{read:.1f} s", None, "read-only, values alone")
    first = _apart(_bring, settings.data)
    yield Row(
        f"{what}checked and imported",
        f"≤ {IMPORT_BAR:.0f} s",
        f"{first.seconds:.1f} s",
        first.seconds <= IMPORT_BAR,
        size,
    )
    share = first.seconds / read
    yield Row(
        f"{what}share of merely reading it", f"≤ {READ_SHARE}", f"{share:.2f}", share <= READ_SHARE,
        "same machine, one after the other",
    )  # fmt: skip
    yield Row(
        f"{what}memory",
        f"≤ {MEMORY_BAR} MB",
        f"{first.peak:.0f} MB",
        first.peak <= MEMORY_BAR,
        "most ever held, all of it",
    )
    again = _apart(_bring, settings.data)
    yield Row(
        f"{what}the same again",
        f"≤ {AGAIN_BAR:.0f} s",
        f"{again.seconds:.1f} s",
        again.seconds <= AGAIN_BAR,
        f"{again.peak:.0f} MB",
    )
    yield Row(
        f"{what}rows written by the same again", "0", str(again.answer), again.answer == 0, "SQLite's own count"
    )


def _someone(serial: int) -> dict[str, object]:
    """A row with what a real roster repeats and what it does not: names, classes and points differ."""
    point = serial % 120
    return student(
        serial, 姓名=f"陈{chr(0x4E00 + serial % 5000)}{chr(0x5200 + serial % 89)}", 教学点=f"教学点{point}",
        班级=f"2024秋班{serial % 2500}", 联系电话=f"1390000{serial % 10_000:04d}", 邮寄地址=f"示例路{serial}号",
    )  # fmt: skip


def _read(path: Path) -> int:
    book = load_workbook(path, read_only=True)
    for _row in book.worksheets[0].iter_rows(values_only=True):
        pass
    book.close()
    return 0


def _bring(data: Path) -> int:
    """Import the roster beside the data folder; answers the rows that SQLite wrote."""
    settings = Settings(data_dir=data)
    database = Database(settings.database_url)
    written = 0

    @event.listens_for(database.engine, "after_cursor_execute")
    def count(_c: object, cursor: Any, statement: str, *_: object) -> None:
        nonlocal written
        if statement.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            written += max(cursor.rowcount, 0)

    try:
        report = import_file(database, data.parent / "roster.xlsx", CAMPAIGN, BY, now=NOW)
    finally:
        database.close()
    if not report.imported or report.added + report.unchanged != ROWS:
        raise RuntimeError(f"imported {report.added}, unchanged {report.unchanged}")
    return written


def _too_large(folder: Path) -> Row:
    lines = (
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>' % (row, row)
        for row in range(1, FAR_ROWS + 1)
    )
    path = with_sheet(folder / "far.xlsx", folder / "roster.xlsx", lines)
    did = _apart(_refuse, path)
    return Row(
        f"workbook of {FAR_ROWS} rows refused", "–", f"{did.seconds:.2f} s, {did.grown:.0f} MB more memory", None,
        f"{path.stat().st_size >> 10} kB",
    )  # fmt: skip


def _refuse(path: Path) -> None:
    try:
        read_table(path)
    except Refusal:
        return
    raise RuntimeError("not refused")


def _package(folder: Path) -> Row:
    settings = Settings(data_dir=folder / "package")
    migrate.upgrade(settings)
    database = Database(settings.database_url)
    try:
        campaigns.ensure(database, settings, NOW)
        people = People(database, Vault(settings.data / "vault"), CAMPAIGN)
        for serial in range(1, PHOTOS + 1):
            visit = people.visit(VisitState.DONE, people.student(serial))
            people.photo(visit, serial.to_bytes(4, "big") * (PHOTO_KB * 256))
    finally:
        database.close()
    did = _apart(_export, folder)
    return Row(
        f"package of {PHOTOS} photos", "–", f"{did.seconds:.2f} s, {did.grown:.0f} MB more memory", None,
        f"{PHOTO_KB} kB a photo, workbook and manifest included",
    )  # fmt: skip


def _export(folder: Path) -> None:
    settings = Settings(data_dir=folder / "package")
    database = Database(settings.database_url)
    try:
        summary = export(database, settings, Order(CAMPAIGN), folder / "package.zip", BY, now=NOW)
    finally:
        database.close()
    if summary.exported != PHOTOS:
        raise RuntimeError(f"exported {summary.exported}")


@dataclass(frozen=True)
class Measured:
    """A call in a process of its own: seconds, megabytes at most in all and more than before, what it answered."""

    seconds: float
    peak: float
    grown: float
    answer: int | None


def _apart(function: Callable[[Path], int | None], path: Path) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (function, path))


def _measured(function: Callable[[Path], int | None], path: Path) -> Measured:
    before, began = _peak(), time.perf_counter()
    answer = function(path)
    seconds = time.perf_counter() - began
    return Measured(seconds, _peak(), _peak() - before, answer)


def _peak() -> float:
    """Most memory that this process ever held, in megabytes (Linux; 0 elsewhere)."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
