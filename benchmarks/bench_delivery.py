"""A studio's delivery: how long taking it in lasts beside judging its pictures, and how memory grows.

2,000 photos of 1920×1440, not 10,000: judging goes at the pace of the batch's benchmark (on two cores one judges,
the other stays with the kiosk) and would last a quarter of an hour. Taking in is what the delivery adds to that:
looking at the zip and unpacking it, matching names with a roster of as many students, putting both files of each
picture into the vault (each synced to the disk), writing the rows. Each size runs in a process of its own; `python
-m benchmarks.bench_delivery 10000` runs another one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from benchmarks.bench_batch import peak, write_photos
from benchmarks.report import Row
from kiosk import settings as settings_module
from kiosk.domain.collection import Mode
from kiosk.exchange import campaigns
from kiosk.exchange.collection import Order, import_delivery
from kiosk.records import migrate
from kiosk.records.database import Database
from kiosk.records.registry_tables import CollectedPhoto
from kiosk.records.tables import Campaign, Student
from kiosk.settings import ROOT, Settings

CAMPAIGN = "open-2027-spring"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PHOTOS, FEW = 2_000, 200
#: Every so many files are named by nothing that the roster knows.
NAMELESS = 50
GROWTH_BAR_MB = 24
#: Shares of the progress at which judging begins and ends, as `kiosk.exchange.collection` tells them.
_BEGINS, _ENDS = 0.1, 0.9


def measure() -> Iterable[Row]:
    """The rows of the table."""
    small, large = run(FEW), run(PHOTOS)
    intake = large["unpack"] + large["keep"]
    each = 1000 * intake / PHOTOS
    yield Row(
        f"delivery of {PHOTOS} photos: taking in (unpack, match, keep)", "–",
        f"{intake:.1f} s: {large['unpack']:.1f} s to unpack and match, {large['keep']:.1f} s to keep", None,
        f"{each:.1f} ms a photo, zip of {large['zip_mb']:.0f} MB, {large['unmatched']} of nobody",
    )  # fmt: skip
    yield Row(
        f"delivery of {PHOTOS} photos: judging", "–",
        f"{large['judge']:.0f} s, {PHOTOS / large['judge']:.1f} photos a second", None,
        "one process less than cores: the kiosk may be photographing",
    )  # fmt: skip
    grown = large["peak_mb"] - small["peak_mb"]
    yield Row(
        f"memory of a delivery, {PHOTOS} photos against {FEW}", f"flat: at most {GROWTH_BAR_MB} MB more",
        f"{grown:+.0f} MB to {large['peak_mb']:.0f}", grown <= GROWTH_BAR_MB, "peak resident memory of the worker",
    )  # fmt: skip


def run(count: int) -> dict[str, Any]:
    """One delivery of `count` photos in a fresh process: seconds of each part, peak memory."""
    with tempfile.TemporaryDirectory(prefix="bench-delivery-") as name:
        folder = Path(name)
        _pack(folder, count)
        line = [sys.executable, "-m", "benchmarks.bench_delivery", "--run", name]
        done = subprocess.run(line, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _pack(folder: Path, count: int) -> None:
    """The studio's zip, and the numbers of its photos as a list for the roster."""
    photos = folder / "photos"
    photos.mkdir()
    write_photos(photos, count)
    numbers = []
    with zipfile.ZipFile(folder / "studio.zip", "w") as archive:
        for place, path in enumerate(sorted(photos.iterdir())):
            numbers.append(path.stem)
            archive.write(path, f"DSC_{place:05d}.jpg" if place % NAMELESS == 0 else path.name)
            path.unlink()  # the disk need not hold everything three times
    (folder / "numbers.json").write_text(json.dumps(numbers), "utf-8")


def _run(folder: Path) -> None:
    """In the process that is measured."""
    database, settings = _station(folder)
    moments: dict[str, float] = {}

    def progress(share: float) -> None:
        now = time.perf_counter()
        if share >= _BEGINS:
            moments.setdefault("begins", now)
        if share >= _ENDS - 1e-9:
            moments.setdefault("ends", now)

    archive = folder / "studio.zip"
    order = Order(archive, CAMPAIGN, Mode.STUDIO, "1" * 32, "bench")
    start = time.perf_counter()
    report = import_delivery(
        database, settings, order, folder / "work", "command:bench", now=NOW, progress=progress
    )
    end = time.perf_counter()
    with database.read() as session:
        rows = session.scalar(select(func.count()).select_from(CollectedPhoto))
    database.close()
    if rows != report.files:
        raise SystemExit(f"{rows} rows of {report.files} photos")
    facts = {
        "unpack": moments["begins"] - start,
        "judge": moments["ends"] - moments["begins"],
        "keep": end - moments["ends"],
        "unmatched": report.unmatched,
        "zip_mb": archive.stat().st_size / 2**20,
        "peak_mb": peak(),
    }
    print(json.dumps(facts))


def _station(folder: Path) -> tuple[Database, Settings]:
    """Records with a campaign and everybody of the delivery."""
    data = folder / "data"
    data.mkdir()
    usual = settings_module.load()
    settings = Settings(data_dir=data, config_dir=ROOT / "config", assets_dir=usual.assets)
    url = f"sqlite:///{data / 'kiosk.sqlite3'}"
    migrate.upgrade(url)
    database = Database(url)
    campaigns.ensure(database, settings, NOW)
    with database.write() as session:
        campaign = session.scalars(select(Campaign.id).where(Campaign.code == CAMPAIGN)).one()
        numbers = json.loads((folder / "numbers.json").read_text("utf-8"))
        session.execute(
            insert(Student),
            [
                {"campaign_id": campaign, "id_number": number, "student_number": f"24511{place:08d}",
                 "school_code": "51161", "name": f"学生{place}", "sex": "女"}
                for place, number in enumerate(numbers)
            ],
        )  # fmt: skip
    return database, settings


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        _run(Path(sys.argv[2]))
    else:
        print(json.dumps(run(int(sys.argv[1])), indent=1))
