"""A disk of its own that is full when a test wants it to be."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Bytes of one block of ballast, and of the last pages that are filled one by one.
_BLOCK, _PAGE = 1 << 20, 4096


class NoDisk(RuntimeError):
    """None can be mounted here; the text says why."""


class SmallDisk:
    """A mounted file system with ballast in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leave: int = 0) -> None:
        """Take room until `leave` bytes are free; with 0 until not one page is."""
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while (free := shutil.disk_usage(self.folder).free) > leave:
                    ballast.write(bytes(_BLOCK if free - leave > _BLOCK else _PAGE))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk of that size on `folder`, in memory. Raises `NoDisk` where this process may not mount one."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        raise NoDisk("mounting a disk takes root and mount(8)")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "kiosk-test", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoDisk(done.stderr.strip())
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a process that a failed test left behind must not keep the mount.
        subprocess.run(["umount", "-l", folder], check=False)
