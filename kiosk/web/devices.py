"""The bridge's last word about itself and its devices, kept in memory: the next report replaces it."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk import logs
from kiosk.bridge.protocol import DEVICE_FIELDS, DeviceState
from kiosk.domain.refusals import Code, Refusal

#: Seconds without a word after which the bridge counts as gone. It asks what is wanted every two seconds.
GONE_AFTER_SECONDS = 4.5
#: Devices that pages show, in this order.
DEVICES = ("reader", "camera", "thermometer")
#: Devices of which a bridge may tell, and characters of one word about them.
_MOST_DEVICES, _LONGEST = 12, 200
#: Bytes of a small picture.
_PICTURE_LIMIT = 96 * 1024
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
    #: Everything the bridge says of each device, for staff: the fields of `protocol.DEVICE_FIELDS`.
    details: dict[str, dict[str, str | None]] = field(default_factory=dict)
    #: What holds for the station besides its devices, e.g. its calibration.
    facts: dict[str, Any] = field(default_factory=dict)
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
        self.sequence, self.devices, self.details, self.facts = -1, {}, {}, {}

    def report(
        self, sequence: int, devices: dict[str, dict[str, Any]], facts: dict[str, Any] | None = None
    ) -> bool:
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
        details = {
            name: _detail(entry)
            for name, entry in list(devices.items())[:_MOST_DEVICES]
            if name.isidentifier() and len(name) <= 20
        }
        changed = (fresh, details, facts or {}) != (self.devices, self.details, self.facts)
        self.devices, self.details, self.facts = fresh, details, facts or {}
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


def _detail(entry: dict[str, Any]) -> dict[str, str | None]:
    """The fields that staff see, as short cleaned texts: a port's name is no place for a person's."""
    found: dict[str, str | None] = {name: _words(entry.get(name)) for name in DEVICE_FIELDS}
    return {**found, "state": _state(entry.get("state")), "code": _code(entry.get("code"))}


def _words(value: object) -> str | None:
    return logs.clean(value[:_LONGEST]) if isinstance(value, str) and value else None


def clean_end(content: dict[str, Any]) -> dict[str, Any]:
    """The end of an order as staff get it: `{"ok", "fault", "detail", "values"}`, every text cleaned."""
    values = content.get("values")
    return {
        "ok": content.get("ok") is True,
        "fault": _words(content.get("fault")),
        "detail": _words(content.get("detail")) or "",
        "values": _cleaned(values) if isinstance(values, dict) else {},
    }


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _cleaned(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return logs.clean(value) if isinstance(value, str) else value


def picture_of(value: object) -> bytes | None:
    """The bytes of a small JPEG or PNG that came as base64; None without one. Raises `Refusal` bad_request."""
    if value is None:
        return None
    try:
        content = base64.b64decode(str(value), validate=True)
    except binascii.Error as error:
        raise Refusal(Code.BAD_REQUEST, {"what": "picture"}) from error
    if len(content) > _PICTURE_LIMIT or content[:3] not in (b"\xff\xd8\xff", b"\x89PN"):
        raise Refusal(Code.BAD_REQUEST, {"what": "picture"})
    return content


def _state(value: object) -> str:
    return str(value) if value in _STATES else DeviceState.FAULT.value


def _code(value: object) -> str | None:
    return str(value) if value in {code.value for code in Code} else None
