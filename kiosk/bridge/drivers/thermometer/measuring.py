"""Thermometers of any kind: when a reading is a person's temperature, and the driver that asks until it is one.

A sensor always says something: the wall, a hand that passes, the person before it is near enough. A temperature is
told only when several readings in a row are plausible, agree, and still move a little, as those of a living sensor
do. None of these bounds has a source but experience; they decide whether there is a reading, never what it means.
This is a screening aid and no medical device; who is refused is decided by people with one.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Any

from kiosk.bridge.drivers.base import Driver, Host, Measured, Report
from kiosk.bridge.faults import RESYNCHRONISE, Fault, FaultCode
from kiosk.bridge.protocol import Mode

#: Outside of this nothing is a reading of a person, in °C (unsourced).
LOWEST, HIGHEST = 30.0, 43.0
#: Readings in a row that must agree, and how far they may lie apart, in °C (unsourced).
AGREEING, APART = 5, 0.4
#: Seconds between two questions while somebody is measured, and while nobody is.
ASK_SECONDS, IDLE_SECONDS = 0.2, 2.0
#: A reading that did not end the step, because it was implausible, is repeated after this time.
AGAIN_SECONDS = 4.0
#: A sensor whose readings have been the same to the last digit for so long is stuck (unsourced).
STUCK_SECONDS = 10.0
#: Questions in a row without a good answer after which the thermometer is opened anew.
MISSES = 3
#: Seconds after which a change of what is wanted is noticed within a pause.
_GLANCE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sensor says, in °C. `ambient` is its own temperature; None where it does not tell."""

    celsius: float
    ambient: float | None = None


class Person:
    """Tells a person who stands still from everything else that a sensor sees."""

    def __init__(self, offset: float, above_ambient: float) -> None:
        """`offset` is added to every reading; a person is warmer than the sensor by `above_ambient` at least."""
        self._offset, self.above_ambient = offset, above_ambient
        self._agreeing: deque[Reading] = deque(maxlen=AGREEING)
        self._last: Reading | None = None
        self._same_since = 0.0

    def forget(self) -> None:
        """Somebody else may stand there now."""
        self._agreeing.clear()

    def take(self, reading: Reading, now: float) -> float | None:
        """The person's temperature to a tenth of a degree, as soon as the readings agree on one."""
        if reading != self._last:
            self._last, self._same_since = reading, now
        if not self._plausible(reading):
            self._agreeing.clear()
            return None
        self._agreeing.append(reading)
        values = [found.celsius for found in self._agreeing]
        full, alive = len(values) == AGREEING, len(set(self._agreeing)) > 1
        if not (full and alive) or max(values) - min(values) > APART:
            return None
        self._agreeing.clear()
        return round(median(values) + self._offset, 1)

    def stuck(self, now: float) -> bool:
        """Whether the sensor has said the same for so long that it says nothing."""
        return self._last is not None and now - self._same_since > STUCK_SECONDS

    def _plausible(self, reading: Reading) -> bool:
        warm = reading.ambient is None or reading.celsius - reading.ambient >= self.above_ambient
        return warm and LOWEST <= reading.celsius + self._offset <= HIGHEST


class Thermometer(Driver):
    """Asks a sensor twice a second or more while a temperature is wanted, and now and then whether it lives."""

    kind = "thermometer"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        settings = host.settings.devices.thermometer
        self._offset = settings.offset_celsius
        self._person = Person(settings.offset_celsius, settings.above_ambient_celsius)
        self._misses = 0

    @abstractmethod
    def ask(self) -> Reading:
        """One reading. Raises `Fault`: what the line says, GONE when the device must be opened again."""

    def run(self, stop: threading.Event, report: Report) -> None:
        """Measure while the mode asks for it. Raises `Fault` when the sensor has to be opened anew."""
        report.ready()
        quiet_until = 0.0
        measuring = False
        while not stop.is_set():
            report.beat()
            begun = time.monotonic()
            celsius = self._look(report)
            if measuring and celsius is not None and begun >= quiet_until:
                self.host.emit(Measured(celsius))
                quiet_until = begun + AGAIN_SECONDS
            wanted = self._pause(stop, begun, measuring)
            if wanted is not measuring:  # what was seen before somebody was asked to stand there is nobody's
                self._person.forget()
                measuring, quiet_until = wanted, 0.0

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        """The temperature of whoever stands there; without a person in time, what the sensor says of the room."""
        end = time.monotonic() + seconds
        person = Person(self._offset, self._person.above_ambient)
        while True:
            reading = self.ask()
            report.beat()
            celsius = person.take(reading, time.monotonic())
            if celsius is not None or time.monotonic() >= end or stop.is_set():
                break
            stop.wait(ASK_SECONDS)
        found = {"celsius": celsius or round(reading.celsius + self._offset, 1)}
        return found if reading.ambient is None else {**found, "ambient_celsius": round(reading.ambient, 1)}

    def _look(self, report: Report) -> float | None:
        """One question. A line that is disturbed for a moment is asked again; raises `Fault` after some."""
        try:
            reading = self.ask()
        except Fault as fault:
            if fault.code not in RESYNCHRONISE:
                raise
            self._misses += 1
            if self._misses >= MISSES:
                raise
            return None
        self._misses = 0
        now = time.monotonic()
        celsius = self._person.take(reading, now)
        if self._person.stuck(now):
            report.degraded(Fault(FaultCode.FROZEN, f"the same reading for {STUCK_SECONDS:g} s"))
        else:
            report.ready()
        return celsius

    def _pause(self, stop: threading.Event, begun: float, measuring: bool) -> bool:
        """Wait for the next question, less when somebody is to be measured now; whether somebody is."""
        pause = ASK_SECONDS if measuring else IDLE_SECONDS
        while (left := begun + pause - time.monotonic()) > 0 and not stop.is_set():
            if (self.host.mode() is Mode.TEMPERATURE) is not measuring:
                break
            stop.wait(min(left, _GLANCE_SECONDS))
        return self.host.mode() is Mode.TEMPERATURE
