"""A process that photographs one student after another and says each decision once it is acknowledged.

`python -m tests.actions.killed URL FOLDER STUDENTS`; tests/actions/test_kill.py kills it. Its keys count from
zero, so that a second run repeats the first one's decisions and goes on where that stopped.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.actions.base import Actor, Outcome
from kiosk.records.database import Database
from tests.actions.desk import Desk, settings_for


@dataclass
class Telling(Desk):
    """A desk that says what was acknowledged."""

    def act(self, name: str, actor: Actor, reason: str | None = None, key: str = "", **arguments: Any) -> Outcome:
        """Decide, then say so."""
        key = key or f"key-{next(self.keys):08d}"
        outcome = super().act(name, actor, reason, key, **arguments)
        print(json.dumps({"key": key, "outcome": outcome}), flush=True)
        return outcome


def main(url: str, folder: str, students: int) -> None:
    """Photograph everybody."""
    desk = Telling(Database(url), settings_for(Path(folder), url))
    for student in range(1, students + 1):
        desk.photograph(student)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
