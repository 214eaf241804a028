"""Reads one setting before everything else: eventlet must take its place before any other library is imported.

`kiosk.settings` itself needs libraries, so that this looks with the standard library alone, in the same order:
environment, files of `KIOSK_CONFIG` (later ones win), `config/kiosk.toml`, the default. A broken file is left to
`kiosk.settings` to report.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent.parent
#: The default of `server.async_mode`; a test holds it against the schema.
DEFAULT = "eventlet"


def async_mode() -> str:
    """`server.async_mode` as the settings will have it."""
    named = os.environ.get("KIOSK_SERVER__ASYNC_MODE")
    if named:
        return named
    files = [_ROOT / "config" / "kiosk.toml"]
    files += [Path(item) for item in os.environ.get("KIOSK_CONFIG", "").split(os.pathsep) if item]
    mode = DEFAULT
    for file in files:
        try:
            server = tomllib.loads(file.read_text("utf-8")).get("server", {})
        except (OSError, ValueError):
            continue
        if isinstance(server, dict) and isinstance(server.get("async_mode"), str):
            mode = server["async_mode"]
    return mode
