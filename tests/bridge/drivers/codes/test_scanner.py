"""The serial scanner on a simulated port: double scans, ends that never come, somebody who types meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.bridge.board import Board
from kiosk.bridge.drivers.base import Event, Host, Identified, find
from kiosk.bridge.drivers.codes import scanner
from kiosk.bridge.drivers.codes.virtual_scanner import ScannerSimulator
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState
from kiosk.bridge.supervisor import Supervisor
from kiosk.settings import CodeReader, Scanner
from tests.bridge.bench import demo_settings, until


class Table:
    """A simulated scanner under its supervisor."""

    def __init__(self, folder: Path) -> None:
        settings = demo_settings(folder, codes=CodeReader(driver="virtual_scanner"), scanner=Scanner(digits=10))
        self.events: list[Event] = []
        self.by_code = False
        self.board = Board()
        self.host = Host(settings, emit=self.events.append, by_code=lambda: self.by_code)
        self.device = self.host.simulator("codes", ScannerSimulator)
        self.supervisor = Supervisor("codes", lambda: find("codes", "virtual_scanner")(self.host), self.board)
        self.supervisor.start()
        self.wait_for(DeviceState.READY)

    def wait_for(self, state: DeviceState) -> None:
        until(lambda: self.board.state("codes") is state)

    def do(self, verb: str, *words: str, **options: str) -> None:
        self.device.simulate("scanner", verb, list(words), options)

    @property
    def found(self) -> list[dict[str, Any]]:
        return [event.content for event in self.events if isinstance(event, Identified)]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    one = Table(tmp_path)
    yield one
    one.supervisor.stop()
    one.device.stop()


def test_a_campus_card_and_a_code_are_passed_on(table: Table) -> None:
    table.do("scan", "0078692099")
    until(lambda: table.found)
    table.by_code = True
    table.do("scan", "CODE-1")
    until(lambda: len(table.found) == 2)
    assert table.found == [{"uid": "04B0BF03"}, {"code_b64": "Q09ERS0x"}]
    assert [event.assurance for event in table.events if isinstance(event, Identified)] == ["uid_only", "code"]


@pytest.mark.faults
def test_a_double_scan_is_one(table: Table) -> None:
    table.do("scan", "0078692099", times="2")
    table.do("scan", "0078692100")
    until(lambda: len(table.found) == 2)
    assert table.found == [{"uid": "04B0BF03"}, {"uid": "04B0BF04"}]


@pytest.mark.faults
@pytest.mark.parametrize("options", [{"end": "no"}, {"halves": "yes"}, {"typed": "7"}], ids=str)
def test_a_scan_without_its_end_in_halves_or_with_a_key_between_is_none(
    table: Table, options: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        table.do("scan", "0078692099", **options)
        until(lambda: "scanner:" in caplog.text)
    table.do("scan", "0078692100")
    until(lambda: table.found)
    assert table.found == [{"uid": "04B0BF04"}]
    assert "0078692" not in caplog.text


@pytest.mark.faults
def test_an_unplugged_scanner_is_said_and_comes_back(table: Table) -> None:
    table.do("unplug")
    table.wait_for(DeviceState.FAULT)
    assert table.board.code("codes") == "scanner_gone"
    table.do("plug")
    table.wait_for(DeviceState.READY)
    table.do("scan", "0078692099")
    until(lambda: table.found)


def test_only_the_named_port_or_a_listed_chip_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Port:
        def __init__(self, device: str, vid: int | None, pid: int | None) -> None:
            self.device, self.vid, self.pid = device, vid, pid

    ports = [Port("/dev/ttyS0", None, None), Port("/dev/ttyACM1", 0x1EAB, 0x1D06), Port("/dev/ttyUSB0", 0x1A86, 1)]
    monkeypatch.setattr(scanner.list_ports, "comports", lambda: ports)

    def addresses(**settings: Any) -> list[str]:
        found = demo_settings(tmp_path, scanner=Scanner(**settings))
        return scanner.SerialScanner(Host(found, emit=lambda event: None)).addresses()

    assert addresses() == []
    assert addresses(usb_ids=["1EAB:1D06"]) == ["/dev/ttyACM1"]
    assert addresses(port="COM9", usb_ids=["1EAB:1D06"]) == ["COM9"]
    with pytest.raises(Fault) as caught:
        scanner.SerialScanner(Host(demo_settings(tmp_path), emit=lambda event: None)).open()
    assert caught.value.code is FaultCode.NOT_FOUND
