"""A driver in one file, as the document shows it: dropped into the package, it works from settings to reading."""

from __future__ import annotations

import re
import socket
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bridge.board import Board
from kiosk.bridge.drivers import thermometer
from kiosk.bridge.drivers.base import REGISTRY, Event, Host, Measured, find
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.bridge.supervisor import Supervisor
from kiosk.settings import ROOT, Thermometer
from tests.bridge.bench import demo_settings, until


def driver_of_the_document() -> str:
    """The file as docs/devices.md prints it."""
    page = (ROOT / "docs" / "devices.md").read_text("utf-8")
    block = re.search(r"## Adding a driver\n.*?\n((?:    [^\n]*\n|\n)+)", page, re.DOTALL)
    assert block
    return textwrap.dedent(block[1])


class Sensor:
    """Answers each question mark on a loopback socket with the next line; the simulator of such a device."""

    def __init__(self) -> None:
        self.line = b"36.6\n"
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            with peer:
                while peer.recv(1):
                    if self.line:
                        peer.sendall(self.line)

    def stop(self) -> None:
        self._server.close()


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the package `kiosk.bridge.drivers.thermometer` that holds the document's file."""
    folder = tmp_path / "drivers"
    folder.mkdir()
    (folder / "workshop.py").write_text(driver_of_the_document(), "utf-8")
    monkeypatch.setattr(thermometer, "__path__", [*thermometer.__path__, str(folder)])
    yield folder
    REGISTRY.pop(("thermometer", "workshop"), None)
    sys.modules.pop("kiosk.bridge.drivers.thermometer.workshop", None)
    vars(thermometer).pop("workshop", None)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # pyserial leaves the socket of a peer that went first
def test_the_documents_driver_measures_is_tested_and_comes_back(dropped: Path, tmp_path: Path) -> None:
    sensor = Sensor()
    settings = demo_settings(tmp_path, thermometer=Thermometer(driver="workshop", port=sensor.port))
    events: list[Event] = []
    board = Board()
    host = Host(
        settings,
        emit=events.append,
        mode=lambda: Mode.TEMPERATURE,
        label=lambda kind, text: board.describe(kind, label=text),
    )
    supervisor = Supervisor("thermometer", lambda: find("thermometer", "workshop")(host), board)
    supervisor.start()
    try:
        until(lambda: Measured(36.6) in events)
        assert board.state("thermometer") is DeviceState.READY
        assert board.snapshot()["devices"]["thermometer"]["label"] == sensor.port
        assert supervisor.test(1.0).result(60) == {"celsius": 36.6}
        sensor.line = b""
        until(lambda: board.snapshot()["devices"]["thermometer"]["fault"] == "timeout_no_answer")
        sensor.line = b"37.1\n"
        supervisor.retry()
        until(lambda: Measured(37.1) in events)
    finally:
        supervisor.stop()
        sensor.stop()


def test_a_driver_without_a_file_is_unsupported(tmp_path: Path) -> None:
    assert Thermometer(driver="workshop").driver == "workshop"
    with pytest.raises(Fault) as caught:
        find("thermometer", "workshop")
    assert caught.value.code is FaultCode.UNSUPPORTED


@pytest.mark.parametrize("name", ["../x", "a.b", "A", "", "x" * 60])
def test_a_drivers_name_is_a_name(name: str) -> None:
    with pytest.raises(ValueError):
        Thermometer(driver=name)
