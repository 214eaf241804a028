"""The simulated reader as a HID device: what hidapi offers, over the simulated cable."""

from __future__ import annotations

from typing import Any

from kiosk.bridge.codec.frames import PREAMBLE
from kiosk.bridge.drivers.base import Host
from kiosk.bridge.drivers.reader.lines import PacketLine
from kiosk.bridge.drivers.reader.usb_hid import REPORT, UsbHidReader
from kiosk.bridge.drivers.reader.virtual import simulated
from kiosk.bridge.drivers.reader.virtual_sam import VirtualSam

VENDOR, PRODUCT = 0x0483, 0x5751


class VirtualHidDevice:
    """`hid.device()`: the host's end of the cable, in reports of 64 bytes."""

    def __init__(self, sam: VirtualSam) -> None:
        self._sam = sam
        self._line: PacketLine | None = None

    def open_path(self, path: bytes) -> None:
        """Raises `OSError` ("open failed"), which is all that hidapi says."""
        line = self._sam.line
        if not isinstance(line, PacketLine) or line.address.encode() != path or line.held or line.denied:
            raise OSError("open failed")
        self._line = line

    def write(self, report: bytes) -> int:
        """One report behind its number; -1 once unplugged."""
        data = report[1:]
        try:
            if self._line is None:
                return -1
            self._line.put(data, begins=data.startswith(PREAMBLE))
        except OSError:
            return -1
        return len(report)

    def read(self, size: int, timeout_ms: int) -> list[int]:
        """One report, filled with zeros; empty when none comes in time. Raises `OSError` once unplugged."""
        if self._line is None:
            raise OSError("read error")
        packet = self._line.take(0, timeout_ms / 1000)
        return list(packet.ljust(REPORT, b"\0")[:size]) if packet else []

    def close(self) -> None:
        """Let go."""
        self._line = None


class VirtualHidApi:
    """What the driver uses of hidapi's module."""

    def __init__(self, sam: VirtualSam) -> None:
        self._sam = sam

    def enumerate(self, vendor: int, product: int) -> list[dict[str, Any]]:
        """The reader, while it is plugged in and asked for (0: any)."""
        asked = vendor in (0, VENDOR) and product in (0, PRODUCT)
        return [{"path": self._sam.address.encode()}] if asked and self._sam.address else []

    def device(self) -> VirtualHidDevice:
        """A device that is not open yet."""
        return VirtualHidDevice(self._sam)


class VirtualHidReader(UsbHidReader):
    """Looks for readers among simulated HID devices; everything else is the HID driver."""

    driver = "virtual_hid"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._api = VirtualHidApi(simulated(host, PacketLine))

    def api(self) -> VirtualHidApi:
        """The simulated hidapi."""
        return self._api
