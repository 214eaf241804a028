"""Gives freed memory back to the system.

glibc keeps what large pictures left in its arenas: 60 to 100 MB after the engine and the studio were made.
"""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return free pages; a few milliseconds, and nothing where the C library has no such call (musl, Windows)."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
