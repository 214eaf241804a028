"""The worker as a process: it does what was asked, survives kill -9, and stops when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kiosk.records import audit, queue
from kiosk.records.database import Database
from kiosk.records.tables import RosterImport, Student
from kiosk.settings import ROOT, Settings
from tests.harness.waiting import until
from tests.jobs.conftest import order, row, upload, uploaded

OPEN = "open-2027-spring"
DEADLINE = 300.0


@contextmanager
def worker(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process on the settings' data folder."""
    config = tmp_path / "kiosk.toml"
    config.write_text(f'data_dir = "{settings.data.as_posix()}"\n', "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.jobs"], cwd=ROOT, env={**os.environ, "KIOSK_CONFIG": str(config)},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def done(database: Database, public_id: str) -> bool:
    found = row(database, public_id)
    assert found.state != "failed", found.error
    return found.state == "done"


def alive(settings: Settings) -> bool:
    return (settings.data / "worker.alive").exists()


def test_it_does_what_was_asked_before_and_after_its_start_and_stops_when_told(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    before = order(database, "roster_import", upload=upload(settings), campaign=OPEN)
    with worker(settings, tmp_path) as process:
        until(lambda: done(database, before), DEADLINE, "a job without a message is found")
        kicked = order(database, "package_export", campaign=OPEN)
        queue.kick(settings, kicked)
        until(lambda: done(database, kicked), DEADLINE, "a job with a message is done")
        assert row(database, kicked).result is not None
        assert alive(settings)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
    assert not alive(settings)
    assert uploaded(settings) == []


@pytest.mark.faults
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_killed_in_the_middle_the_next_one_finishes_the_job(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    public_id = order(database, "roster_import", upload=upload(settings, 4000), campaign=OPEN)
    for _ in range(2):
        with worker(settings, tmp_path) as process:
            until(lambda: row(database, public_id).state == "running", DEADLINE, "the job runs")
            process.kill()
            process.wait()
        assert row(database, public_id).state == "running"
        with database.read() as session:
            assert session.scalar(select(func.count(Student.id))) in (0, 4000)  # all of it or nothing
    with worker(settings, tmp_path):
        until(lambda: done(database, public_id), DEADLINE, "the job is done")
    result = row(database, public_id).result
    assert result is not None and result["added"] + result["unchanged"] == 4000
    with database.read() as session:
        assert session.scalar(select(func.count(Student.id))) == 4000
        assert session.scalar(select(func.count(RosterImport.id))) == 1
        assert audit.verify(session)[1] is None
    assert uploaded(settings) == []


@pytest.mark.faults
def test_what_a_killed_worker_left_is_tidied(database: Database, settings: Settings, tmp_path: Path) -> None:
    packages, uploads = settings.data / queue.PACKAGES, settings.data / queue.UPLOADS
    for folder in (packages, uploads, settings.data / "tmp"):
        folder.mkdir(exist_ok=True)
    half, kept = packages / ".x.zip.abc.part", packages / "x.zip"
    forgotten, fresh = uploads / "forgotten", uploads / "fresh"
    waiting = uploads / upload(settings)
    temporary = settings.data / "tmp" / "openpyxl.abc"
    for path in (half, kept, forgotten, fresh, temporary):
        path.write_bytes(b"x")
    for path in (forgotten, waiting):
        os.utime(path, (1, 1))
    public_id = order(database, "roster_import", upload=waiting.name, campaign=OPEN)
    with worker(settings, tmp_path):
        until(lambda: done(database, public_id), DEADLINE, "the old upload was kept for its job")
    assert {path.exists() for path in (half, forgotten, temporary)} == {False}
    assert kept.exists() and fresh.exists()


def test_a_second_worker_waits_for_the_first(database: Database, settings: Settings, tmp_path: Path) -> None:
    with worker(settings, tmp_path) as first:
        until(lambda: alive(settings), DEADLINE, "the first one works")
        with worker(settings, tmp_path) as second:
            first.send_signal(signal.SIGTERM)
            assert first.wait(DEADLINE) == 0
            public_id = order(database, "package_export", campaign=OPEN)
            until(lambda: done(database, public_id), DEADLINE, "the second one took over")
            assert second.poll() is None
