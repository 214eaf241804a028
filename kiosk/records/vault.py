"""The vault: files that are never changed, found by the SHA-256 of what is in them.

A file lies at `vault/ab/cd/<sha256>`. It appears there whole and on disk or not at all: it is written under
another name, synced, then moved into place, and the folder is synced as well.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from io import BufferedReader
from pathlib import Path

from kiosk.domain.refusals import Code, Refusal

_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Errors of the system that mean: there is no room.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC})
_BLOCK = 1 << 20


class Vault:
    """Content-addressed files under `root`. Safe for several processes: putting the same bytes twice is quiet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Keep `content` and return its SHA-256 in hex once it is on disk.

        Raises `Refusal(DISK_FULL)` when there is no room, and leaves nothing half written; other faults of the
        disk come as `OSError`.
        """
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        try:
            self._make_folder(target.parent)
            if not self.verify(digest):  # absent, or damaged by the disk: written anew
                _write(target, content)
            sync_folder(target.parent)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise Refusal(Code.DISK_FULL) from error
            raise
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of `digest`. Raises `FileNotFoundError` for an unknown one, `ValueError` for none at all."""
        return self.path(digest).read_bytes()

    def open(self, digest: str) -> BufferedReader:
        """A stream of the bytes, for large files. Raises like `get`."""
        return self.path(digest).open("rb")

    def verify(self, digest: str) -> bool:
        """Whether the file is there and its content still is what its name says."""
        try:
            with self.open(digest) as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == digest
        except FileNotFoundError:
            return False

    def path(self, digest: str) -> Path:
        """Where the file of `digest` lies or would lie. Raises `ValueError` unless it is 64 small hex digits."""
        if not _SHA256.fullmatch(digest):
            raise ValueError("not a SHA-256 in hex")
        return self.root / digest[:2] / digest[2:4] / digest

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for parent in (folder.parent, self.root, self.root.parent):  # the new names themselves must survive
            sync_folder(parent)


def _write(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            for start in range(0, len(content), _BLOCK):
                stream.write(content[start : start + _BLOCK])
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk; systems that cannot open a folder (Windows) do so by themselves."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
