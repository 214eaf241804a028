"""Takes one job from queued to done or failed; whatever happens to it ends in its row, never in silence."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from kiosk.domain.refusals import Code, Refusal
from kiosk.jobs.context import Context, Stopped
from kiosk.launch.stopping import Stop
from kiosk.records import queue
from kiosk.records.database import Database
from kiosk.records.tables import Job
from kiosk.settings import Settings

log = logging.getLogger(__name__)

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
#: How often a job is begun before it counts as failed: one that kills its worker must not do so for ever.
MAX_ATTEMPTS = 3
#: Arguments that go once the job is over: what people call a file may hold a name or a number.
PERSONAL = frozenset({"file_name"})
#: The worker's own entries in a job's arguments.
ATTEMPTS, WORKER = "_attempts", "_worker"
_PROGRESS_SECONDS = 0.5


class Work:
    """Runs jobs of one data folder, one after the other."""

    def __init__(self, database: Database, settings: Settings, stopping: Stop) -> None:
        self.database, self.settings, self.stopping = database, settings, stopping
        self._busy = threading.Lock()

    def run(self, public_id: str) -> None:
        """Run the job if it is still queued; a message that comes twice does nothing."""
        with self._busy:
            if not self.stopping.is_set():
                self._run(public_id)

    def _run(self, public_id: str) -> None:
        job = self._claim(public_id)
        if job is None:
            return
        arguments = queue.given(job)
        started = time.monotonic()
        try:
            module = queue.runner(job.name)
            context = Context(
                self.database, self.settings, public_id, job.by, datetime.now(UTC), self._progress(public_id)
            )
            result = module.run(context, **arguments)
        except Stopped:
            self._put_back(public_id, counted=False)
            return
        except Refusal as refusal:
            log.info("job %s (%s) was refused: %s", public_id, job.name, refusal.code.value)
            self._finish(public_id, FAILED, {"args": refusal.args_}, refusal.code.value)
        except OperationalError as error:
            if job.arguments[ATTEMPTS] < MAX_ATTEMPTS and "full" not in str(error.orig).lower():
                log.warning("job %s (%s) waits for the database", public_id, job.name)
                self._put_back(public_id, counted=True)
                return
            full = "full" in str(error.orig).lower()
            self._finish(public_id, FAILED, None, (Code.DISK_FULL if full else Code.DATABASE_BUSY).value)
        except Exception:  # the row must say so whatever went wrong
            log.exception("job %s (%s) broke", public_id, job.name)
            self._finish(public_id, FAILED, None, Code.INTERNAL.value)
        else:
            log.info("job %s (%s) is done after %.1f s", public_id, job.name, time.monotonic() - started)
            self._finish(public_id, DONE, result, None)
        self._clean(job.name, arguments)

    def recover_lost(self) -> int:
        """Like `recover`, for a job whose end could not be written: nothing runs, and its row says it does."""
        if not self._busy.acquire(blocking=False):
            return 0
        try:
            with self.database.read() as session:
                lost = session.scalar(select(Job.id).where(Job.state == RUNNING).limit(1)) is not None
            return self.recover() if lost else 0
        finally:
            self._busy.release()

    def recover(self) -> int:
        """Put back what this machine's worker had begun when it died; returns how many rows that were."""
        with self.database.write() as session:
            rows = [
                job
                for job in session.scalars(select(Job).where(Job.state == RUNNING))
                if self.database.is_sqlite or job.arguments.get(WORKER) == self.settings.station.name
            ]
            for job in rows:
                worn = job.arguments.get(ATTEMPTS, 0) >= MAX_ATTEMPTS
                job.state = FAILED if worn else QUEUED
                if worn:
                    job.error, job.finished_at = Code.INTERNAL.value, datetime.now(UTC)
                    _forget(job)
        return len(rows)

    def waiting(self) -> list[str]:
        """Public ids of queued jobs that this machine can do, oldest first."""
        with self.database.read() as session:
            rows = session.scalars(select(Job).where(Job.state == QUEUED).order_by(Job.id)).all()
            return [job.public_id for job in rows if self.database.is_sqlite or self._here(job)]

    def uploads(self) -> set[str]:
        """Names of uploaded files that a job not yet ended will read."""
        with self.database.read() as session:
            rows = session.scalars(select(Job.arguments).where(Job.state.in_((QUEUED, RUNNING))))
            return {str(arguments.get("upload", "")) for arguments in rows}

    def _here(self, job: Job) -> bool:
        if job.arguments.get(queue.MACHINE, self.settings.station.name) != self.settings.station.name:
            return False
        try:
            here: Callable[..., bool] | None = getattr(queue.runner(job.name), "here", None)
            arguments = queue.given(job)
            return here is None or here(self.settings, **arguments)
        except (ModuleNotFoundError, Refusal, TypeError):
            return True  # running it will say what is wrong with it

    def _claim(self, public_id: str) -> Job | None:
        with self.database.write() as session:
            job = session.scalar(select(Job).where(Job.public_id == public_id).with_for_update())
            if job is None or job.state != QUEUED:
                return None
            attempts = job.arguments.get(ATTEMPTS, 0) + 1
            job.arguments = {**job.arguments, ATTEMPTS: attempts, WORKER: self.settings.station.name}
            job.state, job.progress = RUNNING, 0.0
            return job

    def _progress(self, public_id: str) -> Callable[[float], None]:
        last = 0.0

        def progress(share: float) -> None:
            nonlocal last
            if self.stopping.is_set():
                raise Stopped
            if time.monotonic() - last < _PROGRESS_SECONDS:
                return
            last = time.monotonic()
            try:
                self._set(public_id, progress=min(max(share, 0.0), 1.0))
            except OperationalError:
                log.info("progress of job %s was not written: the database is busy", public_id)

        return progress

    def _put_back(self, public_id: str, counted: bool) -> None:
        with self.database.write() as session:
            job = session.scalar(select(Job).where(Job.public_id == public_id))
            if job is not None:
                attempts = job.arguments[ATTEMPTS] - (0 if counted else 1)
                job.arguments = {**job.arguments, ATTEMPTS: attempts}
                job.state = QUEUED

    def _finish(self, public_id: str, state: str, result: dict[str, Any] | None, error: str | None) -> None:
        self._set(
            public_id,
            state=state,
            progress=1.0 if state == DONE else None,
            result=result,
            error=error,
            finished_at=datetime.now(UTC),
        )

    def _set(self, public_id: str, **values: Any) -> None:
        with self.database.write() as session:
            job = session.scalar(select(Job).where(Job.public_id == public_id))
            if job is None:
                return
            for key, value in values.items():
                if value is not None:
                    setattr(job, key, value)
            if job.state in (DONE, FAILED):
                _forget(job)

    def _clean(self, name: str, arguments: dict[str, Any]) -> None:
        try:
            clean = getattr(queue.runner(name), "clean", None)
            if clean is not None:
                clean(self.settings, **arguments)
        except (ModuleNotFoundError, OSError, Refusal, TypeError) as error:
            log.warning("nothing was cleaned up after a job %s: %s", name, type(error).__name__)


def _forget(job: Job) -> None:
    job.arguments = {name: value for name, value in job.arguments.items() if name not in PERSONAL}
