"""A PostgreSQL server of the tests alone: made in a temporary folder, gone afterwards, deaf to the network."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

START_SECONDS = 120.0


def find_initdb() -> Path | None:
    """The newest `initdb` of this machine, or None."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("initdb")
    return installed[-1] if installed else Path(found).resolve() if found else None


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: who runs it then, as arguments of subprocess."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("neither postgres nor nobody is an account here")


@contextmanager
def server() -> Iterator[str | None]:
    """Address of a fresh server for SQLAlchemy, or None where PostgreSQL is not installed.

    Durability is off, it is thrown away anyway. Raises `RuntimeError` with its log when it does not start.
    """
    initdb = find_initdb()
    if initdb is None:
        yield None
        return
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="kiosk-postgres-"))
    try:
        if owner:
            os.chown(folder, owner["user"], owner["group"])
        quiet = {"cwd": folder, "stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **owner}
        made = subprocess.run(
            [initdb, "-D", folder / "data", "-U", "kiosk", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
            stdout=subprocess.PIPE, text=True, check=False, **quiet,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}")
        sockets = sys.platform != "win32"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        values = {
            "listen_addresses": "" if sockets else "127.0.0.1",
            "unix_socket_directories": str(folder) if sockets else "",
            "port": str(port), "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
            "max_connections": "200", "shared_buffers": "32MB",
        }  # fmt: skip
        switches = [part for key, value in values.items() for part in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [initdb.with_name("postgres"), "-D", folder / "data", *switches], stdout=log, **quiet
            )
        try:
            address = f"host={folder}&port={port}" if sockets else f"host=127.0.0.1&port={port}"
            _wait_ready(
                initdb.with_name("pg_isready"), str(folder) if sockets else "127.0.0.1", port, process, folder
            )
            yield f"postgresql+psycopg://kiosk@/postgres?{address}"
        finally:
            process.send_signal(2)  # SIGINT: a fast shutdown that throws clients out
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_ready(ask: Path, host: str, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = monotonic() + START_SECONDS
    while subprocess.run([ask, "-q", "-h", host, "-p", str(port)], check=False).returncode:
        if process.poll() is not None or monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text('utf-8', 'replace')}")
        sleep(0.1)
