"""What a job is given, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.records.database import Database
from kiosk.settings import Settings


class Stopped(Exception):
    """The worker shall end: raised by `Context.progress`, the job goes back into the queue."""


@dataclass(frozen=True)
class Context:
    """Access to everything a job works with.

    `progress(0..1)` tells how far the job is and raises `Stopped` when the worker shall end; call it a few times
    a second, never inside a transaction that writes. `job` is the public id, `by` who asked for it, `now` when it
    was started (aware).
    """

    database: Database
    settings: Settings
    job: str
    by: str
    now: datetime
    progress: Callable[[float], None]
