"""Shots between the shutter and the records: on disk before the bridge says that it has them, gone only when kept.

A shot is a folder (original, deliverable, facts) that appears under its name whole or not at all; the index says
which wait to be sent. A bridge that is killed finds both again; the folder is the truth, the index is mended.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

from tinydb import Query, TinyDB

from kiosk.bridge.atomic_storage import Store, sync_folder
from kiosk.domain.refusals import Code, Refusal

log = logging.getLogger(__name__)

#: No shot is begun with less room than this: the records and the vault live on the same disk.
FREE_BYTES = 64 * 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_ORIGINAL, _DELIVERABLE, _FACTS = "original.png", "deliverable.jpg", "facts.json"
#: Folder in the spool of the shots that can't be sent.
_ASIDE = "aside"


class Spool:
    """Shots by id. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Open the spool and take up what the last bridge left. Raises `OSError`."""
        self._folder = folder / "spool"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = Store(self._folder / "index.json")
        self._store.call(self._mend)

    def check_room(self) -> None:
        """Raises `Refusal` (DISK_FULL) when there is no room for another shot."""
        if shutil.disk_usage(self._folder).free < FREE_BYTES:
            raise Refusal(Code.DISK_FULL)

    def put(self, facts: dict[str, Any], original: bytes, deliverable: bytes | None) -> None:
        """Keep a shot; it is on disk when this returns. `facts["shot"]` is its id.

        Costs seven fsyncs (tens of milliseconds). Raises `Refusal` (DISK_FULL) and, for any other trouble of the
        disk, `OSError`; nothing half kept is left then.
        """
        shot = str(facts["shot"])
        row = _row(shot, facts)
        final, half = self._folder / shot, self._folder / f".{shot}"
        try:
            half.mkdir(mode=0o700)
            _write(half / _ORIGINAL, original)
            if deliverable is not None:
                _write(half / _DELIVERABLE, deliverable)
            _write(half / _FACTS, json.dumps(facts).encode())
            sync_folder(half)
            half.replace(final)
            sync_folder(self._folder)
            self._store.call(lambda database: database.insert(row))
        except OSError as error:
            shutil.rmtree(half, ignore_errors=True)
            shutil.rmtree(final, ignore_errors=True)
            if error.errno in _FULL:
                raise Refusal(Code.DISK_FULL) from error
            raise

    def waiting(self) -> list[str]:
        """Ids of the shots that were not acknowledged yet, oldest first."""
        rows = self._store.call(lambda database: database.all())
        shots = [str(row["shot"]) for row in sorted(rows, key=lambda row: str(row["taken_at"]))]
        return [shot for shot in shots if (self._folder / shot).is_dir()]

    def find(self, visit: str, ordinal: int) -> str | None:
        """The waiting shot of that visit and ordinal."""

        def look(database: TinyDB) -> str | None:
            shot = Query()
            found = database.get((shot.visit == visit) & (shot.ordinal == ordinal))
            return str(found["shot"]) if isinstance(found, dict) else None

        shot_id = self._store.call(look)
        return shot_id if shot_id and (self._folder / shot_id).is_dir() else None

    def read(self, shot: str) -> tuple[dict[str, Any], bytes, bytes | None]:
        """Facts, original and deliverable. Raises `OSError` or `ValueError` for a damaged disk."""
        folder = self._folder / shot
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_bytes())
        deliverable = folder / _DELIVERABLE
        return facts, (folder / _ORIGINAL).read_bytes(), deliverable.read_bytes() if deliverable.exists() else None

    def drop(self, shot: str) -> None:
        """Forget a shot: the records have it, or will never want it. Also on a full disk."""
        gone = self._folder / f".{shot}"
        with contextlib.suppress(FileNotFoundError):
            (self._folder / shot).replace(gone)  # in one step: a bridge that is killed here leaves no half of it
        shutil.rmtree(gone, ignore_errors=True)
        self._unlist(shot)

    def put_aside(self, shot: str) -> None:
        """Keep a shot that can't be sent where staff find it, and stop sending it. Raises `OSError`."""
        self._move_aside(shot)
        self._unlist(shot)

    def aside(self) -> int:
        """How many shots lie aside, of this bridge and those before."""
        folder = self._folder / _ASIDE
        return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0

    def close(self) -> None:
        """End the writer."""
        self._store.close()

    def _move_aside(self, shot: str) -> None:
        aside = self._folder / _ASIDE
        aside.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self._folder / shot).replace(aside / shot)

    def _unlist(self, shot: str) -> None:
        """Take a shot whose folder is gone out of the index; where the disk refuses, the next start mends it."""
        try:
            self._store.call(lambda database: database.remove(Query().shot == shot))
        except OSError as error:
            log.warning("the spool's index was not written: %s", type(error).__name__)

    def _mend(self, database: TinyDB) -> None:
        """Make the index say what the folders say, whatever it says, and remove what was half written."""
        there: list[dict[str, Any]] = []
        for folder in sorted(self._folder.iterdir()):
            if not folder.is_dir() or folder.name == _ASIDE:
                continue
            if folder.name.startswith("."):
                shutil.rmtree(folder, ignore_errors=True)
                continue
            try:
                there.append(_row(folder.name, json.loads((folder / _FACTS).read_bytes())))
            except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
                log.error("shot %s can't be read and is put aside: %s", folder.name, type(error).__name__)
                self._move_aside(folder.name)
        known = [dict(row) for row in database.all()]
        if sorted(known, key=repr) != sorted(there, key=repr):
            log.warning("the spool's index is made anew from the shots: %d rows, %d shots", len(known), len(there))
            database.truncate()
            database.insert_multiple(there)
        if there:
            log.warning("%d shots wait to be sent", len(there))


def _row(shot: str, facts: Any) -> dict[str, Any]:
    """What the index knows of a shot. Raises `KeyError`, `TypeError` or `ValueError` for facts of another."""
    row = {"shot": str(facts["shot"]), "visit": facts["visit"], "ordinal": facts["ordinal"]}
    if row["shot"] != shot:
        raise ValueError("facts of another shot")
    return {**row, "taken_at": str(facts["taken_at"])}


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
