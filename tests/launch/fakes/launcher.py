"""A launcher of the stand-ins as a process of its own, for the tests that kill it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from kiosk.launch import __main__ as launch
from kiosk.launch import launcher, prepare
from kiosk.settings import Settings

if __name__ == "__main__":
    for name, (_, look) in list(launcher.PROCESSES.items()):
        launcher.PROCESSES[name] = (f"tests.launch.fakes.{name}", look)

    def prepared(settings: Settings, stop: Callable[[], bool]) -> prepare.Prepared:
        """No records here."""
        return prepare.Prepared("1", "/setup/abcdefghijkl")

    prepare.prepare = prepared
    sys.exit(launch.main(sys.argv[1:]))
