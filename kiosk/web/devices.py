"""The bridge's last word about itself and its devices, kept in memory: the next report replaces it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.bridge.protocol import DeviceState
from kiosk.domain.refusals import Code

#: Seconds without a word after which the bridge counts as gone. It asks what is wanted every two seconds.
GONE_AFTER_SECONDS = 4.5
#: Devices that pages show, in this order.
DEVICES = ("reader", "camera", "thermometer")
_STATES = frozenset(state.value for state in DeviceState)


@dataclass
class BridgeLink:
    """What is known of the one bridge of this station."""

    clock: Callable[[], float] = time.monotonic
    boot: str = ""
    preview_port: int = 0
    preview_token: str = ""
    engine: str = ""
    sequence: int = -1
    devices: dict[str, dict[str, str | None]] = field(default_factory=dict)
    last_contact: float | None = None

    def touch(self) -> None:
        """The bridge spoke."""
        self.last_contact = self.clock()

    @property
    def present(self) -> bool:
        """Whether it spoke within `GONE_AFTER_SECONDS`."""
        return self.last_contact is not None and self.clock() - self.last_contact <= GONE_AFTER_SECONDS

    def hello(self, boot: str, preview_port: int, preview_token: str, engine: str) -> None:
        """A bridge started, or this process did: its counting begins anew."""
        self.touch()
        self.boot, self.preview_port, self.preview_token, self.engine = boot, preview_port, preview_token, engine
        self.sequence, self.devices = -1, {}

    def report(self, sequence: int, devices: dict[str, dict[str, Any]]) -> bool:
        """Take a report; an overtaken one is ignored. Returns whether anything differs from before."""
        self.touch()
        if sequence <= self.sequence:
            return False
        self.sequence = sequence
        fresh = {
            name: {"state": _state(facts.get("state")), "code": _code(facts.get("code"))}
            for name, facts in devices.items()
            if name in DEVICES
        }
        changed = fresh != self.devices
        self.devices = fresh
        return changed

    def view(self) -> dict[str, dict[str, str | None]]:
        """Every device with its state, for a snapshot. With the bridge gone nothing else is known."""
        if not self.present:
            state = DeviceState.STARTING if self.last_contact is None else DeviceState.FAULT
            gone: dict[str, str | None] = {"state": state.value, "code": Code.BRIDGE_GONE.value}
            unknown: dict[str, str | None] = {"state": DeviceState.STARTING.value, "code": None}
            return {"bridge": gone, **{name: dict(unknown) for name in DEVICES}}
        off: dict[str, str | None] = {"state": DeviceState.OFF.value, "code": None}
        return {
            "bridge": {"state": DeviceState.READY.value, "code": None},
            **{name: dict(self.devices.get(name, off)) for name in DEVICES},
        }

    def preview(self) -> dict[str, str] | None:
        """Address of the live preview, or None while there is no bridge."""
        if not self.present or not self.preview_port:
            return None
        return {"url": f"{self.preview_origin()}/preview?token={self.preview_token}"}

    def preview_origin(self) -> str:
        """Origin of the preview, for the content security policy; empty before the first hello."""
        return f"http://127.0.0.1:{self.preview_port}" if self.preview_port else ""


def _state(value: object) -> str:
    return str(value) if value in _STATES else DeviceState.FAULT.value


def _code(value: object) -> str | None:
    return str(value) if value in {code.value for code in Code} else None
