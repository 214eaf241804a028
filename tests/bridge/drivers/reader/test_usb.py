"""USB transports: the drivers as they are, on a simulated bus (pyusb's own backend interface) and simulated HID.

The kernel's own path needs dummy_hcd, usbip or /dev/uhid; the last test takes it where the machine has it.
"""

from __future__ import annotations

import builtins
import os
import select
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.bridge.codec import commands, frames
from kiosk.bridge.codec.sam_id import SamId
from kiosk.bridge.drivers.base import Host, find
from kiosk.bridge.drivers.reader import conversation, presence, usb_bulk
from kiosk.bridge.drivers.reader.lines import PacketLine
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState
from kiosk.settings import Reader
from tests.bridge.bench import ReaderBench, card, demo_settings, until

Make = Callable[[str, int], ReaderBench]
WAYS = [("virtual_usb", 2), ("virtual_usb", 1), ("virtual_hid", 1)]
IDS = ["four bulk pipes", "one bulk pipe each way", "HID reports"]
ways = pytest.mark.parametrize(("driver", "pipes"), WAYS, ids=IDS)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A reader on that transport, not started yet."""
    monkeypatch.setattr(conversation, "SILENCE_SECONDS", 0.15)
    monkeypatch.setattr(presence, "ABSENT_SECONDS", 0.12)
    tables: list[ReaderBench] = []

    def one(driver: str, pipes: int) -> ReaderBench:
        settings = demo_settings(tmp_path, reader=Reader(driver=driver))  # type: ignore[arg-type]
        tables.append(ReaderBench(settings, lambda: PacketLine(pipes)))
        return tables[-1]

    yield one
    for table in tables:
        table.stop()


@ways
def test_a_card_is_read_over_usb(make: Make, driver: str, pipes: int) -> None:
    bench = make(driver, pipes).start()
    bench.sam.lay(card())
    until(lambda: bench.cards)
    assert (bench.cards[0]["number"], bench.cards[0]["name"]) == ("990101199001010027", "测试一")
    event = bench.events[0]
    assert getattr(event, "source", "") == driver


@ways
@pytest.mark.faults
@pytest.mark.parametrize("fault", ["bad_checksum", "half_frame", "late_half", "garbage", "stale", "every_byte"])
def test_damage_over_usb_is_mended(make: Make, driver: str, pipes: int, fault: str) -> None:
    bench = make(driver, pipes).start()
    bench.sam.plan(fault, "read")
    bench.sam.lay(card())
    until(lambda: bench.cards)
    bench.polls(2)
    assert [found["number"] for found in bench.cards] == ["990101199001010027"]


@ways
@pytest.mark.faults
@pytest.mark.parametrize("moment", ["idle", "find", "select", "read"])
def test_unplugged_from_usb_it_comes_back_under_another_address(
    make: Make, driver: str, pipes: int, moment: str
) -> None:
    bench = make(driver, pipes).start()
    before = bench.sam.address
    if moment == "idle":
        bench.sam.unplug()
    else:
        bench.sam.plan("unplug_half", moment)
        bench.sam.lay(card())
    bench.wait_for(DeviceState.FAULT)
    assert bench.board.code("reader") == "reader_gone"
    bench.sam.plug()
    bench.wait_for(DeviceState.READY)
    assert bench.sam.address != before
    bench.sam.lay(card())
    until(lambda: bench.cards)


@ways
@pytest.mark.faults
@pytest.mark.parametrize(("state", "code"), [("busy", "busy"), ("denied", "permission_denied")])
def test_a_usb_reader_that_can_not_be_had_says_why(
    make: Make, driver: str, pipes: int, state: str, code: str
) -> None:
    bench = make(driver, pipes)
    bench.sam.unplug()
    bench.sam.port_state = state
    bench.sam.plug()
    bench.supervisor.start()
    bench.wait_for(DeviceState.FAULT)
    found = bench.board.snapshot()["devices"]["reader"]["fault"]
    # hidapi says no more than "open failed"; without a device file nobody can tell the two apart
    assert found == ("busy" if driver == "virtual_hid" else code)


def test_only_a_device_with_both_numbers_is_opened(make: Make) -> None:
    """Vendor 0400 is shared with devices that are no readers; one of them is on the simulated bus."""
    bench = make("virtual_usb", 2)
    driver: Any = find("reader", "virtual_usb")(bench.host)
    assert driver.addresses() == [f"usb:{bench.sam.address}"]
    bench.sam.unplug()
    assert driver.addresses() == []


@pytest.mark.parametrize(
    ("driver", "modules"), [("usb_bulk", ("usb",)), ("usb_hid", ("hid", "hidraw"))], ids=["pyusb", "hidapi"]
)
def test_without_its_package_a_usb_reader_is_unsupported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: str, modules: tuple[str, ...]
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] in modules:
            raise ModuleNotFoundError(name, name=name)
        return real(name, *rest, **named)

    for name in [name for name in sys.modules if name.partition(".")[0] in modules or name.endswith(driver)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Fault) as caught:
        find("reader", driver)(Host(demo_settings(tmp_path), emit=lambda event: None)).open()
    assert caught.value.code is FaultCode.UNSUPPORTED


def test_without_libusb_a_bulk_reader_is_unsupported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usb_bulk.UsbBulkReader, "backend", lambda self: None)
    with pytest.raises(Fault) as caught:
        find("reader", "usb_bulk")(Host(demo_settings(tmp_path), emit=lambda event: None)).open()
    assert caught.value.code is FaultCode.UNSUPPORTED


@pytest.mark.parametrize("driver", ["usb_bulk", "usb_hid"])
def test_no_listed_usb_device_is_not_found(tmp_path: Path, driver: str) -> None:
    """The real libraries, on whatever this machine has: nothing with these numbers."""
    reader = Reader(usb_devices=["FFFE:FFFE"], hid_devices=["FFFE:FFFE"])
    host = Host(demo_settings(tmp_path, reader=reader), emit=lambda event: None)
    with pytest.raises(Fault) as caught:
        find("reader", driver)(host).open()
    assert caught.value.code is FaultCode.NOT_FOUND


#: Report descriptor of a vendor's own device: 64 bytes in, 64 bytes out, no report number.
_REPORTS = bytes.fromhex("0600FF0901A1010901150026FF00750895408102090191 02C0".replace(" ", ""))
_CREATE2, _OUTPUT, _INPUT2 = 11, 6, 12


@pytest.mark.skipif(not os.access("/dev/uhid", os.R_OK | os.W_OK), reason="no /dev/uhid to make a HID device with")
def test_a_reader_on_the_kernels_own_hid_path_answers(tmp_path: Path) -> None:
    name, place = b"kiosk test reader", b"kiosk"
    handle = os.open("/dev/uhid", os.O_RDWR)
    body = struct.pack("<128s64s64sHHIIII", name, place, place, len(_REPORTS), 3, 0x0483, 0x5751, 0, 0) + _REPORTS
    os.write(handle, (struct.pack("<I", _CREATE2) + body).ljust(4380, b"\0"))
    stop = threading.Event()

    def serve() -> None:
        decoder = frames.Decoder()
        answers = {
            commands.STATUS.body: commands.answer_body(commands.DONE),
            commands.SAM_ID.body: commands.answer_body(commands.DONE, SamId(5, 3, 20120806, 1, 2).to_bytes()),
        }
        while not stop.is_set():
            if not select.select([handle], [], [], 0.1)[0]:
                continue
            event = os.read(handle, 4380)
            if struct.unpack_from("<I", event)[0] != _OUTPUT:
                continue
            size = struct.unpack_from("<H", event, 4 + 4096)[0]
            for found in decoder.feed(event[4 : 4 + size][-64:]):
                if isinstance(found, frames.Frame):
                    report = frames.encode(answers[found.body]).ljust(64, b"\0")
                    os.write(handle, struct.pack("<IH", _INPUT2, len(report)) + report.ljust(4096, b"\0"))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        host = Host(demo_settings(tmp_path, reader=Reader(driver="usb_hid")), emit=lambda event: None)
        driver: Any = find("reader", "usb_hid")(host)
        until(driver.addresses)
        driver.open()
        driver.close()
    finally:
        stop.set()
        thread.join()
        os.close(handle)
