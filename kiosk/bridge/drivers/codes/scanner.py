"""Scanners of codes and campus cards on a serial port (USB-COM, CDC): each scan is a line of text.

A scanner that is a keyboard types into the kiosk page instead (kiosk/static/js/kiosk/wedge.js).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time

from serial.tools import list_ports

from kiosk.bridge.drivers.base import Driver, Host, Identified, Report
from kiosk.bridge.drivers.reader.serial import SerialWire
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.domain import wedge
from kiosk.domain.campus_cards import Writing

log = logging.getLogger(__name__)

#: Silence that ends a scan whose end of line never came; half a code is worse than none.
SILENCE_SECONDS = 0.3
#: The same scan again within this time is the same laying of the same code.
AGAIN_SECONDS = 1.0
_LOOK_SECONDS = 0.2


class SerialScanner(Driver):
    """Reads lines from the scanner's port and passes on what they identify. It never writes."""

    kind = "codes"
    driver = "scanner"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._settings = host.settings.devices.scanner
        self._wire: SerialWire | None = None
        self._secret = secrets.token_bytes(16)
        self._last: tuple[bytes, float] = b"", float("-inf")

    def addresses(self) -> list[str]:
        """The port of the settings, else those whose chip they list."""
        if self._settings.port:
            return [self._settings.port]
        wanted = {item.upper() for item in self._settings.usb_ids}
        return sorted(
            port.device
            for port in list_ports.comports()
            if port.vid is not None and f"{port.vid:04X}:{port.pid:04X}" in wanted
        )

    def open(self) -> None:
        """Raises `Fault`: NOT_FOUND, BUSY, PERMISSION_DENIED or GONE."""
        fault = Fault(FaultCode.NOT_FOUND, "no listed port")
        for address in self.addresses():
            try:
                self._wire = SerialWire(address, self._settings.baud)
            except Fault as found:
                fault = found
            else:
                self.host.label("codes", address)
                return
        raise fault

    def run(self, stop: threading.Event, report: Report) -> None:
        """Take lines until told to stop. Raises `Fault` (GONE) when it is unplugged."""
        if self._wire is None:
            raise Fault(FaultCode.GONE, "not open")
        report.ready()
        line, last_byte = bytearray(), 0.0
        while not stop.is_set():
            report.beat()
            data = self._wire.read(_LOOK_SECONDS)
            now = time.monotonic()
            if line and now - last_byte > SILENCE_SECONDS:
                log.info("scanner: a scan without its end, left out")
                line.clear()
            for byte in data:
                last_byte = now
                if byte not in b"\r\n":
                    if len(line) <= wedge.LONGEST_CODE:
                        line.append(byte)
                elif line:
                    self._scanned(bytes(line), now)
                    line.clear()

    def _scanned(self, data: bytes, now: float) -> None:
        digest = hmac.digest(self._secret, data, hashlib.sha256)
        last, at = self._last
        self._last = digest, now
        if digest == last and now - at < AGAIN_SECONDS:
            return
        try:
            assurance, entry = wedge.read(
                data,
                by_code=self.host.by_code(),
                writing=Writing(self._settings.writing),
                digits=self._settings.digits,
            )
        except ValueError:
            log.info("scanner: neither a code nor a card's number")
            return
        self.host.emit(Identified(assurance, self.driver, dict(entry)))

    def close(self) -> None:
        """Let go of the port."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
