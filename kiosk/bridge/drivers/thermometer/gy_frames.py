"""Frames of the serial infrared modules GY-MCU90614 and GY-MCU90615, without I/O.

A question is `A5 15 BA` (one reading) or `A5 45 EA` (readings without end, which a new module sends by itself at
14 a second). A reading has nine bytes: `5A 5A`, type `45`, length `04`, object and ambient temperature in
hundredths of a degree Celsius (two bytes each, high byte first), and the low byte of the sum of all before it.

Sources, agreeing with each other: the protocol printed by the modules' sellers (as99shop.com, product 363,
"GY-MCU90614-BCC"; hxchipstech.com, product 3406, "GYMLX90615"), and a program that reads one (GitHub,
esteban990821/Codigos-Microcontroladores, MCU-90615.ino). Whether temperatures below zero are two's complement is
not said; it is taken so, and no person has one.
"""

from __future__ import annotations

import struct

from kiosk.bridge.drivers.thermometer.measuring import Reading

ASK = bytes.fromhex("A515BA")
_HEAD = bytes.fromhex("5A5A4504")
_SIZE = 9
_VALUES = struct.Struct(">hh")


def encode(reading: Reading) -> bytes:
    """The frame of a reading, as the simulated module sends it."""
    body = _HEAD + _VALUES.pack(round(reading.celsius * 100), round((reading.ambient or 0.0) * 100))
    return body + bytes((sum(body) & 0xFF,))


class Decoder:
    """Finds frames in a stream, however it is cut. `damaged` counts what looked like one and was none."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.damaged = 0

    @property
    def pending(self) -> bool:
        """Whether something has come that is no whole frame yet."""
        return bool(self._data)

    def feed(self, data: bytes) -> list[Reading]:
        """The readings that are complete now, oldest first."""
        self._data += data
        found: list[Reading] = []
        while True:
            at = self._data.find(_HEAD)
            if at < 0:
                del self._data[: max(0, len(self._data) - len(_HEAD) + 1)]
                return found
            del self._data[:at]
            if len(self._data) < _SIZE:
                return found
            frame = bytes(self._data[:_SIZE])
            if sum(frame[:-1]) & 0xFF == frame[-1]:
                celsius, ambient = _VALUES.unpack(frame[len(_HEAD) : -1])
                found.append(Reading(celsius / 100, ambient / 100))
                del self._data[:_SIZE]
            else:
                self.damaged += 1
                del self._data[:1]  # a real frame may begin inside the damaged one
