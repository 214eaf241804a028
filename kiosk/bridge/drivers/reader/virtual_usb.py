"""The simulated reader on USB bulk endpoints: a bus of pyusb's own kind, so that the driver runs unmodified."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from kiosk.bridge.codec.frames import PREAMBLE
from kiosk.bridge.drivers.base import Host
from kiosk.bridge.drivers.reader.lines import PACKET, PacketLine
from kiosk.bridge.drivers.reader.usb_bulk import UsbBulkReader
from kiosk.bridge.drivers.reader.virtual import simulated
from kiosk.bridge.drivers.reader.virtual_sam import VirtualSam

VENDOR, PRODUCT = 0x0400, 0xC35A
#: OUT and IN endpoints of the two dialects, by the number of pipes.
ENDPOINTS = {2: ((0x02, 0x06), (0x81, 0x85)), 1: ((0x02,), (0x81,))}
_BULK = 0x02


class VirtualUsbBackend(usb.backend.IBackend):
    """A bus with the simulated reader on it, and a device with the same vendor that is no reader."""

    def __init__(self, sam: VirtualSam) -> None:
        self._sam = sam

    def _line(self) -> PacketLine:
        line = self._sam.line
        if not isinstance(line, PacketLine):
            raise _error(errno.ENODEV)
        return line

    def enumerate_devices(self) -> Iterator[Any]:
        """The devices that are plugged in."""
        yield SimpleNamespace(vendor=VENDOR, product=0x1234, line=None)
        if isinstance(self._sam.line, PacketLine):
            yield SimpleNamespace(vendor=VENDOR, product=PRODUCT, line=self._sam.line)

    def get_device_descriptor(self, dev: Any) -> Any:
        """Numbers and place of a device."""
        address = int(dev.line.address.partition(".")[2]) if dev.line else 1
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x0110, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=PACKET, idVendor=dev.vendor, idProduct=dev.product, bcdDevice=0x0100, iManufacturer=0,
            iProduct=0, iSerialNumber=0, bNumConfigurations=1, address=address, bus=1, port_number=address,
            port_numbers=(address,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: Any, config: int) -> Any:
        """The only configuration."""
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=0, bNumInterfaces=1, bConfigurationValue=1,
            iConfiguration=0, bmAttributes=0x80, bMaxPower=250, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: Any, intf: int, alt: int, config: int) -> Any:
        """The only interface, of a vendor's own class."""
        if intf or alt or config:
            raise IndexError(intf)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0,
            bNumEndpoints=2 * dev.line.pipes, bInterfaceClass=0xFF, bInterfaceSubClass=0, bInterfaceProtocol=0,
            iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: Any, ep: int, intf: int, alt: int, config: int) -> Any:
        """The bulk endpoints of the dialect."""
        outs, ins = ENDPOINTS[dev.line.pipes]
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(outs + ins)[ep], bmAttributes=_BULK,
            wMaxPacketSize=PACKET, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev: Any) -> PacketLine:
        """Raises `USBError`: ENODEV, EACCES."""
        line: PacketLine = dev.line
        if not line.there:
            raise _error(errno.ENODEV)
        if line.denied:
            raise _error(errno.EACCES)
        return line

    def close_device(self, dev_handle: Any) -> None:
        """Nothing is left behind."""

    def get_configuration(self, dev_handle: Any) -> int:
        """The configuration is set."""
        return 1

    def set_configuration(self, dev_handle: Any, config_value: int) -> None:
        """There is but one."""

    def is_kernel_driver_active(self, dev_handle: Any, intf: int) -> bool:
        """No system has a driver for it."""
        return False

    def claim_interface(self, dev_handle: PacketLine, intf: int) -> None:
        """Raises `USBError` (EBUSY) while other software holds it."""
        if dev_handle.held:
            raise _error(errno.EBUSY)

    def release_interface(self, dev_handle: Any, intf: int) -> None:
        """Nothing is left behind."""

    def bulk_write(self, dev_handle: PacketLine, ep: int, intf: int, data: Any, timeout: int) -> int:
        """Bytes to the reader."""
        try:
            dev_handle.put(bytes(data), begins=bytes(data[: len(PREAMBLE)]) == PREAMBLE)
        except OSError as error:
            raise _error(errno.ENODEV) from error
        return len(data)

    def bulk_read(self, dev_handle: PacketLine, ep: int, intf: int, buff: Any, timeout: int) -> int:
        """The next packet. Raises `USBTimeoutError`, `USBError` (ENODEV)."""
        pipe = ENDPOINTS[dev_handle.pipes][1].index(ep)
        try:
            packet = dev_handle.take(pipe, timeout / 1000)
        except OSError as error:
            raise _error(errno.ENODEV) from error
        if not packet:
            raise usb.core.USBTimeoutError("Operation timed out", errno=errno.ETIMEDOUT)
        buff[: len(packet)] = type(buff)(buff.typecode, packet)
        return len(packet)


class VirtualUsbReader(UsbBulkReader):
    """Looks for readers on the simulated bus; everything else is the USB driver."""

    driver = "virtual_usb"
    pipes = 2  # the harder dialect

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._bus = VirtualUsbBackend(simulated(host, lambda: PacketLine(self.pipes)))

    def backend(self) -> usb.backend.IBackend:
        """The simulated bus."""
        return self._bus


def _error(number: int) -> usb.core.USBError:
    return usb.core.USBError(os.strerror(number), errno=number)
