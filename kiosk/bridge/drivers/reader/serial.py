"""ID card readers behind a serial port, also a USB-serial chip: GA/T 467 frames at 115200 8N1."""

from __future__ import annotations

import errno
import logging
import sys

import serial
from serial.tools import list_ports

from kiosk.bridge.drivers.reader.sam_reader import SamReader, SamWire
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

if sys.platform == "win32":
    PORT_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError)
else:
    import termios

    #: What pyserial raises when a port hangs up; the last one is no OSError.
    PORT_ERRORS = (serial.SerialException, OSError, termios.error)


class SerialWire(SamWire):
    """A pyserial port as the conversation wants it."""

    def __init__(self, address: str, baud: int) -> None:
        """Open `address` (a port, or `socket://host:port`) for this process alone. Raises `Fault`."""
        try:
            self._port = serial.serial_for_url(
                address, baudrate=baud, timeout=0, write_timeout=1, do_not_open=True
            )
            if not address.startswith("socket://"):
                self._port.exclusive = True
            self._port.open()
        except PORT_ERRORS as error:
            raise _open_fault(error, address) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `Fault` (GONE)."""
        try:
            self._port.write(data)
        except PORT_ERRORS as error:
            raise Fault(FaultCode.GONE, _reason(error)) from error

    def read(self, seconds: float) -> bytes:
        """What has come, waiting at most `seconds` for the first byte. Raises `Fault` (GONE)."""
        try:
            self._port.timeout = seconds
            first: bytes = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            return first + bytes(self._port.read(4096))
        except PORT_ERRORS as error:
            raise Fault(FaultCode.GONE, _reason(error)) from error

    def close(self) -> None:
        """Let go of the port, also of one that is gone."""
        loopback = getattr(self._port, "_socket", None)
        try:
            self._port.close()
        except PORT_ERRORS as error:
            log.debug("closing a port that is gone: %s", error)
        if loopback is not None:
            loopback.close()  # pyserial forgets it unclosed when the other side went first


class SerialReader(SamReader):
    """A reader on the port that the settings name, or on one whose USB-serial chip they list."""

    driver = "serial"

    def addresses(self) -> list[str]:
        """The port of the settings, else listed chips, the last good one first."""
        settings = self.host.settings.devices.reader
        if settings.port:
            return [settings.port]
        wanted = {item.upper() for item in settings.usb_ids}
        found = sorted(
            port.device
            for port in list_ports.comports()
            if port.vid is not None and f"{port.vid:04X}:{port.pid:04X}" in wanted
        )
        known = self.host.recall("reader").get("port")
        return sorted(found, key=lambda device: device != known)

    def connect(self, address: str) -> SerialWire:
        """Raises `Fault`: NOT_FOUND, BUSY, PERMISSION_DENIED or GONE."""
        return SerialWire(address, self.host.settings.devices.reader.baud)


def _open_fault(error: Exception, address: str) -> Fault:
    number = getattr(error, "errno", None)
    text = str(error).lower()
    if number == errno.EACCES or "access is denied" in text or "permissionerror" in text:
        code = FaultCode.PERMISSION_DENIED
    elif number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text:
        code = FaultCode.BUSY
    elif number in (errno.ENOENT, errno.ENXIO, errno.ENODEV) or "filenotfound" in text or "refused" in text:
        code = FaultCode.NOT_FOUND
    else:
        code = FaultCode.GONE
    return Fault(code, f"{address}: {_reason(error)}")


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, type(error).__name__) if isinstance(number, int) else type(error).__name__
