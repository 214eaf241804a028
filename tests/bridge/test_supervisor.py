"""The supervisor and the board: what breaks is opened again, and is talked about once."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.bridge import supervisor as module
from kiosk.bridge.board import Board
from kiosk.bridge.drivers import base
from kiosk.bridge.drivers.base import REGISTRY, Driver, Host, Report, find
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DEVICE_FIELDS, DeviceState
from kiosk.bridge.supervisor import Supervisor
from tests.bridge.bench import until


class Script(Driver):
    """Does what the test tells it. It has no name, so that it is not registered."""

    kind = "reader"
    stall_seconds = 0.1

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self) -> None:
        self.desk.opened += 1
        if self.desk.fault is not None:
            raise self.desk.fault

    def run(self, stop: threading.Event, report: Report) -> None:
        report.ready()
        self.desk.running.set()
        while not stop.wait(0.005):
            if self.desk.stuck.is_set():
                self.desk.held.set()
                self.desk.released.wait(60)
                return
            report.beat()
            if self.desk.fault is not None:
                raise self.desk.fault

    def close(self) -> None:
        self.desk.closed += 1
        if self.desk.close_fails:
            raise RuntimeError("close")


class Desk:
    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.opened = self.closed = 0
        self.running, self.stuck, self.released = threading.Event(), threading.Event(), threading.Event()
        self.held = threading.Event()
        self.close_fails = False
        self.board = Board()
        self.supervisor = Supervisor("reader", lambda: Script(self), self.board)

    def state(self) -> DeviceState:
        return self.board.state("reader")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.05)
    found = Desk()
    yield found
    found.released.set()
    found.supervisor.stop()


def test_a_driver_that_fails_is_closed_and_opened_again_and_spoken_of_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.supervisor.start()
    until(lambda: desk.state() is DeviceState.READY)
    with caplog.at_level(logging.WARNING, logger="kiosk.bridge.board"):
        desk.fault = Fault(FaultCode.GONE, "cable")
        until(lambda: desk.opened >= 4)
        assert desk.state() is DeviceState.FAULT
        desk.fault = None
        until(lambda: desk.state() is DeviceState.READY)
    said = [record.getMessage() for record in caplog.records if record.name == "kiosk.bridge.board"]
    assert [sentence.split(" after")[0] for sentence in said] == [
        "reader went: gone: cable",
        "reader is back",
    ]
    assert desk.closed >= 4


def test_any_other_exception_is_an_internal_fault_and_tried_again(desk: Desk) -> None:
    desk.fault = ZeroDivisionError()
    desk.close_fails = True
    desk.supervisor.start()
    until(lambda: desk.opened >= 2)
    assert desk.board.snapshot()["devices"]["reader"]["fault"] == "internal"
    desk.fault = None
    until(lambda: desk.state() is DeviceState.READY)


def test_a_driver_that_can_not_even_be_made_is_an_internal_fault_and_tried_again(desk: Desk) -> None:
    made: list[int] = []

    def broken() -> Driver:
        made.append(1)
        if len(made) < 3:
            raise SyntaxError("its file")
        return Script(desk)

    supervisor = Supervisor("camera", broken, desk.board)
    supervisor.start()
    until(lambda: desk.board.state("camera") is DeviceState.READY)
    faults = [entry["fault"] for entry in desk.board.history() if entry["device"] == "camera"]
    supervisor.stop()
    assert faults == [None, "internal", None]


def test_a_driver_stuck_in_a_call_is_given_up_and_a_new_one_takes_over(desk: Desk) -> None:
    desk.supervisor.start()
    until(desk.running.is_set)
    codes: list[str | None] = []
    desk.board.changed = lambda: codes.append(desk.board.code("reader"))
    desk.stuck.set()
    until(desk.held.is_set)
    desk.stuck.clear()

    def back() -> bool:
        desk.supervisor.check()
        return codes[:2] == ["reader_gone", None]

    until(back)
    assert desk.state() is DeviceState.READY
    desk.released.set()
    until(lambda: desk.closed >= 1)
    assert desk.state() is DeviceState.READY


def test_stop_closes_the_device_and_says_off(desk: Desk) -> None:
    desk.supervisor.start()
    until(lambda: desk.state() is DeviceState.READY)
    desk.supervisor.stop()
    assert (desk.opened, desk.closed, desk.state()) == (1, 1, DeviceState.OFF)


def test_the_board_counts_changes_and_nothing_else() -> None:
    heard: list[int] = []
    board = Board()
    board.changed = lambda: heard.append(board.snapshot()["sequence"])
    board.set("camera", DeviceState.STARTING)
    board.set("camera", DeviceState.READY)
    board.set("camera", DeviceState.READY)
    board.set("camera", DeviceState.FAULT, Fault(FaultCode.BLACK))
    board.set("camera", DeviceState.STARTING)
    assert heard == [1, 2, 3]
    camera = board.snapshot()["devices"]["camera"]
    assert (camera["state"], camera["code"], camera["fault"]) == ("fault", "camera_black", "black")
    assert board.state("printer") is DeviceState.OFF


def test_the_board_says_since_when_where_and_by_which_driver_and_keeps_the_history() -> None:
    moments = iter(datetime(2026, 6, 12, 1, minute, tzinfo=UTC) for minute in range(60))
    board = Board(boot="b7", clock=lambda: next(moments))
    board.describe("camera", driver="opencv")
    board.describe("camera", label="HD Webcam")
    board.set("camera", DeviceState.STARTING)
    board.set("camera", DeviceState.FAULT, Fault(FaultCode.NOT_FOUND, "camera 0"))
    board.set("camera", DeviceState.FAULT, Fault(FaultCode.NOT_FOUND, "camera 1"))  # the same fault in other words
    board.note("calibration", {"state": "none"})
    snapshot = board.snapshot()
    camera = snapshot["devices"]["camera"]
    assert set(camera) == set(DEVICE_FIELDS)
    assert (camera["detail"], camera["retry"], camera["since"]) == (
        "camera 1",
        "reopen",
        "2026-06-12T01:01:00.000+00:00",
    )
    assert (camera["driver"], camera["label"]) == ("opencv", "HD Webcam")
    assert (snapshot["boot"], snapshot["facts"]) == ("b7", {"calibration": {"state": "none"}})
    assert [(entry["state"], entry["fault"]) for entry in board.history()] == [
        ("starting", None),
        ("fault", "not_found"),
    ]
    sequence = snapshot["sequence"]
    board.describe("camera", label="HD Webcam")
    board.note("calibration", {"state": "none"})
    assert board.snapshot()["sequence"] == sequence  # nothing new, nothing told


@pytest.mark.parametrize("code", FaultCode)
@pytest.mark.parametrize("kind", ["reader", "camera", "thermometer", "codes"])
def test_every_fault_has_a_refusal_code_for_every_kind(code: FaultCode, kind: str) -> None:
    assert Fault(code).refusal(kind).value


def test_declaring_a_name_registers_a_driver() -> None:
    class Thermo(Driver):
        kind = "thermometer"
        driver = "of_the_test"

        def open(self) -> None: ...

        def run(self, stop: threading.Event, report: Report) -> None: ...

        def close(self) -> None: ...

    try:
        assert REGISTRY["thermometer", "of_the_test"] is Thermo
    finally:
        del REGISTRY["thermometer", "of_the_test"]


@pytest.mark.parametrize(("kind", "name"), [("reader", "unheard_of"), ("reader", "../x"), ("oven", "virtual")])
def test_a_driver_that_does_not_exist_is_unsupported(kind: str, name: str) -> None:
    with pytest.raises(Fault) as caught:
        find(kind, name)
    assert caught.value.code is FaultCode.UNSUPPORTED
    assert caught.value.permanent


def test_simulators_are_made_once(tmp_path: Any) -> None:
    from tests.bridge.bench import demo_settings

    made = []

    class Lamp(base.Simulator):
        targets = ("lamp",)

        def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
            return verb

        def stop(self) -> None: ...

    def make() -> Lamp:
        made.append(1)
        return Lamp()

    host = Host(demo_settings(tmp_path), emit=lambda event: None)
    assert host.simulator("lamp", make) is host.simulator("lamp", make)
    assert made == [1]
