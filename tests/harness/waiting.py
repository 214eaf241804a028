"""Waiting for something that happens in another process: until it is so, or a clear failure."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

Found = TypeVar("Found")


def until(what: Callable[[], Found], seconds: float = 90.0, because: str = "") -> Found:
    """The first true value of `what()`. Raises `AssertionError` when there is none within `seconds`.

    The time is a limit for broken cases, never a measure: a slow machine passes as well.
    """
    deadline = monotonic() + seconds
    while not (found := what()):
        assert monotonic() < deadline, f"not within {seconds} s: {because or what}"
        sleep(0.02)
    return found
