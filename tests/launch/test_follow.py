"""A process that follows its launcher ends with it, whatever library waits for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kiosk.settings import ROOT

PLAIN = """
import signal, time
from kiosk.launch.follow import follow_parent
follow_parent()
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
print("ready", flush=True)
while not ended:
    time.sleep(0.02)
print("in order", flush=True)
"""
GREEN = """
import warnings; warnings.simplefilter("ignore")
from kiosk.launch.follow import follow_parent
follow_parent()
import eventlet
eventlet.monkey_patch()
import signal, sys, time
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
print("ready", flush=True)
while not ended:
    time.sleep(0.02)
print("in order", flush=True)
"""
TOO_LATE = """
import warnings; warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
from kiosk.launch.follow import follow_parent
follow_parent()
"""


def run(source: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=ROOT, env={**os.environ, "KIOSK_FOLLOW_PARENT": "1"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("source", [PLAIN, GREEN], ids=["threads", "eventlet"])
def test_it_ends_in_order_when_the_pipe_closes(source: str) -> None:
    with run(source) as process:
        assert process.stdout is not None and process.stdin is not None and process.stderr is not None
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        process.stdin.close()
        assert process.stdout.readline() == "in order\n"
        assert process.wait() == 0


def test_after_threads_were_replaced_it_says_so_instead_of_blocking_everything() -> None:
    with run(TOO_LATE) as process:
        _, said = process.communicate()
    assert process.returncode == 1
    assert "must be called before" in said


def test_without_a_launcher_nothing_is_watched() -> None:
    source = "from kiosk.launch.follow import follow_parent; follow_parent(); print('fine')"
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "fine\n"
