"""The worker process: listens for messages, looks for jobs whose message was lost, and gives a sign of life.

Plain threads: huey's one worker thread does the jobs, the main thread watches.
"""

from __future__ import annotations

import logging
import shutil
import signal
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError

from kiosk.domain.refusals import Refusal
from kiosk.exchange import campaigns
from kiosk.jobs import rounds
from kiosk.jobs.work import Work
from kiosk.launch.lock import FolderLock, Taken
from kiosk.launch.stopping import Stop
from kiosk.records import queue
from kiosk.records.database import Database
from kiosk.settings import Settings

log = logging.getLogger(__name__)

#: File in the data folder that is touched every `ALIVE_SECONDS`.
ALIVE = "worker.alive"
#: File in the data folder that keeps a second worker out.
LOCK = "worker.lock"
ALIVE_SECONDS = 1.0
#: How often queued rows without a message are looked for.
SWEEP_SECONDS = 3.0
#: How often it is asked whether mail or purging is due.
ROUND_SECONDS = 10.0
#: How long a worker waits for the one before it to end, and for its own job to stop.
HANDOVER_SECONDS, STOP_SECONDS = 20.0, 8.0
#: Age at which a file that no job ever asked for is removed.
FORGOTTEN_SECONDS = 24 * 3600


class Worker:
    """The worker of one data folder; `run` blocks until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = Stop()
        self.database = Database(settings.database_url, settings.database.busy_seconds)
        self.work = Work(self.database, settings, self.stopping)
        self.huey, self._send = queue.channel(settings, self.work.run)

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """End soon; also a signal handler. A running job goes back into the queue."""
        self.stopping.set()

    def run(self) -> int:
        """Work until stopped. Exit status: 0 stopped, 1 another worker holds the folder or ours broke."""
        try:
            return self._alone()
        finally:
            self.database.close()
            self.huey.storage.close()

    def _alone(self) -> int:
        """Wait until no other worker holds the folder, then work."""
        deadline = time.monotonic() + HANDOVER_SECONDS
        while not self.stopping.is_set():
            try:
                with FolderLock(self.settings.data, LOCK):
                    return self._work()
            except Taken as taken:
                if time.monotonic() > deadline:
                    log.error("another worker (process %s) holds the data folder", taken.pid)
                    return 1
            self.stopping.wait(0.2)
        return 0

    def _work(self) -> int:
        self._tidy()
        self._load_campaigns()
        recovered = self.work.recover()
        if recovered:
            log.warning("%d jobs of a worker that died begin again", recovered)
        consumer = Consumer(self.huey, workers=1, periodic=False, max_delay=0.5, shutdown_timeout=STOP_SECONDS)
        consumer.start()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.stop)  # huey has just put its own in place
        try:
            return self._watch(consumer)
        finally:
            self.stopping.set()
            consumer.stop(graceful=True)
            (self.settings.data / ALIVE).unlink(missing_ok=True)

    def _watch(self, consumer: Consumer) -> int:
        alive, swept, asked = self.settings.data / ALIVE, 0.0, 0.0
        while True:
            if not all(thread.is_alive() for _, thread in consumer.worker_threads):
                log.error("the worker thread is gone")
                return 1
            try:
                alive.touch()
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._sweep()
                if time.monotonic() - asked >= ROUND_SECONDS:
                    asked = time.monotonic()
                    self._round()
            except (OSError, SQLAlchemyError) as error:
                log.warning("the worker cannot look for jobs: %s", type(error).__name__)
            if self.stopping.wait(ALIVE_SECONDS):
                return 0

    def _sweep(self) -> None:
        """Send the message again for rows that wait although no message does."""
        lost = self.work.recover_lost()
        if lost:
            log.warning("%d jobs whose end was not written begin again", lost)
        if self.huey.pending_count() == 0:
            for public_id in self.work.waiting():
                self._send(public_id)

    def _round(self) -> None:
        """Enqueue by itself what is due: mail, purging; remove printed lists of yesterday."""
        for public_id in rounds.enqueue_due(self.database, self.settings, datetime.now(UTC)):
            self._send(public_id)
        rounds.remove_old_documents(self.settings)

    def _load_campaigns(self) -> None:
        try:
            for code in campaigns.ensure(self.database, self.settings):
                log.info("campaign %s was loaded from the configuration", code)
        except (OSError, ValueError, tomllib.TOMLDecodeError, Refusal) as error:
            log.error("the campaigns of the configuration were not loaded: %s", error)

    def _tidy(self) -> None:
        """Remove what a killed worker left: temporary files, unfinished packages, uploads nobody asked for."""
        data = self.settings.data
        temporary = data / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(mode=0o700, parents=True)
        tempfile.tempdir = str(temporary)  # what libraries write must not outlive us in a common folder
        for draft in (data / queue.PACKAGES).glob(".*"):
            draft.unlink(missing_ok=True)
        wanted = self.work.uploads()
        for upload in (data / queue.UPLOADS).glob("*"):
            if upload.name not in wanted and _age(upload) > FORGOTTEN_SECONDS:
                upload.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
