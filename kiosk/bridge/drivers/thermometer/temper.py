"""USB thermometers of the TEMPer family with a probe on a cable (HID, 413d:2107): what a contact probe measures.

Asked with the report `01 80 33 01 00 00 00 00`, the stick answers with eight bytes for itself and, where it has a
probe, eight more; bytes 2 and 3 of each are the temperature in hundredths of a degree Celsius, high byte first,
`4E 20` for a sensor that is not there. Sources: GitHub, urwen/temper (temper.py, firmware TEMPerX_V3.1 and V3.3)
and haraldtux/temper-q (TEMPer2V13-01.py).

No infrared sensor with a published HID report was found. This one measures what its probe touches, slowly, and not
the body's temperature: it is for sites that have nothing better and disinfect the probe, and for trying the way.
"""

from __future__ import annotations

import struct
import time
from typing import Any

from kiosk.bridge.drivers.base import Host
from kiosk.bridge.drivers.thermometer.measuring import Reading, Thermometer
from kiosk.bridge.faults import Fault, FaultCode

ASK = bytes.fromhex("0180330100000000")
#: The stick has two interfaces: a keyboard, and the one that answers.
INTERFACE = 1
_REPORT, _NOT_THERE = 8, 0x4E20
_VALUE = struct.Struct(">h")
ANSWER_SECONDS = 1.0
_REST_SECONDS = 0.1


def decode(reports: list[bytes]) -> Reading:
    """The probe's temperature, with the stick's own as the ambient one.

    Raises `Fault`: NOT_FOUND without a probe, UNEXPECTED_ANSWER for another shape.
    """
    if not reports or any(len(report) != _REPORT for report in reports):
        raise Fault(FaultCode.UNEXPECTED_ANSWER, f"{len(reports)} reports")
    values = [_VALUE.unpack_from(report, 2)[0] for report in reports]
    if len(values) < 2 or values[1] == _NOT_THERE:
        raise Fault(FaultCode.NOT_FOUND, "no probe on the cable")
    return Reading(values[1] / 100, None if values[0] == _NOT_THERE else values[0] / 100)


class Temper(Thermometer):
    """Asks the first stick whose VID:PID the settings list."""

    driver = "temper"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._device: Any = None

    def api(self) -> Any:
        """hidapi. Raises `Fault` (UNSUPPORTED) without it."""
        try:
            import hid
        except ImportError as error:
            raise Fault(FaultCode.UNSUPPORTED, "hidapi is missing") from error
        return hid

    def open(self) -> None:
        """Raises `Fault`: UNSUPPORTED without hidapi, NOT_FOUND, PERMISSION_DENIED; what its first answer said."""
        api = self.api()
        for listed in self.host.settings.devices.thermometer.hid_devices:
            vendor, _, product = listed.partition(":")
            for entry in api.enumerate(int(vendor, 16), int(product, 16)):
                if entry["interface_number"] == INTERFACE:
                    self._connect(api, entry["path"])
                    self.ask()
                    self.host.label("thermometer", listed)
                    return
        raise Fault(FaultCode.NOT_FOUND, "no listed device")

    def _connect(self, api: Any, path: bytes) -> None:
        device = api.device()
        try:
            device.open_path(path)
        except OSError as error:  # hidapi says no more than that it could not
            raise Fault(FaultCode.PERMISSION_DENIED, "open failed") from error
        self._device = device

    def ask(self) -> Reading:
        """See `Thermometer`."""
        if self._device is None:
            raise Fault(FaultCode.GONE, "not open")
        try:
            if self._device.write(ASK) < 0:
                raise Fault(FaultCode.GONE, "write failed")
            reports: list[bytes] = []
            end = time.monotonic() + ANSWER_SECONDS
            while (left := end - time.monotonic()) > 0 and len(reports) < 2:
                report = bytes(
                    self._device.read(_REPORT, round(1000 * (min(left, _REST_SECONDS) if reports else left)))
                )
                if not report:
                    break
                reports.append(report)
        except (OSError, ValueError) as error:
            raise Fault(FaultCode.GONE, type(error).__name__) from error
        if not reports:
            raise Fault(FaultCode.TIMEOUT_NO_ANSWER)
        return decode(reports)

    def close(self) -> None:
        """Let go of the stick."""
        if self._device is not None:
            self._device.close()
            self._device = None
