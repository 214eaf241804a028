"""A signed package of 10,000 photos of 35 kB, beside merely copying the same files."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.report import Row
from kiosk.exchange import campaigns
from kiosk.exchange.package import Order, export
from kiosk.exchange.package_check import verify
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Shot, SiteSession, Student, Visit
from kiosk.records.vault import Vault
from kiosk.settings import Settings
from tests.exchange.rosters import student

CAMPAIGN, BY = "open-2027-spring", "command:bench"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PHOTOS, FEW, PHOTO_BYTES = 10_000, 1_000, 35_000
SECONDS_BAR, SHARE_BAR, GROWTH_BAR_MB = 15.0, 0.5, 30


def measure() -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = _station(folder / "few", FEW)
        many = _station(folder / "many", PHOTOS)
        _, small = _apart(_export, few)
        seconds, large = _apart(_export, many)
        copied, _ = _apart(_copy, many)
        checked, _ = _apart(_verify, many)
        data = f"{PHOTOS} photos of {PHOTO_BYTES // 1000} kB, SQLite on disk, signed, both workbooks"
        yield Row(
            f"package of {PHOTOS} photos",
            f"≤ {SECONDS_BAR:.0f} s",
            f"{seconds:.1f} s",
            seconds <= SECONDS_BAR,
            data,
        )
        share = copied / seconds
        yield Row(
            "its speed beside copying the same files", f"≥ {SHARE_BAR} ×", f"{share:.2f} × ({copied:.1f} s)",
            share >= SHARE_BAR, "each file read and written by itself, then on disk",
        )  # fmt: skip
        yield Row(
            f"memory from {FEW} to {PHOTOS} photos", f"≤ {GROWTH_BAR_MB} MB more", f"{large - small:.0f} MB more",
            large - small <= GROWTH_BAR_MB, f"peak {large:.0f} MB, each in a process of its own",
        )  # fmt: skip
        yield Row("the recipient's check of it", "–", f"{checked:.1f} s", None, "every byte, counts, signature")


def _station(folder: Path, photos: int) -> Path:
    """A data folder with so many photographed students."""
    settings = Settings(data_dir=folder)
    migrate.upgrade(settings)
    database = Database(settings.database_url)
    vault = Vault(settings.data / "vault")
    try:
        campaigns.ensure(database, settings, NOW)
        with database.write() as session:
            campaign = session.scalars(select(Campaign).where(Campaign.code == CAMPAIGN)).one()
            day = SiteSession(campaign_id=campaign.id, day=NOW.date(), opened_at=NOW)
            session.add(day)
            session.flush()
            people, visits, shots = [], [], []
            for serial in range(1, photos + 1):
                row = student(serial)
                people.append(
                    {"id": serial, "campaign_id": campaign.id, "school_code": "51161",
                     "student_number": row["学号"],
                     "name": row["姓名"], "sex": row["性别"], "id_number": row["证件号码"]}
                )  # fmt: skip
                visits.append(
                    {"id": serial, "public_id": secrets.token_hex(16), "campaign_id": campaign.id,
                     "session_id": day.id, "student_id": serial, "assurance": "typed", "state": "done",
                     "state_since": NOW, "created_at": NOW, "accepted_shot_id": serial, "version": 1}
                )  # fmt: skip
                shots.append(_shot(vault, serial))
            session.connection().exec_driver_sql(
                "PRAGMA defer_foreign_keys = ON"
            )  # visit and shot name each other
            photos_in = [_collected(shot, campaign.id) for shot in shots]
            tables = ((Student, people), (Visit, visits), (Shot, shots), (CollectedPhoto, photos_in))
            for table, rows in tables:
                session.execute(insert(table), rows)
    finally:
        database.close()
    os.sync()
    return folder


def _shot(vault: Vault, serial: int) -> dict[str, Any]:
    content = b"\xff\xd8" + secrets.token_bytes(PHOTO_BYTES - 4) + b"\xff\xd9"
    digest = hashlib.sha256(content).hexdigest()
    path = vault.path(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)  # without the vault's own care: it is not what is measured
    return {
        "id": serial, "public_id": secrets.token_hex(16), "visit_id": serial, "ordinal": 1,
        "original_sha256": digest, "deliverable_sha256": digest, "profile": "chsi-2017-99", "verdict": "pass",
        "judgement": {}, "making": {}, "triggered_at": NOW - timedelta(seconds=9),
        "taken_at": NOW - timedelta(seconds=8), "stored_at": NOW, "accepted_at": NOW,
    }  # fmt: skip


def _collected(shot: dict[str, Any], campaign: int) -> dict[str, Any]:
    """The row of an accepted shot."""
    same = ("public_id", "original_sha256", "deliverable_sha256", "profile", "verdict", "judgement", "making",
            "taken_at", "stored_at")  # fmt: skip
    row = {name: shot[name] for name in same}
    more = {"student_id": shot["id"], "shot_id": shot["id"], "mode": "kiosk", "state": "accepted", "evidence": []}
    return {**row, "campaign_id": campaign, **more}


def _export(folder: Path) -> None:
    settings = Settings(data_dir=folder)
    database = Database(settings.database_url)
    try:
        export(database, settings, Order(CAMPAIGN), folder / "package.zip", BY, now=NOW)
    finally:
        database.close()


def _copy(folder: Path) -> None:
    target = folder / "copied"
    target.mkdir()
    for file in (folder / "vault").rglob("*"):
        if file.is_file():
            shutil.copyfile(file, target / file.name)
    os.sync()


def _verify(folder: Path) -> None:
    if not verify([folder / "package.zip"]).good:
        raise RuntimeError("not good")


def _apart(work: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    """Seconds of `work` in a process of its own, and that process's peak memory in MB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (work, folder))


def _timed(work: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    began = time.perf_counter()
    work(folder)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
