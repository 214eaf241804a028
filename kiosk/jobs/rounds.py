"""What the worker does by itself: asks now and then whether mail or purging is due, and enqueues the job."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from kiosk.jobs import check_reminders, outbox, own_vault, purge
from kiosk.records import audit, queue
from kiosk.records.database import Database
from kiosk.records.tables import Job
from kiosk.settings import Settings

BY = "system:worker"
#: How long printed lists and notices lie to be fetched.
DOCUMENT_HOURS = 24


@dataclass(frozen=True)
class Round:
    """A job that is enqueued by itself: when `is_due` says so, at most once in `every`."""

    name: str
    is_due: Callable[[Database, Settings, datetime], bool]
    every: timedelta
    own: bool = False  # each machine does its own: the job carries its `station`


ROUNDS = (
    Round("outbox", outbox.is_due, timedelta(seconds=20)),
    Round("purge", purge.is_due, timedelta(hours=6)),
    Round("own_vault", own_vault.is_due, timedelta(minutes=1), own=True),
    Round("check_reminders", check_reminders.is_due, timedelta(hours=6)),
)


def enqueue_due(database: Database, settings: Settings, now: datetime) -> list[str]:
    """Enqueue what is due; returns the public ids of the new jobs. One of a kind waits or runs at a time, of a
    machine's own one on each."""
    made: list[str] = []
    for each in ROUNDS:
        if not each.is_due(database, settings, now):
            continue
        with database.write() as session:
            audit.lock(session)  # two machines that share the records enqueue one job
            whose = {"station": settings.station.name} if each.own else {}
            same = [
                Job.name == each.name,
                *(Job.arguments[key].as_string() == name for key, name in whose.items()),
            ]
            unfinished = select(Job.id).where(*same, Job.state.in_(("queued", "running")))
            last = session.scalar(select(func.max(Job.created_at)).where(*same))
            soon = last is not None and timedelta(0) <= now - last < each.every
            if session.scalar(unfinished.limit(1)) is None and not soon:
                made.append(queue.enqueue(session, each.name, BY, **whose).public_id)
    return made


def remove_old_documents(settings: Settings) -> None:
    """Printed lists hold names: what was fetched or forgotten goes after a day."""
    oldest = time.time() - DOCUMENT_HOURS * 3600
    for file in Path(settings.data / queue.DOCUMENTS).glob("*"):
        if file.stat().st_mtime >= oldest:
            continue
        if file.is_dir():  # what a job was making when its worker was killed
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
