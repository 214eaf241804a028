"""A roster of 10,000 students through the real import, a workbook that is too large, a package of 1,000 photos."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

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
from tests.exchange.rosters import student, with_sheet, write

CAMPAIGN, BY = "open-2027-spring", "command:bench"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ROWS, ROWS_BAR = 10_000, 4.0
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
            yield from _import(database, Path(folder))
            yield _too_large(Path(folder))
        finally:
            database.close()
        yield _package(Path(folder))


def _import(database: Database, folder: Path) -> Iterator[Row]:
    path = write(folder / "roster.xlsx", (student(serial) for serial in range(1, ROWS + 1)))
    size = f"{ROWS} rows, 22 columns, {path.stat().st_size >> 10} kB, SQLite on disk"
    for what in (f"roster of {ROWS} rows imported", "the same roster again: nothing is written"):
        began = time.perf_counter()
        report = import_file(database, path, CAMPAIGN, BY, now=NOW)
        seconds = time.perf_counter() - began
        if not report.imported or report.added + report.unchanged != ROWS:
            raise RuntimeError(f"imported {report.added}, unchanged {report.unchanged}")
        yield Row(what, f"≤ {ROWS_BAR:.0f} s", f"{seconds:.2f} s", seconds <= ROWS_BAR, size)


def _too_large(folder: Path) -> Row:
    lines = (
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>' % (row, row)
        for row in range(1, FAR_ROWS + 1)
    )
    path = with_sheet(folder / "far.xlsx", folder / "roster.xlsx", lines)
    seconds, grown = _apart(_refuse, path)
    return Row(
        f"workbook of {FAR_ROWS} rows refused", "–", f"{seconds:.2f} s, {grown:.0f} MB more memory", None,
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
    seconds, grown = _apart(_export, folder)
    return Row(
        f"package of {PHOTOS} photos", "–", f"{seconds:.2f} s, {grown:.0f} MB more memory", None,
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


def _apart(function: Callable[[Path], None], path: Path) -> tuple[float, float]:
    """Seconds and megabytes of a call in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (function, path))


def _measured(function: Callable[[Path], None], path: Path) -> tuple[float, float]:
    before, began = _peak(), time.perf_counter()
    function(path)
    seconds = time.perf_counter() - began
    return seconds, _peak() - before


def _peak() -> float:
    """Most memory that this process ever held, in megabytes (Linux; 0 elsewhere)."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
