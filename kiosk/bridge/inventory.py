"""What is plugged into this machine, seen without opening or writing to it, and what the settings choose of it.

For the command line, with or without a running bridge. A package that is not installed is said, not missed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.bridge.drivers.camera.opencv import named
from kiosk.bridge.faults import Fault
from kiosk.settings import Settings


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing. `way`: serial, camera, pcsc, hid, usb or scanner; `ids`: VID:PID or empty; `chosen`: the settings
    name or list it, so that a driver may use it; nothing else is ever written to.
    """

    way: str
    address: str
    ids: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was seen, and by which way nothing could be: `{way: why}`."""

    seen: tuple[Seen, ...]
    unseen: dict[str, str]


def take(settings: Settings) -> Inventory:
    """Look everywhere. Never raises for what is missing."""
    seen: list[Seen] = []
    unseen: dict[str, str] = {}
    ways: tuple[tuple[str, Callable[[Settings], Iterable[Seen]]], ...] = (
        ("serial", _serial),
        ("camera", _cameras),
        ("pcsc", _pcsc),
        ("hid", _hid),
        ("usb", _usb),
        ("scanner", _scanners),
    )
    for way, look in ways:
        try:
            seen += look(settings)
        except Fault as fault:
            unseen[way] = str(fault)
        except (ImportError, OSError, ValueError) as error:
            unseen[way] = f"{type(error).__name__}: {getattr(error, 'name', None) or error}"
    return Inventory(tuple(seen), unseen)


def _serial(settings: Settings) -> list[Seen]:
    from serial.tools import list_ports

    devices = settings.devices
    named_ports = {devices.reader.port, devices.thermometer.port, devices.scanner.port} - {""}
    listed = _upper(devices.reader.usb_ids) if not devices.reader.port else set()
    listed |= _upper(devices.scanner.usb_ids) if not devices.scanner.port else set()
    found = []
    for port in sorted(list_ports.comports()):
        ids = f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None and port.pid is not None else ""
        chosen = port.device in named_ports or ids in listed
        name = port.product or (port.description if port.description != "n/a" else "")
        found.append(Seen("serial", port.device, ids, name or "", chosen))
    return found


def _cameras(settings: Settings) -> list[Seen]:
    camera = settings.devices.camera
    found = []
    for node in sorted(Path("/dev").glob("video*")):
        number = node.name.removeprefix("video")
        if not number.isdecimal():
            continue
        name = named(int(number))
        by_name = bool(camera.name) and camera.name.casefold() in name.casefold()
        chosen = camera.driver == "opencv" and (by_name if camera.name else int(number) == camera.index)
        found.append(Seen("camera", str(node), "", name, chosen))
    return found


def _pcsc(settings: Settings) -> list[Seen]:
    from kiosk.bridge.drivers.reader import pcsc_calls

    context = pcsc_calls.Context(pcsc_calls.load())
    try:
        names = context.readers()
    finally:
        context.release()
    reader = settings.devices.reader
    wanted = [part.lower() for part in reader.pcsc_readers]
    return [
        Seen(
            "pcsc",
            name,
            "",
            "",
            reader.driver == "pcsc" and (not wanted or any(part in name.lower() for part in wanted)),
        )
        for name in names
    ]


def _hid(settings: Settings) -> list[Seen]:
    import hid

    listed = _upper(settings.devices.reader.hid_devices) if settings.devices.reader.driver == "usb_hid" else set()
    if settings.devices.thermometer.driver == "temper":
        listed |= _upper(settings.devices.thermometer.hid_devices)
    found: dict[str, Seen] = {}
    for entry in hid.enumerate(0, 0):
        path = entry["path"].decode("utf-8", "replace")
        ids = f"{entry['vendor_id']:04X}:{entry['product_id']:04X}"
        found[path] = Seen("hid", path, ids, str(entry.get("product_string") or ""), ids in listed)
    return [found[path] for path in sorted(found)]


def _usb(settings: Settings) -> list[Seen]:
    import usb.core

    from kiosk.bridge.drivers.base import Host
    from kiosk.bridge.drivers.reader.usb_bulk import UsbBulkReader

    backend = UsbBulkReader(Host(settings, emit=lambda event: None)).backend()
    if backend is None:
        raise ImportError("libusb", name="libusb")
    listed = _upper(settings.devices.reader.usb_devices) if settings.devices.reader.driver == "usb_bulk" else set()
    try:
        devices: list[Any] = list(usb.core.find(find_all=True, backend=backend))
    except usb.core.USBError as error:
        raise OSError(str(error)) from error
    found = []
    for device in devices:
        if device.bDeviceClass == 9:  # a hub carries others
            continue
        ids = f"{device.idVendor:04X}:{device.idProduct:04X}"
        found.append(Seen("usb", f"usb:{device.bus}.{device.address}", ids, "", ids in listed))
    return found


def _scanners(settings: Settings) -> list[Seen]:
    """Keyboards by their stable names: a wedge scanner is one, and types into the page."""
    if sys.platform != "linux":
        return []
    folder = Path("/dev/input/by-id")
    links = sorted(folder.glob("*-event-kbd")) if folder.is_dir() else []
    chosen = settings.devices.scanner.keyboard
    return [
        Seen("scanner", str(link.resolve()), "", link.name.removesuffix("-event-kbd"), chosen) for link in links
    ]


def _upper(ids: Iterable[str]) -> set[str]:
    return {item.upper() for item in ids}
