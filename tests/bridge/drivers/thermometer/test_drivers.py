"""The drivers of thermometers against devices that answer byte for byte and misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.bridge.board import Board
from kiosk.bridge.drivers.base import Event, Host, Measured, find
from kiosk.bridge.drivers.thermometer import gy_mcu90614, measuring, temper
from kiosk.bridge.drivers.thermometer.virtual import ThermometerSimulator
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.bridge.supervisor import Supervisor
from kiosk.settings import Thermometer
from tests.bridge.bench import demo_settings, until


class Bench:
    """A simulated module under its supervisor."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.mode = Mode.HOLD
        self.board = Board()
        settings = demo_settings(folder, thermometer=Thermometer(driver="virtual"))
        self.host = Host(settings, emit=self.events.append, mode=lambda: self.mode)
        self.sensor = self.host.simulator("thermometer", ThermometerSimulator)
        self.supervisor = Supervisor("thermometer", lambda: find("thermometer", "virtual")(self.host), self.board)

    def wait_for(self, state: DeviceState, fault: str | None = None) -> None:
        def there() -> bool:
            entry = self.board.snapshot()["devices"].get("thermometer", {})
            return bool(entry) and (entry["state"], entry["fault"]) == (state.value, fault)

        until(there, 60)

    @property
    def told(self) -> list[float]:
        return [event.celsius for event in self.events if isinstance(event, Measured)]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(measuring, "ASK_SECONDS", 0.02)
    monkeypatch.setattr(measuring, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(measuring, "AGAIN_SECONDS", 0.3)
    made = Bench(tmp_path)
    made.supervisor.start()
    made.wait_for(DeviceState.READY)
    yield made
    made.supervisor.stop()
    made.sensor.stop()


def test_whoever_stands_there_is_measured_only_when_it_is_wanted(bench: Bench) -> None:
    bench.sensor.celsius = 38.2
    assert bench.supervisor.test(1.0).result(60)["celsius"] == pytest.approx(38.2, abs=0.1)
    assert bench.events == []
    bench.mode = Mode.TEMPERATURE
    until(lambda: bench.told)
    assert bench.told[0] == 38.2
    until(lambda: len(bench.told) > 1)  # one that was implausible is repeated
    assert set(bench.told) == {38.2}


@pytest.mark.faults
@pytest.mark.parametrize("fault", ["garbage", "drip", "stream"])
def test_an_untidy_line_is_understood(bench: Bench, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gy_mcu90614, "ANSWER_SECONDS", 10.0)  # bytes drip slower still on a busy machine
    bench.sensor.simulate("thermometer", fault, [], {})
    bench.mode = Mode.TEMPERATURE
    until(lambda: bench.told)
    assert bench.told[0] == 36.5


@pytest.mark.faults
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "timeout_no_answer"),
        ("half_frame", "timeout_partial"),
        ("bad_checksum", "bad_checksum"),
    ],
)
def test_a_line_that_gives_nothing_is_said_and_mended(bench: Bench, fault: str, code: str) -> None:
    bench.sensor.simulate("thermometer", fault, [], {})
    bench.wait_for(DeviceState.FAULT, code)
    assert bench.board.code("thermometer") == "thermometer_gone"
    assert bench.told == []
    bench.sensor.simulate("thermometer", "behave", [], {})
    bench.wait_for(DeviceState.READY)


@pytest.mark.faults
def test_unplugged_and_back(bench: Bench) -> None:
    bench.sensor.simulate("thermometer", "unplug", [], {})
    bench.wait_for(DeviceState.FAULT, "not_found")
    bench.sensor.simulate("thermometer", "plug", [], {})
    bench.wait_for(DeviceState.READY)
    bench.mode = Mode.TEMPERATURE
    until(lambda: bench.told)


@pytest.mark.faults
@pytest.mark.parametrize("words", [["nobody"], ["stuck"], ["set", "60"], ["set", "12"]])
def test_what_is_no_person_is_no_temperature(bench: Bench, words: list[str]) -> None:
    bench.sensor.simulate("thermometer", words[0], words[1:], {})
    bench.mode = Mode.TEMPERATURE
    asked: list[object] = []
    ask, driver = measuring.Thermometer._look, measuring.Thermometer

    def look(self: measuring.Thermometer, report: Any) -> float | None:
        asked.append(None)
        return ask(self, report)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "_look", look)
        until(lambda: len(asked) > 3 * measuring.AGREEING)
    assert bench.told == []


@pytest.mark.faults
def test_a_stuck_sensor_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "STUCK_SECONDS", 0.5)
    bench.sensor.simulate("thermometer", "stuck", [], {})
    bench.wait_for(DeviceState.FAULT, "frozen")
    bench.sensor.simulate("thermometer", "behave", [], {})
    bench.wait_for(DeviceState.READY)


def test_no_port_is_ever_guessed(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path, thermometer=Thermometer(driver="gy_mcu90614"))
    with pytest.raises(Fault) as caught:
        find("thermometer", "gy_mcu90614")(Host(settings, emit=lambda event: None)).open()
    assert caught.value.code is FaultCode.NOT_FOUND


# -- the HID stick


def report(hundredths: int) -> bytes:
    return b"\x80\x40" + hundredths.to_bytes(2, "big", signed=True) + bytes((0x4E, 0x20, 0, 0))


class Stick:
    """What the driver uses of hidapi, with one stick plugged in."""

    def __init__(self, *reports: bytes, opens: bool = True) -> None:
        self.reports, self.opens = reports, opens
        self.written: list[bytes] = []
        self._waiting: list[bytes] = []

    def enumerate(self, vendor: int, product: int) -> list[dict[str, Any]]:
        known = (vendor, product) == (0x413D, 0x2107)
        return [{"path": b"a", "interface_number": 0}, {"path": b"b", "interface_number": 1}] if known else []

    def device(self) -> Stick:
        return self

    def open_path(self, path: bytes) -> None:
        assert path == b"b"
        if not self.opens:
            raise OSError("open failed")

    def write(self, data: bytes) -> int:
        self.written.append(data)
        self._waiting = list(self.reports)
        return len(data)

    def read(self, size: int, milliseconds: int) -> list[int]:
        assert milliseconds > 0
        return list(self._waiting.pop(0)) if self._waiting else []

    def close(self) -> None:
        self.written.append(b"closed")


def opened(folder: Path, stick: Stick, monkeypatch: pytest.MonkeyPatch) -> temper.Temper:
    monkeypatch.setattr(temper.Temper, "api", lambda self: stick)
    settings = demo_settings(folder, thermometer=Thermometer(driver="temper"))
    driver = temper.Temper(Host(settings, emit=lambda event: None))
    driver.open()
    return driver


def test_a_stick_tells_what_its_probe_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = Stick(report(2350), report(3652))
    driver = opened(tmp_path, stick, monkeypatch)
    assert driver.ask() == measuring.Reading(36.52, 23.5)
    driver.close()
    assert stick.written == [bytes.fromhex("0180330100000000")] * 2 + [b"closed"]


Make = Callable[[], Stick]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Stick(report(2350), report(0x4E20)), FaultCode.NOT_FOUND),  # no probe on the cable
        (lambda: Stick(report(2350)), FaultCode.NOT_FOUND),
        (lambda: Stick(), FaultCode.TIMEOUT_NO_ANSWER),
        (lambda: Stick(b"abc", b"abc"), FaultCode.UNEXPECTED_ANSWER),
        (lambda: Stick(opens=False), FaultCode.PERMISSION_DENIED),
    ],
)
def test_a_stick_that_can_not_be_used_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Make, code: FaultCode
) -> None:
    with pytest.raises(Fault) as caught:
        opened(tmp_path, make(), monkeypatch)
    assert caught.value.code is code
