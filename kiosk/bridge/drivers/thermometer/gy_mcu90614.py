"""Infrared thermometer modules GY-MCU90614 (and GY-MCU90615) on a serial port: 9600 8N1, or 115200.

The module carries Melexis' MLX90614: ±0.5 °C between 0 and 50 °C, the medical grade (order code D) better; field
of view 90° (…-xxA), 35° (…-xxC) or 5° (…-xxI) (data sheet 3901090614, revision 007). It measures the mean surface
temperature of all that it sees, so that a narrow one and a marked distance are what make it of use.
"""

from __future__ import annotations

import time

from kiosk.bridge.drivers.base import Host
from kiosk.bridge.drivers.reader.serial import SerialWire
from kiosk.bridge.drivers.thermometer import gy_frames
from kiosk.bridge.drivers.thermometer.measuring import Reading, Thermometer
from kiosk.bridge.faults import Fault, FaultCode

#: Seconds for one answer in all: nine bytes take 9 ms at 9600 baud, a reading of the sensor itself some more.
ANSWER_SECONDS = 0.5
#: A line that does not fall silent within this time pours.
_DRAIN_SECONDS = 0.3


class GyMcu90614(Thermometer):
    """Asks the module for one reading after the other; one that sends by itself is understood as well."""

    driver = "gy_mcu90614"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._wire: SerialWire | None = None

    def address(self) -> str:
        """The port of the settings. None is ever guessed: a question to another device may upset it."""
        return self.host.settings.devices.thermometer.port

    def open(self) -> None:
        """Raises `Fault`: NOT_FOUND, BUSY, PERMISSION_DENIED, GONE; what the first question said."""
        address = self.address()
        if not address:
            raise Fault(FaultCode.NOT_FOUND, "no port is named")
        self._wire = SerialWire(address, self.host.settings.devices.thermometer.baud)
        self.ask()
        self.host.label("thermometer", address)

    def ask(self) -> Reading:
        """See `Thermometer`."""
        if self._wire is None:
            raise Fault(FaultCode.GONE, "not open")
        begun = time.monotonic()
        while self._wire.read(0):  # what was sent before the question is not its answer
            if time.monotonic() - begun > _DRAIN_SECONDS:
                raise Fault(FaultCode.UNEXPECTED_ANSWER, "the line pours")
        self._wire.write(gy_frames.ASK)
        decoder = gy_frames.Decoder()
        came = False
        end = time.monotonic() + ANSWER_SECONDS
        while (left := end - time.monotonic()) > 0:
            data = self._wire.read(left)
            came = came or bool(data)
            found = decoder.feed(data)
            if found:
                return found[-1]
        if decoder.damaged:
            raise Fault(FaultCode.BAD_CHECKSUM)
        raise Fault(FaultCode.TIMEOUT_PARTIAL if came else FaultCode.TIMEOUT_NO_ANSWER)

    def close(self) -> None:
        """Let go of the port."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
