"""Printed documents lie for a day, and what a killed worker was making goes with them."""

from __future__ import annotations

import os
import time

from kiosk.jobs import rounds
from kiosk.records import queue
from tests.actions.conftest import bare_desk, desk, migrated_file
from tests.actions.desk import Desk

__all__ = ["bare_desk", "desk", "migrated_file"]


def test_what_is_older_than_a_day_goes_whether_finished_or_half_made(desk: Desk) -> None:
    folder = desk.settings.data / queue.DOCUMENTS
    old, half, fresh = folder / "old.zip", folder / ".day-half", folder / "fresh.pdf"
    half.mkdir(parents=True)
    (half / "report.pdf").write_bytes(b"half")
    for file in (old, fresh):
        file.write_bytes(b"whole")
    long_ago = time.time() - (rounds.DOCUMENT_HOURS + 1) * 3600
    for path in (old, half):
        os.utime(path, (long_ago, long_ago))
    rounds.remove_old_documents(desk.settings)
    assert sorted(path.name for path in folder.iterdir()) == ["fresh.pdf"]
