"""What every step of the set-up shares: saying where it is, running a program, failing with a clear sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class SetupError(Exception):
    """The set-up cannot go on; the text says why and what to do, for the person at the console."""


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


#: What a program's output shows → what it means. First match wins.
_CAUSES = (
    (("no space left on device", "enospc", "not enough space", "disk full"), "The disk is full."),
    (
        ("do not match the hashes", "eintegrity", "hash mismatch"),
        "A downloaded file is not the one the lock names.",
    ),
    (
        (
            "failed to establish a new connection",
            "name or service not known",
            "temporary failure in name resolution",
            "network is unreachable",
            "getaddrinfo failed",
            "connection timed out",
            "read timed out",
            "enotfound",
            "econnrefused",
            "etimedout",
            "eai_again",
            "could not find a version that satisfies",
        ),
        "The package index was not reached: check the network, or the mirror that pip and npm are set to use.",
    ),
    (("permission denied", "eacces", "read-only file system"), "This account may not write here."),
)


def cause(output: str) -> str:
    """The plain sentence for what a failed program printed; empty when it is none of the known causes."""
    low = output.lower()
    return next((sentence for marks, sentence in _CAUSES if any(mark in low for mark in marks)), "")


def run(command: Sequence[str | Path], doing: str, *, env: dict[str, str] | None = None) -> None:
    """Run `command` to its end; on a terminal its steps are counted on one line.

    Raises `SetupError` with the cause and the last lines it printed when it fails or cannot be started.
    """
    last: deque[str] = deque(maxlen=400)
    counted = 0
    on_terminal = sys.stdout.isatty()
    try:
        with subprocess.Popen(  # noqa: S603 - the commands are ours
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                for line in process.stdout or ():
                    last.append(line.rstrip())
                    if on_terminal and line.startswith(("Collecting ", "Installing collected")):
                        counted += 1
                        print(f"\r    {counted:3d} {line.split(' (')[0].strip()[:70]:<70}", end="", flush=True)
            except BaseException:  # Ctrl+C or SIGTERM: it must not go on without us
                process.terminate()
                raise
    except FileNotFoundError as error:
        raise SetupError(f"{doing}: {command[0]} is not there.") from error
    finally:
        if counted:
            print("\r" + " " * 78 + "\r", end="", flush=True)
    if process.returncode:
        known = cause("\n".join(last))
        tail = "\n".join(f"    {line}" for line in list(last)[-12:])
        raise SetupError(f"{doing} failed. {known}\n{tail}\nStart again to go on from here.")
