"""Parts of the bridge's tests: settings of a demo in a folder of its own, a simulated reader on a table."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.bridge.board import Board
from kiosk.bridge.codec.card_text import CardText
from kiosk.bridge.drivers.base import CardTrouble, Event, Host, Identified, find
from kiosk.bridge.drivers.reader import virtual as virtual_reader
from kiosk.bridge.drivers.reader.lines import Line, make_line
from kiosk.bridge.faults import Fault
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.bridge.supervisor import Supervisor
from kiosk.domain.identity import DocumentKind
from kiosk.settings import Bridge as BridgeSettings
from kiosk.settings import Camera, Devices, Reader, Settings, Thermometer
from kiosk.settings import Server as ServerSettings


def demo_settings(folder: Path, web_port: int = 1, **devices: Any) -> Settings:
    """A demo whose devices are simulated, quick and small."""
    return Settings(
        demo=True,
        data_dir=folder,
        server=ServerSettings(port=web_port),
        bridge=BridgeSettings(preview_port=0, poll_seconds=0.05),
        devices=Devices(
            **{
                "reader": Reader(driver="virtual"),
                "camera": Camera(driver="off"),
                "thermometer": Thermometer(driver="virtual"),
                **devices,
            }
        ),
    )


def card(**changes: str) -> CardText:
    """A synthetic resident's card whose number is valid."""
    fields = {
        "name": "测试一",
        "sex": "2",
        "ethnic": "01",
        "birth": "19900101",
        "address": "测试市示例区一号",
        "number": "990101199001010027",
        "issuer": "测试市公安局",
        "valid_from": "20200101",
        "valid_to": "长期",
    }
    return CardText(DocumentKind.RESIDENT, **{**fields, **changes})


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The result of `what()` as soon as it is true; fails after `seconds`, which is no measurement."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it never came"
        pause.wait(0.005)
    return found


class Said:
    """A driver's report that remembers every word."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def ready(self) -> None:
        self.words.append("ready")

    def degraded(self, fault: Fault) -> None:
        self.words.append(fault.code.value)

    def beat(self) -> None:
        pass


class ReaderBench:
    """A simulated reader under its supervisor, with everything it says."""

    def __init__(self, settings: Settings, line: Callable[[], Line] = make_line) -> None:
        self.events: list[Event] = []
        self.mode = Mode.IDLE
        self.board = Board()
        self.host = Host(settings, emit=self.events.append, mode=lambda: self.mode)
        self.simulator = self.host.simulator(
            "reader", lambda: virtual_reader.ReaderSimulator(settings.data / "demo" / "cards.json", line=line)
        )
        self.sam = self.simulator.sam
        self.supervisor = Supervisor(
            "reader", lambda: find("reader", settings.devices.reader.driver)(self.host), self.board
        )

    def start(self) -> ReaderBench:
        self.supervisor.start()
        self.wait_for(DeviceState.READY)
        return self

    def wait_for(self, state: DeviceState) -> None:
        until(lambda: self.board.state("reader") is state)

    @property
    def cards(self) -> list[dict[str, Any]]:
        return [event.content["card"] for event in self.events if isinstance(event, Identified)]

    @property
    def troubles(self) -> list[str]:
        return [event.fault.code.value for event in self.events if isinstance(event, CardTrouble)]

    def polls(self, number: int) -> None:
        """Wait until the reader was asked for a card `number` times more."""
        seen = self.sam.asked["find"] + number
        until(lambda: self.sam.asked["find"] >= seen)

    def stop(self) -> None:
        self.supervisor.stop()
        self.simulator.stop()
