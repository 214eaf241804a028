"""ID card readers that are HID devices (0483:5751 and others): reports of 64 bytes that carry the same frames."""

from __future__ import annotations

import logging
from typing import Any

from kiosk.bridge.drivers.reader.sam_reader import SamReader, SamWire
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

REPORT = 64


def _load() -> Any:
    """hidapi's module; hidraw, where there is one, leaves the device to the system's driver."""
    try:
        import hidraw

        return hidraw
    except ImportError:
        import hid

        return hid


class HidWire(SamWire):
    """One opened HID device as the conversation wants it."""

    def __init__(self, api: Any, path: bytes) -> None:
        """Open it. Raises `Fault`: hidapi says no more than that it could not, so the path is looked at."""
        self._device = api.device()
        try:
            self._device.open_path(path)
        except OSError as error:
            raise Fault(_open_code(api, path), "open failed") from error

    def write(self, data: bytes) -> None:
        """Send all of `data` in reports, the last one filled with zeros. Raises `Fault` (GONE)."""
        for at in range(0, len(data), REPORT):
            report = bytes(1) + data[at : at + REPORT].ljust(REPORT, b"\0")  # report number 0: there is but one
            try:
                written = self._device.write(report)
            except OSError as error:
                raise Fault(FaultCode.GONE, "write failed") from error
            if written < 0:
                raise Fault(FaultCode.GONE, "write failed")

    def read(self, seconds: float) -> bytes:
        """The next report, waiting at most `seconds` for it. Raises `Fault` (GONE)."""
        try:
            return bytes(self._device.read(REPORT, max(1, round(seconds * 1000))))  # 0 would be for ever
        except OSError as error:
            raise Fault(FaultCode.GONE, "read failed") from error

    def close(self) -> None:
        """Let go of the device."""
        self._device.close()


class UsbHidReader(SamReader):
    """A reader whose VID:PID the settings list."""

    driver = "usb_hid"

    def api(self) -> Any:
        """hidapi. Raises `Fault` (UNSUPPORTED) without it."""
        try:
            return _load()
        except ImportError as error:
            raise Fault(FaultCode.UNSUPPORTED, "hidapi is missing") from error

    def addresses(self) -> list[str]:
        """Paths of every listed device. Raises `Fault`: UNSUPPORTED without hidapi."""
        self._hid = self.api()
        found: list[str] = []
        for listed in self.host.settings.devices.reader.hid_devices:
            vendor, _, product = listed.partition(":")
            for entry in self._hid.enumerate(int(vendor, 16), int(product, 16)):
                found.append(entry["path"].decode("utf-8", "replace"))
        known = self.host.recall("reader").get("port")
        return sorted(set(found), key=lambda path: (path != known, path))

    def connect(self, address: str) -> HidWire:
        """Raises `Fault`: NOT_FOUND, BUSY, PERMISSION_DENIED or GONE."""
        return HidWire(self._hid, address.encode())


def _open_code(api: Any, path: bytes) -> FaultCode:
    from os import R_OK, W_OK, access
    from pathlib import Path

    node = Path(path.decode("utf-8", "replace"))
    if node.is_absolute() and node.exists():
        return FaultCode.BUSY if access(node, R_OK | W_OK) else FaultCode.PERMISSION_DENIED
    return FaultCode.BUSY if any(entry["path"] == path for entry in api.enumerate(0, 0)) else FaultCode.NOT_FOUND
