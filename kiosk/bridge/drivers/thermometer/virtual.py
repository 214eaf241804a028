"""A simulated forehead thermometer: measures whoever stands there one second after it is asked to."""

from __future__ import annotations

import threading
import time
from typing import Any

from kiosk.bridge.drivers.base import Driver, Measured, Report, Simulator
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import Mode

MEASURING_SECONDS = 1.0
#: A reading that did not end the step, because it was implausible, is repeated after this time.
AGAIN_SECONDS = 4.0
_TICK_SECONDS = 0.1


class ThermometerSimulator(Simulator):
    """The simulated sensor."""

    targets = ("thermometer",)

    def __init__(self) -> None:
        self.celsius = 36.5
        self.plugged = True

    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """`thermometer set 38.2 | unplug | plug`."""
        if verb == "set":
            self.celsius = float(words[0])
        elif verb in ("plug", "unplug"):
            self.plugged = verb == "plug"
        else:
            raise ValueError(f"thermometer {verb}")
        return f"thermometer {verb} {' '.join(words)}".strip()

    def stop(self) -> None:
        """It has no threads."""


class VirtualThermometer(Driver):
    """Asks the simulated sensor while a temperature is wanted."""

    kind = "thermometer"
    driver = "virtual"

    def open(self) -> None:
        """Raises `Fault` (NOT_FOUND) while it is unplugged."""
        self._sensor = self.host.simulator("thermometer", ThermometerSimulator)
        if not self._sensor.plugged:
            raise Fault(FaultCode.NOT_FOUND)

    def run(self, stop: threading.Event, report: Report) -> None:
        """Measure while the mode asks for it. Raises `Fault` (GONE) when it is unplugged."""
        report.ready()
        due: float | None = None
        while not stop.wait(_TICK_SECONDS):
            report.beat()
            if not self._sensor.plugged:
                raise Fault(FaultCode.GONE)
            now = time.monotonic()
            if self.host.mode() is not Mode.TEMPERATURE:
                due = None
            elif due is None:
                due = now + MEASURING_SECONDS
            elif now >= due:
                self.host.emit(Measured(self._sensor.celsius))
                due = now + AGAIN_SECONDS

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        """`{"celsius"}`: one reading, as of a person who stands there."""
        stop.wait(MEASURING_SECONDS)
        if not self._sensor.plugged:
            raise Fault(FaultCode.GONE)
        return {"celsius": self._sensor.celsius}

    def close(self) -> None:
        """There is nothing to let go of."""
