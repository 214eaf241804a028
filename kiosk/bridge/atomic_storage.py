"""TinyDB on a file that is always whole: every write is a new file, on disk before it takes the old one's name.

TinyDB's own storage overwrites in place and is not safe with threads. Here one thread does all reading and writing
of a store; others hand it work.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from tinydb import TinyDB
from tinydb.storages import Storage

T = TypeVar("T")
log = logging.getLogger(__name__)


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all, on disk when this returns. Costs two fsyncs. Raises `OSError`."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on disk. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _are_tables(content: Any) -> bool:
    """Whether it is TinyDB's form: tables of documents by their whole number."""
    return isinstance(content, dict) and all(
        isinstance(table, dict)
        and all(key.isdecimal() and isinstance(document, dict) for key, document in table.items())
        for table in content.values()
    )


class AtomicJsonStorage(Storage):
    """One JSON file, replaced at every write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def read(self) -> dict[str, dict[str, Any]] | None:
        """The content; None for a file that is missing or, after a damaged disk, unreadable (kept beside)."""
        try:
            content = json.loads(self._path.read_text("utf-8"))
            if _are_tables(content):
                return dict(content)
        except FileNotFoundError:
            return None
        except ValueError:
            pass
        log.error("%s can't be read and is put aside", self._path.name)
        self._path.replace(self._path.with_name(self._path.name + ".damaged"))
        return None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replace the content. Raises `OSError`; the old content then stands."""
        write_durably(self._path, json.dumps(data, ensure_ascii=False).encode())


class Store:
    """A TinyDB that one thread of its own reads and writes."""

    def __init__(self, path: Path) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[TinyDB], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._path = path
        self._thread = threading.Thread(target=self._loop, name=f"store-{path.stem}", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[TinyDB], T]) -> T:
        """Run `work` in the store's thread; what it wrote is on disk when this returns. Raises what it raises."""
        done: Future[T] = Future()
        self._work.put((work, done))
        return done.result()

    def close(self) -> None:
        """Finish what was handed in, then end the thread."""
        self._work.put(None)
        self._thread.join(5)

    def _loop(self) -> None:
        database = TinyDB(self._path, storage=AtomicJsonStorage)
        while True:
            item = self._work.get()
            if item is None:
                return
            work, done = item
            try:
                done.set_result(work(database))
            except BaseException as error:  # noqa: BLE001 - belongs to the caller, who waits for it
                done.set_exception(error)
