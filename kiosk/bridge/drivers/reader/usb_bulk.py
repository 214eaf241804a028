"""ID card readers on USB bulk endpoints (0400:C35A and others), in both dialects that such readers speak.

Four pipes: what goes out is split behind LEN, the head on the first OUT endpoint and the rest on the second,
answers likewise on the two IN endpoints. One pipe each way: the whole frame, in packets of 64 bytes. Which one a
reader speaks stands in its descriptors. Vendor 0400 is shared with devices that are no readers: both numbers must
match.
"""

from __future__ import annotations

import errno
import logging
from typing import Any

import usb.backend
import usb.core
import usb.util

from kiosk.bridge.codec.frames import PREAMBLE
from kiosk.bridge.drivers.reader.sam_reader import SamReader, SamWire
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

_HEAD = len(PREAMBLE) + 2
_PACKET = 64
_WRITE_MS = 1000
_OPEN_FAULTS = {
    errno.EACCES: FaultCode.PERMISSION_DENIED,
    errno.EPERM: FaultCode.PERMISSION_DENIED,
    errno.EBUSY: FaultCode.BUSY,
    errno.ENOENT: FaultCode.NOT_FOUND,
}


class UsbWire(SamWire):
    """The bulk endpoints of one device as the conversation wants them."""

    def __init__(self, device: Any) -> None:
        """Claim the first interface with bulk endpoints in both directions. Raises `Fault`."""
        self._device = device
        try:
            self._claim()
        except usb.core.USBError as error:
            raise Fault(_OPEN_FAULTS.get(error.errno or 0, FaultCode.GONE), _reason(error)) from error
        self._next = 0  # the IN endpoint on which the next packet is due

    def _claim(self) -> None:
        try:
            configuration = self._device.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno in _OPEN_FAULTS:
                raise
            self._device.set_configuration()  # it came up without one
            configuration = self._device.get_active_configuration()
        for interface in configuration:
            ways = _bulk(interface, usb.util.ENDPOINT_OUT), _bulk(interface, usb.util.ENDPOINT_IN)
            if all(ways):
                pipes = 2 if min(map(len, ways)) >= 2 else 1
                self._out, self._in = ways[0][:pipes], ways[1][:pipes]
                self._take_from_system(interface.bInterfaceNumber)
                usb.util.claim_interface(self._device, interface.bInterfaceNumber)
                return
        raise Fault(FaultCode.UNSUPPORTED, "no bulk endpoints")

    def _take_from_system(self, number: int) -> None:
        try:
            if self._device.is_kernel_driver_active(number):
                self._device.detach_kernel_driver(number)
        except NotImplementedError:
            log.debug("this system has no drivers to detach")

    def write(self, data: bytes) -> None:
        """Send all of `data`, one frame. Raises `Fault` (GONE)."""
        self._next = 0
        parts = (data[:_HEAD], data[_HEAD:]) if len(self._out) == 2 else (data,)
        try:
            for endpoint, part in zip(self._out, parts, strict=True):
                endpoint.write(part, _WRITE_MS)
        except usb.core.USBError as error:
            raise Fault(FaultCode.GONE, _reason(error)) from error

    def read(self, seconds: float) -> bytes:
        """The next packet, waiting at most `seconds` for it. Raises `Fault` (GONE)."""
        data = self._packet(self._next, seconds)
        if len(self._in) == 2:
            if not data:  # the rest of an old answer may stand in the other one
                data = self._packet(1 - self._next, 0)
                self._next = 1 if data else 0
            else:
                self._next = 1
        return data

    def _packet(self, pipe: int, seconds: float) -> bytes:
        try:
            return bytes(self._in[pipe].read(_PACKET, max(1, round(seconds * 1000))))  # 0 would be for ever
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            raise Fault(FaultCode.GONE, _reason(error)) from error

    def close(self) -> None:
        """Let go of the device, also of one that is gone."""
        try:
            usb.util.dispose_resources(self._device)
        except usb.core.USBError as error:
            log.debug("closing a device that is gone: %s", _reason(error))


class UsbBulkReader(SamReader):
    """A reader whose VID:PID the settings list."""

    driver = "usb_bulk"

    def backend(self) -> usb.backend.IBackend | None:
        """How the bus is reached: libusb from its package, else the system's. None where there is none."""
        try:
            import libusb_package

            found: usb.backend.IBackend | None = libusb_package.get_libusb1_backend()
        except ImportError:
            found = None
        if found is None:
            import usb.backend.libusb1

            found = usb.backend.libusb1.get_backend()
        return found

    def addresses(self) -> list[str]:
        """Bus and place of every listed device. Raises `Fault`: UNSUPPORTED without libusb."""
        backend = self.backend()
        if backend is None:
            raise Fault(FaultCode.UNSUPPORTED, "libusb is missing")
        wanted = {item.upper() for item in self.host.settings.devices.reader.usb_devices}

        def listed(device: Any) -> bool:
            return f"{device.idVendor:04X}:{device.idProduct:04X}" in wanted

        try:
            found = list(usb.core.find(find_all=True, backend=backend, custom_match=listed))
        except usb.core.USBError as error:
            raise Fault(FaultCode.NOT_FOUND, _reason(error)) from error
        self._devices = {f"usb:{device.bus}.{device.address}": device for device in found}
        return list(self._devices)

    def connect(self, address: str) -> UsbWire:
        """Raises `Fault`: NOT_FOUND, BUSY, PERMISSION_DENIED, UNSUPPORTED or GONE."""
        return UsbWire(self._devices[address])


def _bulk(interface: Any, direction: int) -> list[Any]:
    return sorted(
        (
            endpoint
            for endpoint in interface
            if usb.util.endpoint_direction(endpoint.bEndpointAddress) == direction
            and usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        ),
        key=lambda endpoint: int(endpoint.bEndpointAddress),
    )


def _reason(error: usb.core.USBError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
