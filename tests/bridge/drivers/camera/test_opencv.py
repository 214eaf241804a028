"""Webcams: found by a name that stays, asked for what the settings say, and what they refuse is said once."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.bridge.drivers.camera import controls, opencv
from kiosk.bridge.drivers.camera.controls import Controls
from kiosk.bridge.drivers.camera.frame import Jpeg
from kiosk.bridge.drivers.camera.opencv import CaptureSource, named, numbered
from kiosk.bridge.drivers.camera.reading import CameraDriver, Source
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState
from kiosk.settings import Camera
from tests.bridge.drivers.camera.bench import CameraBench, Scenery

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="stable names exist on Linux only")
CAMERA = Camera(width=640, height=480, fps=30)


class Webcam:
    """`cv2.VideoCapture` of a webcam that keeps what it can and refuses the rest."""

    def __init__(self, fourcc: str = "MJPG", raw: bool = True, **fixed: float) -> None:
        self.values: dict[int, float] = {cv2.CAP_PROP_AUTO_EXPOSURE: 3, cv2.CAP_PROP_AUTO_WB: 1}
        self.fixed = {getattr(cv2, f"CAP_PROP_{name}"): value for name, value in fixed.items()}
        self.fourcc, self.raw = float(cv2.VideoWriter.fourcc(*fourcc)), raw
        self.asked: list[tuple[int, float]] = []
        self.stamp = 0.0
        self.here = True
        self.image = Scenery()

    def isOpened(self) -> bool:
        return True

    def set(self, prop: int, value: float) -> bool:
        self.asked.append((prop, value))
        if prop not in self.fixed:
            self.values[prop] = value
        return True  # like most drivers, whatever they do

    def get(self, prop: int) -> float:
        if prop == cv2.CAP_PROP_FOURCC:
            return self.fourcc
        if prop == cv2.CAP_PROP_POS_MSEC:
            return self.stamp
        return self.fixed.get(prop, self.values.get(prop, 0.0))

    def grab(self) -> bool:
        time.sleep(0.002)
        return self.here

    def retrieve(self) -> tuple[bool, Any]:
        image = self.image(0)
        if self.values.get(cv2.CAP_PROP_CONVERT_RGB, 1):
            return True, image
        if self.raw:
            _, data = cv2.imencode(".jpg", image)
            # the driver's buffer is longer than the picture: what an earlier frame left lies behind it
            return True, np.concatenate([data.ravel(), np.frombuffer(b"old\xff\xd9", np.uint8)])[None]
        return True, np.zeros((48, 64, 2), np.uint8)  # YUYV

    def release(self) -> None:
        self.here = False


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> Webcam:
    found = Webcam()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *given: found)
    monkeypatch.setattr(sys, "platform", "linux")
    return found


# -- names


@pytest.fixture
def udev(tmp_path: Path) -> tuple[Path, Path]:
    """Two cameras as udev names them, one of them with its metadata device."""
    devices, by_id, by_path = (tmp_path / name for name in ("dev", "by-id", "by-path"))
    for folder in (devices, by_id, by_path):
        folder.mkdir()
    for number in range(4):
        (devices / f"video{number}").touch()
    for folder, name, number in (
        (by_id, "usb-Maker_HD_0001-video-index0", 2),
        (by_id, "usb-Maker_HD_0001-video-index1", 3),
        (by_id, "usb-Maker_HD_0002-video-index0", 0),
        (by_path, "pci-0000:00:14.0-usb-0:1:1.0-video-index0", 2),
    ):
        (folder / name).symlink_to(devices / f"video{number}")
    return by_id, by_path


@LINUX
def test_a_camera_is_found_by_its_name_whatever_its_number(udev: tuple[Path, Path]) -> None:
    assert numbered("usb-Maker_HD_0001", udev) == 2
    assert numbered("hd_0002", udev) == 0
    assert numbered("pci-0000:00:14.0-usb-0:1:1.0", udev) == 2
    assert named(2, udev) == "usb-Maker_HD_0001"
    assert named(7, udev) == ""


@LINUX
@pytest.mark.parametrize("name", ["Other", "Maker_HD"])
def test_a_name_of_no_camera_or_of_two_is_not_found(udev: tuple[Path, Path], name: str) -> None:
    with pytest.raises(Fault) as caught:
        numbered(name, udev)
    assert caught.value.code is FaultCode.NOT_FOUND


def test_elsewhere_cameras_have_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(Fault) as caught:
        numbered("Maker")
    assert caught.value.code is FaultCode.UNSUPPORTED


# -- controls


def test_what_the_camera_takes_is_not_said() -> None:
    device = Webcam()
    asked = Controls(device, CAMERA.model_copy(update={"exposure": 157.0, "white_balance": 4500.0, "focus": 20.0}))
    asked.begin()
    assert asked.refused == ()
    assert device.values[cv2.CAP_PROP_EXPOSURE] == 157
    assert device.values[cv2.CAP_PROP_AUTO_EXPOSURE] == controls.AUTO_EXPOSURE["linux"][1]
    assert device.values[cv2.CAP_PROP_AUTO_WB] == 0


def test_what_it_refuses_is_said_with_what_it_gives() -> None:
    device = Webcam(FRAME_WIDTH=1280, FRAME_HEIGHT=720, WB_TEMPERATURE=0, EXPOSURE=-1)
    asked = Controls(device, CAMERA.model_copy(update={"exposure": 157.0, "white_balance": 4500.0}))
    asked.begin()
    assert asked.refused == (
        "width 640 → 1280",
        "height 480 → 720",
        "exposure 157 → -1",
        "white_balance 4500 → 0",
    )


def test_locking_holds_what_the_automatic_found_once_it_has_settled() -> None:
    device = Webcam()
    device.values |= {cv2.CAP_PROP_EXPOSURE: 100.0, cv2.CAP_PROP_WB_TEMPERATURE: 4000.0, cv2.CAP_PROP_FOCUS: 5.0}
    asked = Controls(
        device, CAMERA.model_copy(update={"exposure": "lock", "white_balance": "lock", "focus": "lock"}), "linux"
    )
    asked.begin()
    asked.watch(10.0)
    assert device.values[cv2.CAP_PROP_AUTO_EXPOSURE] == 3
    device.values[cv2.CAP_PROP_EXPOSURE] = 140.0  # the automatic goes on meanwhile
    asked.watch(10.0 + controls.SETTLE_SECONDS)
    assert device.values[cv2.CAP_PROP_AUTO_EXPOSURE] == 1
    assert device.values[cv2.CAP_PROP_EXPOSURE] == 140
    assert (device.values[cv2.CAP_PROP_AUTO_WB], device.values[cv2.CAP_PROP_WB_TEMPERATURE]) == (0, 4000)
    count = len(device.asked)
    asked.watch(99.0)
    assert len(device.asked) == count


def test_a_refused_setting_is_said_once_however_often_the_camera_is_opened(
    tmp_path: Path, webcam: Webcam, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    webcam.fixed[cv2.CAP_PROP_FPS] = 15.0
    bench = CameraBench(tmp_path, "opencv").start()
    bench.frame()
    assert bench.facts.refused == ("fps 30 → 15",)
    assert bench.supervisor.test(0.0).result(60)["refused"] == ["fps 30 → 15"]
    webcam.here = False
    bench.wait_for(DeviceState.FAULT, "gone")
    webcam.here = True
    bench.frame()
    bench.stop()
    said = [record for record in caplog.records if "refuses a setting" in record.getMessage()]
    assert len(said) == 1


# -- frames


def test_jpeg_comes_undecoded_and_without_what_lies_behind_it(webcam: Webcam) -> None:
    source = CaptureSource(0, CAMERA, "cam")
    source.grab()
    picture = source.retrieve()
    assert isinstance(picture, Jpeg)
    assert (picture.width, picture.height) == (64, 48)
    assert picture.data.endswith(b"\xff\xd9")
    assert not picture.data.endswith(b"old\xff\xd9")


def test_a_camera_that_promised_jpeg_and_sends_something_else_is_decoded_by_opencv(webcam: Webcam) -> None:
    webcam.raw = False
    source = CaptureSource(0, CAMERA, "cam")
    assert source.retrieve() is None
    picture = source.retrieve()
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (48, 64, 3)


def test_an_uncompressed_camera_gives_pixels(webcam: Webcam) -> None:
    webcam.fourcc = float(cv2.VideoWriter.fourcc(*"YUYV"))
    assert isinstance(CaptureSource(0, CAMERA).retrieve(), np.ndarray)


def test_the_drivers_own_time_counts_where_it_is_on_our_clock(webcam: Webcam) -> None:
    source = CaptureSource(0, CAMERA, "cam")
    webcam.stamp = (time.monotonic() - 0.05) * 1000
    assert source.grab() == pytest.approx(webcam.stamp / 1000)
    for strange in (0.0, 1e15, (time.monotonic() - 100) * 1000):
        webcam.stamp = strange
        before = time.monotonic()
        taken = source.grab()
        assert taken is not None
        assert before <= taken <= time.monotonic()


# -- the machine's own


@pytest.mark.skipif(Path("/dev/video63").exists(), reason="this machine has 64 cameras")
def test_a_webcam_that_is_not_there_is_not_found_and_does_not_fill_the_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(Fault) as caught:
        CaptureSource(63, CAMERA)
    assert caught.value.code is FaultCode.NOT_FOUND
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/video0").exists(), reason="no V4L2 camera: /dev/video0 does not exist")
def test_a_real_webcam_gives_frames() -> None:
    source: Source = CaptureSource(0, CAMERA)
    assert source.grab()
    assert source.retrieve() is not None
    source.release()


def test_the_driver_asks_for_the_webcam_of_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[tuple[int, str]] = []
    monkeypatch.setattr(opencv, "CaptureSource", lambda index, camera, name: opened.append((index, name)))
    monkeypatch.setattr(opencv, "numbered", lambda name: 4)
    monkeypatch.setattr(opencv, "named", lambda index: f"usb-{index}")
    for camera in ({"index": 1}, {"name": "Maker"}):
        driver = opencv.OpencvCamera(CameraBench(tmp_path, "opencv", **camera).host)
        assert isinstance(driver, CameraDriver)
        driver.source()
    assert opened == [(1, "usb-1"), (4, "Maker")]
