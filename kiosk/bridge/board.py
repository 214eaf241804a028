"""The state of every device in one place, numbered; says once that one went and once that it is back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from kiosk.bridge.faults import Fault
from kiosk.bridge.protocol import DeviceState

log = logging.getLogger(__name__)


class Board:
    """Thread-safe. `changed` is called after each change, outside the lock."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.changed = changed
        self._lock = threading.Lock()
        self._sequence = 0
        self._devices: dict[str, dict[str, Any]] = {}
        self._went: dict[str, float] = {}

    def set(self, kind: str, state: DeviceState, fault: Fault | None = None) -> None:
        """Note the state of a device. One in fault stays so while it is tried again."""
        entry = {
            "state": state.value,
            "code": fault.refusal(kind).value if fault else None,
            "fault": fault.code.value if fault else None,
        }
        with self._lock:
            old = self._devices.get(kind)
            if state is DeviceState.STARTING and old is not None and old["state"] == DeviceState.FAULT:
                return
            if old == entry:
                return
            self._sequence += 1
            self._devices[kind] = entry
            went = self._went.get(kind)
            if state is DeviceState.FAULT and went is None:
                self._went[kind] = time.monotonic()
                log.warning("%s went: %s", kind, fault)
            elif state is DeviceState.READY and went is not None:
                del self._went[kind]
                log.warning("%s is back after %.1f s", kind, time.monotonic() - went)
            else:
                log.info("%s: %s %s", kind, state.value, fault or "")
        self.changed()

    def state(self, kind: str) -> DeviceState:
        """The state of one device; OFF where nothing is known."""
        with self._lock:
            return DeviceState(self._devices.get(kind, {"state": DeviceState.OFF})["state"])

    def code(self, kind: str) -> str | None:
        """The refusal code of one device, None where it is well."""
        with self._lock:
            code: str | None = self._devices.get(kind, {"code": None})["code"]
            return code

    def snapshot(self) -> dict[str, Any]:
        """`{"sequence", "devices": {kind: {"state", "code", "fault"}}}`."""
        with self._lock:
            return {
                "sequence": self._sequence,
                "devices": {kind: dict(entry) for kind, entry in self._devices.items()},
            }
