"""Batches: photos a second, from a folder of 1920×1440 JPEGs to deliverables and reports, and how memory grows.

Each size runs in a process of its own, from nothing to the finished reports; `python -m benchmarks.bench_batch
5000` runs another size. The files are stills of the virtual studio, twelve different ones; a comment makes each
file another one, so that none counts as the same as its neighbour.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import cv2

from benchmarks.report import Row
from kiosk import settings as settings_module
from kiosk.catalogue import tables
from kiosk.domain.id_numbers import make_synthetic
from kiosk.domain.profiles import profiles_from

_SIZES = (100, 1000)
_STILLS = 12
_MEGA = 1024  # ru_maxrss counts kilobytes on Linux
#: Most that a process may take more for 1,000 pictures than for 100, in MB.
_GROWTH = 24


def measure() -> Iterable[Row]:
    """Rows for docs/benchmarks.md."""
    found = {count: run(count) for count in _SIZES}
    small, large = (found[count] for count in _SIZES)
    rate = large["files"] / large["seconds"]
    yield Row(
        "batch of 1,000 photos of 1920×1440 with both reports", "≥ 15 photos a second on two cores",
        f"{rate:.1f} photos a second", rate >= 15,
        f"{large['processes']} processes, {large['cpu_ms']:.0f} ms of processor a photo, {large['passed']} passed",
    )  # fmt: skip
    parent, worker = (large[name] - small[name] for name in ("parent_mb", "worker_mb"))
    yield Row(
        "memory of a batch, 1,000 photos against 100", f"flat: at most {_GROWTH} MB more",
        f"parent {parent:+.0f} MB to {large['parent_mb']:.0f}, largest worker {worker:+.0f} MB to"
        f" {large['worker_mb']:.0f}",
        max(parent, worker) <= _GROWTH, "peak resident memory",
    )  # fmt: skip


def run(count: int) -> dict[str, Any]:
    """One batch of `count` files in a fresh process: seconds, peak memory, counts."""
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        write_photos(photos, count)
        line = [sys.executable, "-m", "benchmarks.bench_batch", "--run", str(photos), str(Path(folder) / "out")]
        done = subprocess.run(line, check=True, capture_output=True, text=True, cwd=settings_module.ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def write_photos(folder: Path, count: int) -> None:
    """`count` files named by synthetic ID numbers."""
    from kiosk.photo.studio import Studio, choose_portrait

    studio = Studio(choose_portrait(settings_module.load()))
    stills = []
    for step in range(_STILLS):
        _, data = cv2.imencode(".jpg", studio.frame(0.37 * step), [cv2.IMWRITE_JPEG_QUALITY, 92])
        stills.append(data.tobytes())
    for number in range(count):
        day, sequence = divmod(number, 1000)
        name = make_synthetic(date(1990, 1, 1 + day), sequence)
        comment = f"{number}".encode().ljust(number + 8)  # other bytes and another length for each
        still = stills[number % _STILLS]
        data = still[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + still[2:]
        (folder / f"{name}.jpg").write_bytes(data)


def _run(photos: Path, out: Path) -> None:
    """In the process that is measured."""
    from kiosk.jobs.photo_batch import process
    from kiosk.photo.batch import processes

    settings = settings_module.load()
    profile = profiles_from(tables(settings.config / "photo_profiles"))["chsi-2017-99"]
    start = time.perf_counter()
    counted = process(photos, profile, out, settings.assets / "models", today=date(2026, 6, 12))
    seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    facts = {
        "files": counted.files,
        "passed": counted.statuses["passed"],
        "ask": counted.statuses["ask"],
        "seconds": seconds,
        "processes": processes(),
        "cpu_ms": 1000 * sum(own.ru_utime + own.ru_stime for own in used) / counted.files,
        "parent_mb": peak(),
        "worker_mb": used[1].ru_maxrss / _MEGA,
        "page_mb": (out / "report.html").stat().st_size / 2**20,
        "workbook_mb": (out / "report.xlsx").stat().st_size / 2**20,
    }
    print(json.dumps(facts))


def peak() -> float:
    """Peak resident megabytes of this program; `ru_maxrss` would still count who started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return float(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / _MEGA


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        _run(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print(f"load {os.getloadavg()[0]:.1f}")
        print(json.dumps(run(int(sys.argv[1])), indent=1))
