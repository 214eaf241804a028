"""A simulated scanner on a serial line of its own: scans what it is told to, also badly."""

from __future__ import annotations

import threading

from kiosk.bridge.drivers.base import Simulator
from kiosk.bridge.drivers.codes.scanner import SILENCE_SECONDS, SerialScanner
from kiosk.bridge.drivers.reader.lines import Line, make_line


class ScannerSimulator(Simulator):
    """The scanner on the table."""

    targets = ("scanner",)

    def __init__(self) -> None:
        self._line: Line | None = make_line()

    @property
    def address(self) -> str:
        """Its port; empty while it is unplugged."""
        return self._line.address if self._line else ""

    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """`scanner scan TEXT [times=2] [end=no] [typed=AB] [halves=yes] | unplug | plug`."""
        if verb == "scan" and words:
            self._scan(words[0], options)
        elif verb == "unplug":
            self.stop()
        elif verb == "plug":
            self._line = self._line or make_line()
        else:
            raise ValueError(f"scanner {verb}")
        return f"scanner {verb}"

    def _scan(self, text: str, options: dict[str, str]) -> None:
        if self._line is None:
            raise ValueError("the scanner is unplugged")
        middle = len(text) // 2
        data = (text[:middle] + options.get("typed", "") + text[middle:]).encode()
        end = b"" if options.get("end") == "no" else b"\r\n"
        for _ in range(int(options.get("times", "1"))):
            if options.get("halves") == "yes":
                self._line.send(data[:middle])
                threading.Event().wait(SILENCE_SECONDS * 2)
                self._line.send(data[middle:] + end)
            else:
                self._line.send(data + end)

    def stop(self) -> None:
        """Unplug."""
        line, self._line = self._line, None
        if line is not None:
            line.close()


class VirtualScanner(SerialScanner):
    """Finds the simulated scanner's port; everything else is the scanner's driver."""

    driver = "virtual_scanner"

    def addresses(self) -> list[str]:
        """The port of the simulated device, none while it is unplugged."""
        address = self.host.simulator("codes", ScannerSimulator).address
        return [address] if address else []
