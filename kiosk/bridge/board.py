"""The state of every device in one place, numbered; says once that one went and once that it is back."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kiosk.bridge.faults import TABLE, Fault
from kiosk.bridge.protocol import DeviceState

log = logging.getLogger(__name__)


#: Changes of state that are kept for staff; a device that flickers must not fill the memory.
KEPT_CHANGES = 200


class Board:
    """Thread-safe. `changed` is called after each change, outside the lock.

    `boot` names this run of the bridge: with it and `sequence` every report has its place. `clock`: aware UTC.
    """

    def __init__(
        self,
        changed: Callable[[], None] = lambda: None,
        boot: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.changed, self.boot, self._clock = changed, boot, clock
        self._lock = threading.Lock()
        self._sequence = 0
        self._devices: dict[str, dict[str, Any]] = {}
        self._went: dict[str, float] = {}
        self._described: dict[str, dict[str, str | None]] = {}
        self._facts: dict[str, Any] = {}
        self._history: deque[dict[str, Any]] = deque(maxlen=KEPT_CHANGES)

    def set(self, kind: str, state: DeviceState, fault: Fault | None = None) -> None:
        """Note the state of a device. One in fault stays so while it is tried again."""
        entry = {
            "state": state.value,
            "code": fault.refusal(kind).value if fault else None,
            "fault": fault.code.value if fault else None,
            "detail": fault.detail if fault else None,
            "retry": TABLE[fault.code].retry.value if fault else None,
        }
        with self._lock:
            old = self._devices.get(kind)
            if state is DeviceState.STARTING and old is not None and old["state"] == DeviceState.FAULT:
                return
            if old is not None and {**old, "since": None} == {**entry, "since": None}:
                return
            self._sequence += 1
            now = self._clock().isoformat(timespec="milliseconds")
            same = old is not None and (old["state"], old["fault"]) == (entry["state"], entry["fault"])
            self._devices[kind] = {**entry, "since": old["since"] if old is not None and same else now}
            if not same:
                change = {"state": state.value, "fault": entry["fault"]}
                self._history.append({"sequence": self._sequence, "at": now, "device": kind, **change})
            went = self._went.get(kind)
            if same:
                pass  # the same fault in other words: not worth a line at each try
            elif state is DeviceState.FAULT and went is None:
                self._went[kind] = time.monotonic()
                log.warning("%s went: %s", kind, fault)
            elif state is DeviceState.READY and went is not None:
                del self._went[kind]
                log.warning("%s is back after %.1f s", kind, time.monotonic() - went)
            else:
                log.info("%s: %s %s", kind, state.value, fault or "")
        self.changed()

    def describe(self, kind: str, *, driver: str | None = None, label: str | None = None) -> None:
        """Say which driver a device has, and where it was found: a port, a camera's name; never personal data."""
        with self._lock:
            known = self._described.setdefault(kind, {"driver": None, "label": None})
            fresh = {"driver": driver or known["driver"], "label": label if label is not None else known["label"]}
            if fresh == known:
                return
            self._described[kind] = fresh
            self._sequence += 1
        self.changed()

    def note(self, name: str, value: dict[str, Any]) -> None:
        """Say what holds for the station besides its devices, e.g. its calibration; never personal data."""
        with self._lock:
            if self._facts.get(name) == value:
                return
            self._facts[name] = value
            self._sequence += 1
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
        """`{"boot", "sequence", "devices": {kind: {protocol.DEVICE_FIELDS}}, "facts": {name: {…}}}`."""
        nothing: dict[str, str | None] = {"driver": None, "label": None}
        with self._lock:
            return {
                "boot": self.boot,
                "sequence": self._sequence,
                "facts": dict(self._facts),
                "devices": {
                    kind: {**entry, **self._described.get(kind, nothing)} for kind, entry in self._devices.items()
                },
            }

    def history(self) -> list[dict[str, Any]]:
        """The last changes of state, oldest first: `{"sequence", "at", "device", "state", "fault"}`."""
        with self._lock:
            return list(self._history)
