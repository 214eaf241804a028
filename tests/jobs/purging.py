"""A purge that is killed: `python -m tests.jobs.purging URL FOLDER between|inside`, for test_purge.py."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from kiosk.jobs import purge
from kiosk.jobs.context import Context
from kiosk.records.database import Database
from kiosk.records.tables import Declaration
from tests.actions.desk import MORNING, Desk, settings_for

#: Declarations that are to be removed: more than two batches.
MANY = 500
RUN = "1" * 32


def context_of(desk: Desk, run: str = RUN, progress: Callable[[float], None] = lambda _share: None) -> Context:
    """What the worker gives to the job."""
    return Context(desk.database, desk.settings, run, "system:test", desk.now, progress)


def fill(desk: Desk) -> None:
    """One visit of today with many declarations, and then two months later."""
    desk.card(1)
    found = desk.visit(str(desk.front()))
    with desk.database.write() as session:
        session.add_all(
            Declaration(
                visit_id=found.id, ruleset="short", ruleset_version="1", answers={"fever_or_cough": "no"},
                passed=True, failed_questions=[], signed_at=desk.now,
            )
            for _ in range(MANY)
        )  # fmt: skip
    desk.later(days=60)


def main(url: str, folder: str, where: str) -> None:
    """Begin to purge and die: between two batches, or in the middle of the second one's transaction."""
    database = Database(url)
    batches = iter(range(10))

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if where == "inside":
        event.listen(database.engine, "commit", lambda _connection: die() if next(batches) == 2 else None)
    asked = iter(range(10))

    def progress(_share: float) -> None:
        if where == "between" and next(asked) == 2:
            die()

    desk = Desk(database, settings_for(Path(folder), url), MORNING + timedelta(days=60))
    purge.run(context_of(desk, progress=progress))


if __name__ == "__main__":
    main(*sys.argv[1:])
