"""The few facts that belong to this station alone: on which port the reader was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tinydb import Query, TinyDB

from kiosk.bridge.atomic_storage import Store


class StationStore:
    """Facts by name, on disk when `remember` returns. No personal data."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(folder / "station.json")

    def remember(self, key: str, value: dict[str, Any]) -> None:
        """Keep `value` under `key`; costs an fsync only when it changed. Raises `OSError`."""

        def write(database: TinyDB) -> None:
            fact = Query()
            found = database.get(fact.key == key)
            if not isinstance(found, dict) or found["value"] != value:
                database.upsert({"key": key, "value": value}, fact.key == key)

        self._store.call(write)

    def recall(self, key: str) -> dict[str, Any]:
        """What was kept under `key`; empty when nothing was."""

        def read(database: TinyDB) -> dict[str, Any]:
            found = database.get(Query().key == key)
            return dict(found["value"]) if isinstance(found, dict) else {}

        return self._store.call(read)

    def close(self) -> None:
        """End the writer."""
        self._store.close()
