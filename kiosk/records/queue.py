"""How work reaches the worker: a `job` row, which is the truth, and a huey message that only wakes the worker.

Nothing here imports `kiosk.jobs`, so that the web process never loads pixels or workbooks. A job's name is the
module in `kiosk/jobs/` that has `run(context, **arguments) -> dict`. Jobs are written to be run again: a worker
that dies leaves its rows `running`, and the next one starts them anew. A message that is lost costs nothing but
a few seconds: the worker also looks for queued rows by itself.

    with database.write() as session:
        job = queue.enqueue(session, "package_export", str(actor), campaign="open-2026")
    queue.kick(settings, job.public_id)
"""

from __future__ import annotations

import importlib
import logging
import secrets
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from kiosk.records.tables import Job
from kiosk.settings import Settings

if TYPE_CHECKING:
    from huey import SqliteHuey

log = logging.getLogger(__name__)

#: File in the data folder that carries the messages.
MESSAGES = "jobs.sqlite3"
#: The worker's own entry in a job's arguments: the station whose machine does it.
MACHINE = "_on"
#: Folder in the data folder where uploaded files wait for their job, under random names.
UPLOADS = "uploads"
#: Folder in the data folder where files lie for a day that the worker made for somebody to fetch.
DOCUMENTS = "documents"
#: Folder in the data folder where finished packages lie, `<job>.zip`.
PACKAGES = "packages"


def enqueue(session: Session, name: str, by: str, *, on: str = "", **arguments: Any) -> Job:
    """Add a job inside the caller's transaction; call `kick` after the commit.

    `by` is the actor for the audit; `on` the station whose machine shall do it, where its file is fetched from
    there. `arguments` are what the job's `run` takes, JSON-ready; names that begin with an underscore are the
    worker's own.
    """
    if on:
        arguments[MACHINE] = on
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


def given(job: Job) -> dict[str, Any]:
    """What the job's `run` takes: its arguments without the worker's own entries."""
    return {name: value for name, value in job.arguments.items() if not name.startswith("_")}


def channel(
    settings: Settings, body: Callable[[str], None] | None = None
) -> tuple[SqliteHuey, Callable[[str], Any]]:
    """The message queue of this data folder and the function that sends the message “run this job”.

    The worker gives the `body` that is called with the job's public id; whoever only sends gives none.
    The caller closes `huey.storage`.
    """
    from huey import SqliteHuey  # brings a dozen drivers along: only once something is sent

    settings.data.mkdir(parents=True, exist_ok=True)
    huey = SqliteHuey("kiosk", filename=str(settings.data / MESSAGES), results=False)

    @huey.task(name="run_job")
    def run_job(public_id: str) -> None:
        if body is None:
            raise RuntimeError("only the worker runs jobs")
        body(public_id)

    return huey, run_job


def kick(settings: Settings, public_id: str) -> None:
    """Wake the worker for a committed job. Never fails: without the message the worker finds the row by itself."""
    try:
        huey, send = channel(settings)
        try:
            send(public_id)
        finally:
            huey.storage.close()
    except (sqlite3.Error, OSError) as error:
        log.warning("the worker was not woken for job %s: %s", public_id, type(error).__name__)


def runner(name: str) -> Any:
    """The module of the job `name`, with its `run`. Raises `ModuleNotFoundError` for an unknown name."""
    if not name.isidentifier():
        raise ModuleNotFoundError(name)
    return importlib.import_module(f"kiosk.jobs.{name}")
