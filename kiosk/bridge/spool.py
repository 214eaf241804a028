"""Shots between the shutter and the records: on disk before the bridge says that it has them, gone only when kept.

A shot is a folder (original, deliverable, facts) that appears under its name whole or not at all; the index says
which wait to be sent. A bridge that is killed finds both again; the folder is the truth, the index is mended.
"""

from __future__ import annotations

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
            self._store.call(lambda database: _note(database, facts))
        except OSError as error:
            shutil.rmtree(half, ignore_errors=True)
            shutil.rmtree(final, ignore_errors=True)
            if error.errno in _FULL:
                raise Refusal(Code.DISK_FULL) from error
            raise

    def waiting(self) -> list[str]:
        """Ids of the shots that were not acknowledged yet, oldest first."""
        rows = self._store.call(lambda database: database.all())
        return [str(row["shot"]) for row in sorted(rows, key=lambda row: str(row["taken_at"]))]

    def find(self, visit: str, ordinal: int) -> str | None:
        """The waiting shot of that visit and ordinal."""

        def look(database: TinyDB) -> str | None:
            shot = Query()
            found = database.get((shot.visit == visit) & (shot.ordinal == ordinal))
            return str(found["shot"]) if isinstance(found, dict) else None

        return self._store.call(look)

    def read(self, shot: str) -> tuple[dict[str, Any], bytes, bytes | None]:
        """Facts, original and deliverable. Raises `OSError` or `ValueError` for a damaged disk."""
        folder = self._folder / shot
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_bytes())
        deliverable = folder / _DELIVERABLE
        return facts, (folder / _ORIGINAL).read_bytes(), deliverable.read_bytes() if deliverable.exists() else None

    def drop(self, shot: str) -> None:
        """Forget a shot: the records have it, or will never want it."""
        self._store.call(lambda database: database.remove(Query().shot == shot))
        shutil.rmtree(self._folder / shot, ignore_errors=True)

    def put_aside(self, shot: str) -> None:
        """Keep a shot that can't be sent where staff find it, and stop sending it."""
        aside = self._folder / "aside"
        aside.mkdir(mode=0o700, exist_ok=True)
        (self._folder / shot).replace(aside / shot)
        self._store.call(lambda database: database.remove(Query().shot == shot))

    def close(self) -> None:
        """End the writer."""
        self._store.close()

    def _mend(self, database: TinyDB) -> None:
        """Make the index say what the folders say, and remove what was half written."""
        known = {str(row["shot"]) for row in database.all()}
        there = set()
        for folder in self._folder.iterdir():
            if not folder.is_dir() or folder.name == "aside":
                continue
            if folder.name.startswith("."):
                shutil.rmtree(folder, ignore_errors=True)
                continue
            there.add(folder.name)
            if folder.name not in known:
                _note(database, json.loads((folder / _FACTS).read_bytes()))
        for shot in known - there:
            database.remove(Query().shot == shot)
        if there:
            log.warning("%d shots wait to be sent", len(there))


def _note(database: TinyDB, facts: dict[str, Any]) -> None:
    database.insert({key: facts[key] for key in ("shot", "visit", "ordinal", "taken_at")})


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
