"""Records, settings and an uploaded roster, for tests of what the worker does."""

from __future__ import annotations

import secrets
from pathlib import Path

from kiosk.records import queue
from kiosk.records.database import Database
from kiosk.records.tables import Job
from kiosk.settings import Settings
from tests.exchange.conftest import database, empty_records, settings
from tests.exchange.rosters import student, write

__all__ = ["database", "empty_records", "settings"]


def upload(settings: Settings, rows: int = 3, **changes: object) -> str:
    """Put a roster where the web process would; returns its name there."""
    folder = settings.data / queue.UPLOADS
    folder.mkdir(exist_ok=True)
    name = secrets.token_hex(16)
    fresh = write(folder / f"{name}.xlsx", (student(serial, **changes) for serial in range(1, rows + 1)))
    return fresh.rename(folder / name).name


def order(database: Database, name: str, **arguments: object) -> str:
    """Enqueue a job; returns its public id."""
    with database.write() as session:
        return queue.enqueue(session, name, "staff:test", **arguments).public_id


def row(database: Database, public_id: str) -> Job:
    with database.read() as session:
        return session.query(Job).filter_by(public_id=public_id).one()


def uploaded(settings: Settings) -> list[Path]:
    return list((settings.data / queue.UPLOADS).iterdir())
