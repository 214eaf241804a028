"""Brings the records up to date before the processes start.

It is a process of its own, so that the launcher stays small and quick.
A note in the data folder says what was prepared; while it still holds, a start skips all of this.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.settings import ROOT, Settings, load

#: Seconds between two looks whether the preparation shall be given up.
_LOOK_SECONDS = 0.1


class PrepareStopped(Exception):
    """Somebody asked to stop while the records were being prepared; the next start does it again."""


class PrepareFailed(Exception):
    """The records could not be brought up to date; the text is what the process said last."""


@dataclass(frozen=True)
class Prepared:
    """What a preparation left: revision of the database, and the path of the set-up link while one is needed."""

    revision: str
    setup_path: str | None


def _watched(settings: Settings) -> Iterator[Path]:
    folders = [ROOT / "kiosk" / "records"]
    if settings.demo:
        folders += [ROOT / "kiosk" / "exchange", settings.config]
    for folder in folders:
        for pattern in ("**/*.py", "**/*.toml"):
            yield from sorted(folder.glob(pattern))


def key(settings: Settings) -> str:
    """What a preparation depends on: the code and data it comes from, the database, in demo also the day."""
    digest = hashlib.sha256(settings.database_url.encode())
    for file in _watched(settings):
        about = file.stat()
        digest.update(f"{file}\0{about.st_mtime_ns}\0{about.st_size}\0".encode())
    if settings.demo:
        digest.update(datetime.now(UTC).date().isoformat().encode())
    return digest.hexdigest()


def revision(settings: Settings) -> str:
    """Revision that stands in the database file; empty when there is none, or the database is not a file."""
    parts = urlsplit(settings.database_url)
    if parts.scheme != "sqlite" or not (file := Path(settings.database_url.removeprefix("sqlite:///"))).is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def _note(settings: Settings) -> Path:
    return settings.data / "prepared.json"


def is_done(settings: Settings) -> bool:
    """Whether the records are still as the last preparation left them; costs a few milliseconds."""
    try:
        note = json.loads(_note(settings).read_text("utf-8"))
        return bool(note["revision"]) and note["revision"] == revision(settings) and note["key"] == key(settings)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False


def needs_administrator(settings: Settings) -> bool:
    """Whether, as far as is known, nobody can log in as administrator yet."""
    try:
        return not json.loads(_note(settings).read_text("utf-8"))["administrator"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return True


def prepare(settings: Settings, stop: Callable[[], bool] = lambda: False) -> Prepared:
    """Run the preparation in a process of its own, until `stop()`; every step of it is one transaction.

    Raises `PrepareFailed` with what it said when it fails, `PrepareStopped` when it was given up.
    """
    before = key(settings)
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk.launch.prepare"],
        cwd=ROOT, start_new_session=True,  # Ctrl+C reaches the launcher alone
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        said, complaint = _listen(process, stop)
    lines = said.strip().splitlines()
    if process.returncode or not lines:
        raise PrepareFailed(complaint.strip() or f"exit status {process.returncode}")
    prepared = Prepared(**json.loads(lines[-1]))
    note = {"key": before, "revision": prepared.revision, "administrator": prepared.setup_path is None}
    fresh = _note(settings).with_suffix(".new")
    fresh.write_text(json.dumps(note), "utf-8")
    fresh.replace(_note(settings))
    return prepared


def _listen(process: subprocess.Popen[str], stop: Callable[[], bool]) -> tuple[str, str]:
    while True:
        try:
            return process.communicate(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired as late:
            if stop():
                process.kill()
                raise PrepareStopped from late


def main() -> None:
    """Migrate, load the demo's students where this is the demo, and see whether an administrator exists."""
    from kiosk import logs
    from kiosk.actions import people
    from kiosk.records import migrate
    from kiosk.records.database import Database

    settings = load()
    logs.set_up(settings, "prepare")
    migrate.upgrade(settings)
    if settings.demo and settings.demo_students:
        from kiosk.exchange import demo

        demo.ensure(settings)
    database = Database(settings.database_url, settings.database.busy_seconds)
    try:
        token = people.setup_link(database, settings, "launcher")
    finally:
        database.close()
    print(json.dumps({"revision": revision(settings), "setup_path": f"/setup/{token}" if token else None}))


if __name__ == "__main__":
    main()
