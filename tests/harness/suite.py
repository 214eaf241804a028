"""`python -m tests.harness.suite [pytest's arguments]`: the suite, with PostgreSQL where there can be one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.harness import postgres


def main() -> int:
    """Run pytest; its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is taken down then, too
    environment = dict(os.environ)
    if "KIOSK_TEST_POSTGRES_URL" in environment:  # somebody has a server for us
        return _pytest(environment)
    with postgres.server() as address:
        if address is None:
            print("PostgreSQL is not installed: its tests are skipped.", flush=True)
        else:
            environment["KIOSK_TEST_POSTGRES_URL"] = address
        return _pytest(environment)


def _pytest(environment: dict[str, str]) -> int:
    """Several tests at once: most wait for a browser or a process. `-n 0` runs them one after the other."""
    workers = ["-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *workers, *sys.argv[1:]]
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
