"""Keeps the secrets of this station: one file each in the data folder, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kiosk.settings import Settings

#: Token with which the bridge shows itself to the web process.
BRIDGE_TOKEN = "bridge.token"  # noqa: S105 - the name of a file
#: Key that signs the cookies of the pages.
SESSION_KEY = "session.key"
#: Key that signs receipts.
RECEIPT_KEY = "receipt.key"
#: Seed of the Ed25519 key that signs packages, reports and receipts.
SIGNING_KEY = "signing.key"
#: Key of the hashes under which campus cards are known.
CAMPUS_KEY = "campus.key"
#: Ticket that opens the kiosk page once the station has started; made anew at each start.
KIOSK_TICKET = "kiosk.ticket"

#: Bytes of randomness in a secret; 32 bytes are 43 characters that are safe in a URL.
_BYTES = 32


def folder(settings: Settings) -> Path:
    """Where the secrets lie; made with mode 0700 when missing."""
    path = settings.data / "secrets"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def read_or_make(settings: Settings, name: str) -> str:
    """The secret `name`; made at the first call.

    Processes that start together get the same one: the file appears whole or not at all. Raises `OSError`
    where the folder cannot be written, and `ValueError` for a file that is empty.
    """
    path = folder(settings) / name
    if not path.exists():
        fresh = _write_beside(path)
        try:
            os.link(fresh, path)  # fails where another process was first, unlike a rename
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    value = path.read_text("ascii").strip()
    if not value:
        raise ValueError(f"secret {name} is empty: delete {path} and start again")
    return value


def renew(settings: Settings, name: str) -> str:
    """Replace the secret `name` by a fresh one and return it."""
    path = folder(settings) / name
    _write_beside(path).replace(path)
    return path.read_text("ascii").strip()


def _write_beside(path: Path) -> Path:
    """Write a fresh secret to a file of our own beside `path`, on disk and with mode 0600."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return beside
