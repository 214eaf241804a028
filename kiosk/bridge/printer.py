"""The printer of the operating system, by its own commands: how the queue is, and one test page.

The kiosk drives no printer itself. CUPS's `lpstat` and `lp` are asked (lp(1), lpstat(1)); where a machine has
neither, as Windows, the check prints with the browser instead (`devices.printer.mode`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from typing import Any

from kiosk.bridge.faults import Fault, FaultCode
from kiosk.settings import Settings

#: Seconds the system's command may take: a network queue that is away answers late.
SECONDS = 10.0


def queue_state(settings: Settings) -> dict[str, Any]:
    """`{"queue", "jobs"}` of a queue that prints. Raises `Fault`.

    UNSUPPORTED: no print system on this machine; NOT_FOUND: no such queue, or no default one; BUSY: the queue is
    paused; TIMEOUT_NO_ANSWER.
    """
    queue = settings.devices.printer.queue or _default()
    said = _run("lpstat", "-p", queue)
    if " disabled since " in said:
        raise Fault(FaultCode.BUSY, "the queue is paused")
    jobs = [line for line in _run("lpstat", "-o", queue).splitlines() if line.strip()]
    return {"queue": queue, "jobs": len(jobs)}


def print_page(settings: Settings, now: datetime) -> dict[str, Any]:
    """Send a test page with the station's name and the time to the queue. Raises `Fault` as `queue_state` does."""
    state = queue_state(settings)
    page = f"{settings.station.name}\n{now:%Y-%m-%d %H:%M:%S %z}\n\nTest page of the graduation-photo kiosk.\n"
    _run("lp", "-d", state["queue"], "-t", "kiosk-test-page", typed=page)
    return {**state, "sent": True}


def _default() -> str:
    said = _run("lpstat", "-d")
    name, found, queue = said.partition(":")
    if not found or not queue.strip() or name.startswith("no "):
        raise Fault(FaultCode.NOT_FOUND, "no default queue")
    return queue.strip()


def _run(command: str, *words: str, typed: str = "") -> str:
    path = shutil.which(command)
    if path is None:
        raise Fault(FaultCode.UNSUPPORTED, f"{command} is not installed")
    environment = {**os.environ, "LC_ALL": "C"}  # the words are compared
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, found by which, without a shell
            [path, *words], input=typed, env=environment, capture_output=True, text=True, encoding="utf-8",
            errors="replace", timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Fault(FaultCode.TIMEOUT_NO_ANSWER, command) from error
    except OSError as error:
        raise Fault(FaultCode.PERMISSION_DENIED, f"{command}: {type(error).__name__}") from error
    if done.returncode != 0:
        # its own words may name people: jobs carry their owner's account
        raise Fault(FaultCode.NOT_FOUND, f"{command} ended with {done.returncode}")
    return done.stdout
