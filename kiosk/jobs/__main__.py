"""`python -m kiosk.jobs`: the worker process, with the settings of `config/` and `KIOSK_CONFIG`."""

from __future__ import annotations

import signal
import sys

from kiosk.launch.follow import follow_parent


def main() -> int:
    """Exit status: 0 stopped, 1 another worker holds the data folder or the worker broke."""
    follow_parent()
    from kiosk import logs
    from kiosk.jobs.worker import Worker
    from kiosk.launch.private import keep_private
    from kiosk.settings import load

    settings = load()
    keep_private(settings.data)
    logs.set_up(settings, "worker")
    worker = Worker(settings)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, worker.stop)
    return worker.run()


if __name__ == "__main__":
    sys.exit(main())
