"""A simulated infrared module that answers byte for byte over a pseudo-terminal, and the driver on its port."""

from __future__ import annotations

import itertools
import threading

from kiosk.bridge.drivers.base import Simulator
from kiosk.bridge.drivers.reader.lines import Line, make_line
from kiosk.bridge.drivers.thermometer import gy_frames
from kiosk.bridge.drivers.thermometer.gy_mcu90614 import GyMcu90614
from kiosk.bridge.drivers.thermometer.measuring import Reading

#: Faults that every answer has until `behave`.
FAULTS = ("drip", "half_frame", "bad_checksum", "garbage", "silent", "stuck", "nobody", "stream")
#: What a sensor's readings do although nothing changes, in °C; their middle is the temperature that was set.
_NOISE = (0.0, 0.02, -0.02, 0.04, -0.04)
_AMBIENT = 23.5
#: Between two bytes: an answer of nine comes well within the time that the driver gives it.
_DRIP_SECONDS = 0.02
#: The module's own pace when it sends unasked: 14 readings a second.
_STREAM_SECONDS = 1 / 14


class ThermometerSimulator(Simulator):
    """The simulated module, plugged in, and somebody in front of it."""

    targets = ("thermometer",)

    def __init__(self) -> None:
        self.celsius = 36.5
        self.fault = ""
        self._noise = itertools.cycle(_NOISE)
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._thread: threading.Thread | None = None
        self.plug()

    @property
    def address(self) -> str:
        """Port under which the host finds it; empty while it is unplugged."""
        with self._lock:
            return self._line.address if self._line else ""

    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """`thermometer set 38.2 | unplug | plug | behave | <fault>`."""
        if verb == "set":
            self.celsius = float(words[0])
        elif verb == "plug":
            self.plug()
        elif verb == "unplug":
            self.stop()
        elif verb == "behave":
            self.fault = ""
        elif verb in FAULTS:
            self.fault = verb
        else:
            raise ValueError(f"thermometer {verb}")
        return f"thermometer {verb} {' '.join(words)}".strip()

    def plug(self) -> None:
        """Put the cable in."""
        with self._lock:
            if self._line is None:
                self._line = make_line()
                self._thread = threading.Thread(
                    target=self._serve, args=(self._line,), name="thermometer-module", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Pull the cable; the host's port hangs up and is gone."""
        with self._lock:
            line, self._line = self._line, None
            thread = self._thread
        if line is not None:
            line.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2)

    def _reading(self) -> Reading:
        if self.fault == "nobody":
            return Reading(_AMBIENT + 0.3 + next(self._noise), _AMBIENT)
        noise = 0.0 if self.fault == "stuck" else next(self._noise)
        return Reading(self.celsius + noise, _AMBIENT)

    def _serve(self, line: Line) -> None:
        asked = b""
        while True:
            data = line.receive(_STREAM_SECONDS if self.fault == "stream" else 0.5)
            if data is None:
                return
            asked = (asked + data)[-len(gy_frames.ASK) :]
            if asked == gy_frames.ASK:
                asked = b""
                self._answer(line, gy_frames.encode(self._reading()))
            elif not data and self.fault == "stream":
                line.send(gy_frames.encode(self._reading()))

    def _answer(self, line: Line, frame: bytes) -> None:
        match self.fault:
            case "silent":
                return
            case "half_frame":
                line.send(frame[:5])
            case "bad_checksum":
                line.send(frame[:-1] + bytes((frame[-1] ^ 0x55,)))
            case "garbage":
                line.send(b"\x00\x5a\xff\x5a\x5a" + frame + b"\x13")
            case "drip":
                for byte in frame:
                    if self._line is not line:
                        return
                    line.send(bytes((byte,)))
                    threading.Event().wait(_DRIP_SECONDS)
            case _:
                line.send(frame)


class VirtualThermometer(GyMcu90614):
    """Finds the simulated module's port instead of a real one; everything else is the serial driver."""

    driver = "virtual"

    def address(self) -> str:
        """The port of the simulated module, none while it is unplugged."""
        return self.host.simulator("thermometer", ThermometerSimulator).address
