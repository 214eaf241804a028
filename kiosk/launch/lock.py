"""One launcher for one data folder: a lock on a file, which the system gives back however the launcher ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType


class Taken(Exception):
    """Another launcher works on the data folder; `pid` is its process where it could be read."""

    def __init__(self, pid: str) -> None:
        super().__init__(pid)
        self.pid = pid


class FolderLock:
    """Holds the lock file `name` of a data folder; as a context manager gives it back at the end."""

    def __init__(self, data: Path, name: str = "launch.lock") -> None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = (data / name).open("a+", encoding="ascii")

    def __enter__(self) -> FolderLock:
        """Take the lock. Raises `Taken` at once when another process has it."""
        try:
            self._lock()
        except OSError as error:
            self._file.seek(0)
            pid = "" if sys.platform == "win32" else self._file.read().strip()  # locked bytes are unreadable there
            self._file.close()
            raise Taken(pid) from error
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _lock(self) -> None:
        if sys.platform == "win32":
            import msvcrt

            self._file.seek(0)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
