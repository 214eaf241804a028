"""A process that sends what is due; tests/jobs/test_outbox.py kills it. `URL FOLDER PORT`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.jobs import outbox
from kiosk.records.database import Database
from kiosk.settings import Settings, Smtp

if __name__ == "__main__":
    url, folder, port = sys.argv[1:]
    smtp = Smtp(host="127.0.0.1", port=int(port), security="none", from_address="photo@school.example")
    settings = Settings(data_dir=Path(folder), smtp=smtp)
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC) + timedelta(minutes=1)
    outbox.deliver(Database(url), settings, lambda: now, lambda _share: None, "system:test")
