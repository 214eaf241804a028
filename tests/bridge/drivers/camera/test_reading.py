"""The camera loop on frames of the test: what is wrong with a picture is told apart; the picture is upright."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kiosk.bridge.drivers.base import Host
from kiosk.bridge.drivers.camera import health, reading
from kiosk.bridge.drivers.camera.frame import FrameSlot, Jpeg, righted
from kiosk.bridge.drivers.camera.health import PictureHealth
from kiosk.bridge.drivers.camera.reading import CameraDriver, Source, facts_of, slot_of
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.settings import Camera
from tests.bridge.bench import Said, demo_settings, until

RNG = np.random.default_rng(7)


def noisy(shade: int = 120) -> np.ndarray:
    return np.clip(RNG.normal(shade, 3, (48, 64, 3)), 0, 255).astype(np.uint8)


def judged(health_: PictureHealth, images: list[np.ndarray], period: float) -> list[FaultCode | None]:
    found = []
    for number, image in enumerate(images):
        health_.came(number * period)
        fault = health_.judge(image, number * period)
        found.append(fault.code if fault else None)
    return found


def test_a_living_picture_has_no_fault() -> None:
    assert set(judged(PictureHealth(), [noisy() for _ in range(90)], 1 / 30)) == {None}


def test_the_same_frame_for_ever_is_frozen_after_a_while() -> None:
    found = judged(PictureHealth(), [noisy()] * 90, 1 / 30)
    assert found[:3] == [None] * 3
    assert found[-1] is FaultCode.FROZEN


def test_a_black_picture_with_noise_is_black_and_light_mends_it_at_once() -> None:
    found = judged(PictureHealth(), [noisy(2) for _ in range(90)] + [noisy()], 1 / 30)
    assert found[-2:] == [FaultCode.BLACK, None]


def test_a_sensor_that_gives_zeros_is_black_and_not_frozen() -> None:
    assert judged(PictureHealth(), [np.zeros((48, 64, 3), np.uint8)] * 90, 1 / 30)[-1] is FaultCode.BLACK


def test_a_dark_picture_with_something_bright_in_it_is_not_black() -> None:
    dim = [noisy(4) for _ in range(90)]
    for image in dim:
        image[:, :8] = 90
    assert set(judged(PictureHealth(), dim, 1 / 30)) == {None}


def test_few_frames_a_second_are_lagging() -> None:
    found = judged(PictureHealth(), [noisy() for _ in range(12)], 0.4)
    assert found[0] is None
    assert found[-1] is FaultCode.LAGGING


def test_an_idle_camera_of_which_few_frames_are_decoded_does_not_lag() -> None:
    judge = PictureHealth()
    for number in range(90):
        judge.came(number / 30)
        if number % 7 == 0:
            assert judge.judge(noisy(), number / 30) is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_mounting_is_righted(turns: int) -> None:
    upright = noisy()
    # a sensor turned clockwise sees the world turned anti-clockwise
    assert (righted(np.rot90(upright, turns), turns) == upright).all()


def test_the_slot_gives_the_newest_frame_and_none_twice() -> None:
    slot = FrameSlot()
    assert slot.after(0, 0) is None
    for _ in range(3):
        slot.put(noisy(), time.monotonic())
    frame = slot.after(0, 0)
    assert frame is not None
    assert (frame.sequence, slot.after(3, 0)) == (3, None)
    slot.clear()
    assert slot.latest() is None


class Scripted:
    """Frames of the test."""

    name = "scripted"
    repeats = False
    refused: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.image: np.ndarray | None = None
        self.there = True
        self.released = False

    def grab(self) -> float | None:
        time.sleep(0.002)  # the pace of a camera
        return time.monotonic() if self.there else None

    def retrieve(self) -> np.ndarray | None:
        return noisy() if self.image is None else self.image

    def release(self) -> None:
        self.released = True


class Scene:
    """The driver on scripted frames, in a thread of its own."""

    def __init__(self, folder: Path, **camera: int) -> None:
        settings = demo_settings(folder, camera=Camera(driver="opencv", **camera))
        self.source, self.said, self.stop = Scripted(), Said(), threading.Event()
        self.wanted = True
        self.host = Host(settings, emit=lambda event: None, frames_wanted=lambda: self.wanted)
        scripted = self.source

        class Camera_(CameraDriver):
            def source(self) -> Source:
                return scripted

        self.driver = Camera_(self.host)
        self.fault: Fault | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.driver.open()
            self.driver.run(self.stop, self.said)
        except Fault as fault:
            self.fault = fault
        finally:
            self.driver.close()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(60)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LASTING_SECONDS", 0.1)
    monkeypatch.setattr(reading, "IDLE_SECONDS", 0.05)


def test_frames_reach_the_slot_upright_and_stamped(tmp_path: Path) -> None:
    scene = Scene(tmp_path, mounting=90)
    before = time.monotonic()
    scene.thread.start()
    frame = until(lambda: slot_of(scene.host).latest())
    scene.end()
    assert frame.image.shape == (64, 48, 3)
    assert before <= frame.taken <= time.monotonic()
    assert scene.said.words[0] == "ready"
    assert (scene.source.released, slot_of(scene.host).latest()) == (True, None)


def test_what_all_frames_come_late_by_is_taken_off_their_stamps(tmp_path: Path) -> None:
    scene = Scene(tmp_path, latency_ms=2000)
    before = time.monotonic()
    scene.thread.start()
    frame = until(lambda: slot_of(scene.host).latest())
    scene.end()
    assert frame.taken + 2.0 <= time.monotonic()
    assert frame.taken + 2.0 >= before
    assert scene.said.words[0] == "ready"


def test_a_damaged_jpeg_counts_as_no_frame(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.source.retrieve = lambda: Jpeg(b"\xff\xd8nothing\xff\xd9", 64, 48)  # type: ignore[assignment,method-assign,return-value]
    scene.thread.start()
    scene.thread.join(60)
    assert scene.fault is not None
    assert scene.fault.code is FaultCode.GONE
    assert slot_of(scene.host).latest() is None


def test_the_facts_of_the_camera_are_those_of_the_upright_picture(tmp_path: Path) -> None:
    scene = Scene(tmp_path, mounting=270)
    scene.source.refused = ("fps 30 → 15",)
    scene.thread.start()
    facts = until(lambda: facts_of(scene.host).name and facts_of(scene.host))
    scene.end()
    assert (facts.name, facts.width, facts.height, facts.refused) == ("scripted", 48, 64, ("fps 30 → 15",))
    assert facts_of(scene.host).name == ""


@pytest.mark.faults
def test_an_unplugged_camera_is_gone(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.thread.start()
    until(lambda: scene.said.words)
    scene.source.there = False
    scene.thread.join(60)
    assert scene.fault is not None
    assert scene.fault.code is FaultCode.GONE


@pytest.mark.faults
def test_a_frozen_camera_is_opened_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.source.image = noisy()
    scene.thread.start()
    scene.thread.join(60)
    assert scene.fault is not None
    assert scene.fault.code is FaultCode.FROZEN
    assert "ready" not in scene.said.words  # a frame that was left over is no sign of life


@pytest.mark.faults
def test_a_covered_lens_is_told_and_mends_by_itself(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.source.retrieve = lambda: noisy(2)  # type: ignore[method-assign]
    scene.thread.start()
    until(lambda: "black" in scene.said.words)
    scene.source.retrieve = noisy  # type: ignore[method-assign]
    until(lambda: scene.said.words[-1] == "ready")
    scene.end()
    assert scene.fault is None


def test_while_nobody_looks_few_frames_are_decoded(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.wanted = False
    decoded: list[float] = []
    scene.source.retrieve = lambda: decoded.append(time.monotonic()) or noisy()  # type: ignore[method-assign,func-returns-value]
    scene.thread.start()
    until(lambda: len(decoded) >= 4)
    scene.end()
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(decoded))
