"""Pictures of a folder and a video file as cameras: shown over and over, and gone when they are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.bridge.drivers.camera import ffmpeg
from kiosk.bridge.drivers.camera.folder import FolderSource
from kiosk.bridge.drivers.camera.video import VideoSource
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.bridge.protocol import DeviceState
from tests.bridge.bench import until
from tests.bridge.drivers.camera.bench import CameraBench

FPS = 20


def picture(path: Path, shade: int) -> None:
    done, data = cv2.imencode(path.suffix, np.full((480, 640, 3), shade, np.uint8))
    assert done
    path.write_bytes(data.tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "照片"
    found.mkdir()
    for number, shade in enumerate((60, 120, 180)):
        picture(found / f"{number}.png", shade)
    (found / "notes.txt").write_text("no picture")
    (found / "1b.jpg").write_bytes(b"damaged")
    return found


def shades(source: FolderSource | VideoSource, count: int) -> list[int]:
    """Brightness of the next frames, rounded to tens."""
    found = []
    for _ in range(count):
        assert source.grab() is not None
        image = source.retrieve()
        assert image is not None
        found.append(round(float(image.mean()), -1))
    return [int(shade) for shade in found]


def test_each_picture_is_shown_in_the_order_of_names_over_and_over(folder: Path) -> None:
    assert shades(FolderSource(folder, 50, 0.0), 7) == [60, 120, 180, 60, 120, 180, 60]


def test_new_pictures_are_shown_with_the_next_round(folder: Path) -> None:
    source = FolderSource(folder, 50, 0.0)
    assert shades(source, 1) == [60]
    picture(folder / "9.png", 220)
    assert shades(source, 6) == [120, 180, 60, 120, 180, 220]


def test_a_picture_that_stands_for_long_is_not_frozen(tmp_path: Path, folder: Path) -> None:
    bench = CameraBench(tmp_path, "folder", path=folder, picture_seconds=600, fps=FPS).start()
    bench.wait_for(DeviceState.READY)
    first = bench.frame()
    until(lambda: bench.frame().taken - first.taken > 2.0, 60)
    bench.stop()
    assert bench.faults == []
    assert bench.facts.name == ""
    assert bench.labels == ["folder 照片"]


@pytest.mark.faults
def test_a_folder_that_goes_and_comes_back(tmp_path: Path, folder: Path) -> None:
    bench = CameraBench(tmp_path, "folder", path=folder, picture_seconds=0.05, fps=FPS).start()
    bench.wait_for(DeviceState.READY)
    kept = folder.rename(tmp_path / "elsewhere")
    bench.wait_for(DeviceState.FAULT, "not_found")
    kept.rename(folder)
    bench.wait_for(DeviceState.READY)
    bench.stop()
    assert bench.faults[0] == "gone"


@pytest.mark.parametrize("driver", ["folder", "video"])
def test_without_a_path_there_is_no_camera(tmp_path: Path, driver: str) -> None:
    bench = CameraBench(tmp_path, driver).start()
    bench.wait_for(DeviceState.FAULT, "unsupported")
    bench.stop()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    ffmpeg.prepare()
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (640, 480))
    for shade in (60, 120, 180):
        writer.write(np.full((480, 640, 3), shade, np.uint8))
    writer.release()
    return path


def test_a_video_is_played_over_and_over(film: Path) -> None:
    source = VideoSource(film)
    assert shades(source, 7) == [60, 120, 180, 60, 120, 180, 60]
    source.release()


def test_a_video_runs_under_its_supervisor_and_may_be_pulled(tmp_path: Path, film: Path) -> None:
    bench = CameraBench(tmp_path, "video", path=film).start()
    bench.wait_for(DeviceState.READY)
    assert bench.frame().image.shape == (480, 640, 3)
    kept = shutil.move(film, tmp_path / "kept.avi")
    bench.wait_for(DeviceState.FAULT, "not_found")
    shutil.move(kept, film)
    bench.wait_for(DeviceState.READY)
    bench.stop()


def test_a_file_that_is_no_video_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(Fault) as caught:
        VideoSource(tmp_path / "text.mp4")
    assert caught.value.code is FaultCode.UNSUPPORTED
    with pytest.raises(Fault) as caught:
        VideoSource(tmp_path / "nothing.mp4")
    assert caught.value.code is FaultCode.NOT_FOUND
    assert capfd.readouterr().err == ""
