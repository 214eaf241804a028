"""How work reaches the worker: a `job` row and a huey task that names it.

Nothing here imports `kiosk.jobs`, so that the web process never loads pixels or workbooks. A job's name is the
module in `kiosk/jobs/` that has `run(context, **arguments) -> dict`. Jobs are written to be run again: a worker
that dies leaves its rows `running`, and the next one starts them anew.
"""

from __future__ import annotations

import importlib
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from kiosk.records.tables import Job


def enqueue(session: Session, name: str, by: str, **arguments: Any) -> Job:
    """Add a job inside the caller's transaction; the worker looks for queued rows and sees it after the commit."""
    job = Job(
        public_id=secrets.token_hex(16),
        name=name,
        arguments=arguments,
        state="queued",
        by=by,
        created_at=datetime.now(UTC),
    )
    session.add(job)
    session.flush()
    return job


def runner(name: str) -> Any:
    """The `run` function of the job module `name`. Raises `ModuleNotFoundError` for an unknown name."""
    if not name.isidentifier():
        raise ModuleNotFoundError(name)
    return importlib.import_module(f"kiosk.jobs.{name}").run
