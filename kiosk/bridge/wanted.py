"""What the web process wants of the devices now, as the bridge last read it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kiosk.bridge.protocol import Mode


@dataclass(frozen=True, slots=True)
class Wanted:
    """The answer of `GET STATION`."""

    version: int = -1
    mode: Mode = Mode.HOLD  # until the web process has spoken, no card is read
    visit: str | None = None
    profile: str | None = None
    identity_mode: str = "id-card"
    codes: bool = False  # the camera looks for codes while somebody identifies
    shot_ordinal: int | None = None
    shutter: bool = False


def from_json(content: dict[str, Any]) -> Wanted:
    """Raises `KeyError`, `TypeError` or `ValueError` for another shape."""
    ordinal = content.get("shot_ordinal")
    identity_mode = str(content.get("identity_mode") or "id-card")
    return Wanted(
        version=int(content["version"]),
        mode=Mode(content["mode"]),
        visit=content.get("visit") or None,
        profile=content.get("profile") or None,
        identity_mode=identity_mode,
        codes=content.get("codes") is True or identity_mode == "collection-code",
        shot_ordinal=None if ordinal is None else int(ordinal),
        shutter=content.get("shutter") is True,
    )


class WantedSlot:
    """The latest `Wanted`, to be read by every thread and waited on."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._wanted = Wanted()
        self._changes = 0
        self.listeners: list[Callable[[Wanted], None]] = []

    def get(self) -> Wanted:
        """The latest."""
        with self._condition:
            return self._wanted

    def set(self, wanted: Wanted) -> None:
        """Take what was read; wakes who waits when it says something new."""
        with self._condition:
            if wanted == self._wanted:
                return
            self._wanted = wanted
            self._changes += 1
            self._condition.notify_all()
        for listener in self.listeners:
            listener(wanted)

    def wait(self, seen: Wanted, seconds: float) -> Wanted:
        """The latest, as soon as it differs from `seen` or the time is up."""
        with self._condition:
            self._condition.wait_for(lambda: self._wanted != seen, seconds)
            return self._wanted
