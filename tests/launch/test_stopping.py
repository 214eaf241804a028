"""A signal may come in the middle of any line: the wish to stop is heard all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kiosk.launch.stopping import Stop
from kiosk.settings import ROOT

# Sends the signal at one line after the other inside `wait` and everything below it.
_AT_EVERY_LINE = """
import signal, sys, threading
from kiosk.launch.stopping import Stop

at, seen = 0, 0

def trace(frame, event, _arg):
    global seen
    if event == "line":
        seen += 1
        if seen == at:
            sys.settrace(None)
            signal.raise_signal(signal.SIGTERM)
    return trace

while True:
    at, seen = at + 1, 0
    stop = Stop()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sys.settrace(trace)
    heard = stop.wait(0.001)
    sys.settrace(None)
    if seen < at:
        break
    assert heard or stop.is_set(), at
print("heard everywhere", at)
"""


@pytest.mark.faults
def test_a_signal_in_the_middle_of_waiting_never_hangs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _AT_EVERY_LINE], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("heard everywhere"), done.stderr


def test_it_stands_once_uttered() -> None:
    stop = Stop()
    assert not stop.wait(0)
    assert not stop.is_set()
    stop.set(15, None)
    assert stop.wait(3600)
    assert stop.is_set()
