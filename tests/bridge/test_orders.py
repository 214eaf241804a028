"""What staff ask of the devices: tested between two runs, opened again, each order once, pictures of nobody."""

from __future__ import annotations

import base64
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.bridge import look as look_module
from kiosk.bridge import orders as module
from kiosk.bridge import printer
from kiosk.bridge import supervisor as supervisor_module
from kiosk.bridge.board import Board
from kiosk.bridge.drivers.base import Driver, Report
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.look import WIDTH, Glass, Look
from kiosk.bridge.orders import REMEMBERED, Given, Orders, from_json
from kiosk.bridge.protocol import DeviceState, Order
from kiosk.bridge.supervisor import Supervisor
from kiosk.photo.glance import glance
from kiosk.photo.models import FILES
from kiosk.photo.studio import PortraitMissing, Studio, choose_portrait
from tests.bridge.bench import ReaderBench, card, demo_settings, until


class Tried(Driver):
    """A device that counts; without a name, so that it is not registered."""

    kind = "camera"

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def open(self) -> None:
        self.desk.opened += 1
        if self.desk.gone:
            raise Fault(FaultCode.NOT_FOUND, "nothing there")

    def run(self, stop: threading.Event, report: Report) -> None:
        self.desk.runs += 1
        report.ready()
        while not stop.wait(0.005):
            report.beat()

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        if self.desk.fails is not None:
            raise self.desk.fails
        return {"thread": threading.current_thread().name, "seconds": seconds}

    def close(self) -> None:
        self.desk.closed += 1


class Desk:
    def __init__(self, folder: Path) -> None:
        self.opened = self.closed = self.runs = 0
        self.gone = False
        self.fails: Exception | None = None
        self.free = True
        self.ends: list[dict[str, Any]] = []
        self.frames = FrameSlot()
        self.board = Board()
        self.supervisor = Supervisor("camera", lambda: Tried(self), self.board)
        self.settings = demo_settings(folder)
        self.orders = Orders(
            self.settings,
            {"camera": self.supervisor, "reader": self.supervisor},
            self.frames,
            Glass(folder / "no-models"),
            free=lambda: self.free,
            report=lambda: {"log": ["a line"]},
            answer=self.ends.append,
        )

    def start(self) -> Desk:
        self.supervisor.start()
        self.orders.start()
        return self

    def end(self, name: Order, device: str = "reader", seconds: float = 0.0) -> dict[str, Any]:
        return self.orders.perform(Given("x", name, device, seconds))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE", 0.05)
    found = Desk(tmp_path).start()
    yield found
    found.orders.stop()
    found.supervisor.stop()


def test_a_test_takes_place_in_the_drivers_own_thread_between_two_runs(desk: Desk) -> None:
    until(lambda: desk.runs == 1)
    assert desk.end(Order.TEST, seconds=3.0)["values"] == {"thread": "camera-driver", "seconds": 3.0}
    until(lambda: desk.runs == 2)
    assert (desk.opened, desk.closed, desk.board.state("camera")) == (1, 0, DeviceState.READY)


def test_a_device_that_is_away_is_opened_for_its_test_and_the_fault_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: desk.runs == 1)
    monkeypatch.setattr(supervisor_module, "LONGEST_SEARCH_PAUSE", 7200.0)
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE", 3600.0)
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 3600.0)
    desk.gone = True
    desk.supervisor.retry()
    until(lambda: desk.board.state("camera") is DeviceState.FAULT)
    end = desk.end(Order.TEST)
    assert (end["ok"], end["fault"], end["detail"]) == (False, "not_found", "nothing there")
    desk.gone = False
    assert desk.end(Order.TEST)["ok"] is True  # long before the hour is over
    until(lambda: desk.board.state("camera") is DeviceState.READY)


def test_a_device_that_fails_its_test_is_opened_again(desk: Desk) -> None:
    until(lambda: desk.runs == 1)
    desk.fails = Fault(FaultCode.TIMEOUT_NO_ANSWER, "find")
    assert desk.end(Order.TEST)["fault"] == "timeout_no_answer"
    desk.fails = ZeroDivisionError()
    until(lambda: desk.opened >= 2)
    assert desk.end(Order.TEST)["fault"] == "internal"
    desk.fails = None
    until(lambda: desk.end(Order.TEST)["ok"])


def test_a_retry_closes_and_opens_at_once(desk: Desk) -> None:
    until(lambda: desk.runs == 1)
    assert desk.end(Order.RETRY)["ok"] is True
    until(lambda: (desk.opened, desk.closed) == (2, 1))
    until(lambda: desk.runs == 2)


def test_a_driver_that_does_not_come_back_is_said_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPENING_SECONDS", 0.05)
    release = threading.Event()
    monkeypatch.setattr(Tried, "test", lambda self, stop, report, seconds: release.wait(60) and {})
    end = desk.end(Order.TEST)
    release.set()
    assert end["fault"] == "timeout_no_answer"


def test_each_order_is_performed_once_in_its_order(desk: Desk) -> None:
    given = [{"id": str(number), "name": "report", "device": "all"} for number in range(3)]
    desk.orders.take([*given, given[0], {"id": "bad"}, "bad", {"id": "x", "name": "format", "device": "all"}])
    desk.orders.take(given)
    until(lambda: len(desk.ends) == 3)
    assert [end["id"] for end in desk.ends] == ["0", "1", "2"]
    assert desk.ends[0]["values"] == {"log": ["a line"]}
    desk.orders.take([{"id": f"n{number}", "name": "report"} for number in range(REMEMBERED + 5)])
    until(lambda: len(desk.ends) == 3 + REMEMBERED + 5)
    assert len(desk.orders._seen) == REMEMBERED


@pytest.mark.parametrize("content", [{}, [], "x", {"id": 1, "name": "test", "options": {"seconds": "x"}}])
def test_an_order_of_another_shape_is_none(content: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        from_json(content)


def test_nobody_waits_longer_than_a_person_would() -> None:
    assert from_json({"id": 1, "name": "test", "options": {"seconds": 9999}}).seconds == module.MOST_SECONDS


def test_what_is_not_there_is_unsupported(desk: Desk) -> None:
    assert desk.end(Order.TEST, "oven")["fault"] == "unsupported"
    assert desk.end(Order.CALIBRATE, "camera")["fault"] == "unsupported"


def test_the_camera_is_looked_at_and_shown_only_while_the_kiosk_is_free(desk: Desk) -> None:
    stop = threading.Event()

    def film() -> None:
        moment = 0.0
        while not stop.wait(0.002):
            moment += 1 / 30
            desk.frames.put(np.full((1440, 1920, 3), 180, np.uint8), moment)

    camera = threading.Thread(target=film)
    camera.start()
    try:
        end = desk.end(Order.TEST, "camera")
        desk.free = False
        occupied = desk.end(Order.TEST, "camera")
    finally:
        stop.set()
        camera.join()
    assert (end["values"]["width"], end["values"]["height"]) == (1920, 1440)
    assert 25 < end["values"]["fps"] < 35
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(end["picture_b64"]), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (240, WIDTH, 3)
    assert occupied["ok"] is True and "picture_b64" not in occupied
    assert desk.orders.looking is False


def test_a_camera_without_frames_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE_SECONDS", 0.05)
    assert desk.end(Order.TEST, "camera")["fault"] == "gone"
    assert desk.orders.looking is False


def test_the_reader_is_tested_with_a_card_and_reads_nothing_of_it(bench: ReaderBench) -> None:
    bench.start()
    asked = bench.supervisor.test(20.0)
    until(asked.running)
    bench.sam.lay(card())
    facts = asked.result(60)
    assert facts["card"] is True and facts["sam_id"]
    bench.polls(5)
    assert bench.cards == [] and bench.sam.asked["read"] == 0  # nobody is let in by a test
    bench.sam.remove()
    bench.polls(5)
    bench.sam.lay(card())
    until(lambda: bench.cards)


def test_a_reader_without_a_card_is_well(bench: ReaderBench) -> None:
    bench.start()
    assert bench.supervisor.test(0.1).result(60)["card"] is False


# -- pictures


def studio_picture(scene: str) -> tuple[np.ndarray, Path]:
    from kiosk.photo.engine import Engine
    from kiosk.photo.studio import Scene
    from kiosk.settings import load

    settings = load()
    if not all((settings.assets / "models" / name).is_file() for name in FILES):
        pytest.skip("the face models are not installed: run the set-up (make run)")
    try:
        portrait = choose_portrait(settings)
    except PortraitMissing as missing:
        pytest.skip(str(missing))
    studio = Studio(portrait, 1280, 960, engine=Engine(settings.assets / "models"))
    studio.scene = Scene({scene: 1.0}) if scene else studio.scene
    return studio.frame(0.0), settings.assets / "models"


def detail(image: np.ndarray) -> float:
    """How much of fine structure there is; the edges of the squares aside, a hidden face has none."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return float(np.median(np.abs(cv2.Laplacian(grey, cv2.CV_32F))))


def test_who_is_in_the_picture_can_not_be_recognised_and_the_wall_can_be_seen() -> None:
    picture, models = studio_picture("")
    from kiosk.photo.engine import Engine

    engine = Engine(models)
    small = cv2.resize(picture, (WIDTH, 240), interpolation=cv2.INTER_AREA)
    assert engine.analyse(small).faces  # it would be found in so small a picture
    glass = Glass(models)
    shown = cv2.imdecode(np.frombuffer(glass.picture(picture), np.uint8), cv2.IMREAD_COLOR)
    x0, y0, x1, y1 = (int(value) for value in engine.analyse(small).faces[0].box)
    assert detail(shown[y0:y1, x0:x1]) < 0.5 * detail(small[y0:y1, x0:x1])
    colours = np.unique(shown[y0:y1, x0:x1].reshape(-1, 3) // 24, axis=0)
    assert len(colours) < len(np.unique(small[y0:y1, x0:x1].reshape(-1, 3) // 24, axis=0))
    corner = np.abs(shown[:40, :40].astype(int) - small[:40, :40].astype(int)).mean()
    assert corner < 4
    glass.rest()
    assert glass._engine is None


def test_without_the_models_the_whole_picture_is_squares(tmp_path: Path) -> None:
    sharp = np.random.default_rng(1).integers(0, 255, (960, 1280, 3), dtype=np.uint8)
    glass = Glass(tmp_path)
    for _ in range(2):  # the second time it is known that there are none
        shown = cv2.imdecode(np.frombuffer(glass.picture(sharp), np.uint8), cv2.IMREAD_COLOR)
        assert shown.shape == (240, WIDTH, 3)
        assert np.abs(np.diff(shown[:, :20].astype(int), axis=1)).mean() < 4


def test_pictures_are_sent_only_while_somebody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_module, "PERIOD_SECONDS", 0.01)
    wanted, sent = threading.Event(), []
    frames = FrameSlot()
    look = Look(Glass(tmp_path), frames, wanted.is_set, lambda content: bool(sent.append(content)))
    look.start()
    frames.put(np.zeros((480, 640, 3), np.uint8), 1.0)
    assert sent == []
    wanted.set()
    look.hurry()
    until(lambda: sent)
    assert set(sent[0]) == {"taken_ms", "jpeg_b64"}
    wanted.clear()
    frames.put(np.zeros((480, 640, 3), np.uint8), 2.0)
    look.stop()
    assert len(sent) == 1


def test_a_glance_tells_dark_burnt_and_one_sided() -> None:
    even = np.full((960, 1280, 3), 170, np.uint8)
    assert glance(even).lightness == pytest.approx(70, abs=3) and glance(even).sides == 0
    left = even.copy()
    left[:, :640] = 60
    assert glance(left).sides < -20
    burnt = even.copy()
    burnt[:200] = 255
    assert glance(burnt).clipped == pytest.approx(200 / 960, abs=0.01)
    assert glance(np.zeros_like(even)).black == 1.0
    assert set(glance(even).to_json()) == {"lightness", "sides", "clipped", "black", "sharpness"}


# -- the printer


@pytest.fixture
def printing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A print system of two scripts that answer as CUPS does; the folder in which its page lands."""
    if sys.platform == "win32":
        pytest.skip("lp and lpstat are Unix commands")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    say(
        folder,
        "lpstat",
        'case "$1" in -d) echo "system default destination: Office";; '
        '-p) echo "printer $2 is idle.  enabled since Sun";; -o) echo "Office-7 li 1024 Sun";; esac',
    )
    say(folder, "lp", f'cat > {folder}/page; echo "$@" > {folder}/asked')
    return folder


def say(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_test_page_goes_to_the_systems_queue(desk: Desk, printing: Path) -> None:
    assert desk.end(Order.TEST, "printer")["values"] == {"queue": "Office", "jobs": 1}
    assert desk.end(Order.PRINT, "printer")["values"]["sent"] is True
    assert "kiosk-1" in (printing / "page").read_text("utf-8")
    assert (printing / "asked").read_text("utf-8").split() == ["-d", "Office", "-t", "kiosk-test-page"]


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ('[ "$1" = -d ] && echo "no system default destination"', "not_found"),
        ('[ "$1" = -d ] && echo "system default destination: A" || echo "printer A disabled since Sun -"', "busy"),
        ('echo "lpstat: Bad file descriptor" >&2; exit 1', "not_found"),
        ("exec sleep 60", "timeout_no_answer"),
    ],
)
def test_what_is_wrong_with_the_queue_is_said(
    desk: Desk, printing: Path, script: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "SECONDS", 0.5 if fault == "timeout_no_answer" else 20.0)
    say(printing, "lpstat", script)
    assert desk.end(Order.PRINT, "printer")["fault"] == fault


def test_without_a_print_system_it_is_unsupported(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert desk.end(Order.PRINT, "printer")["fault"] == "unsupported"
