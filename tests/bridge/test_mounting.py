"""A sensor mounted turned is righted before anything else sees it: still, preview, original and deliverable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk import catalogue
from kiosk import settings as configuration
from kiosk.bridge.app import Bridge
from kiosk.bridge.capture import describe
from kiosk.bridge.drivers.camera.frame import Frame
from kiosk.bridge.drivers.camera.reading import facts_of
from kiosk.bridge.drivers.camera.virtual import turned
from kiosk.bridge.drivers.camera.virtual_stream import StreamServer
from kiosk.bridge.feed import small
from kiosk.bridge.protocol import DeviceState, Mode
from kiosk.bridge.wanted import Wanted
from kiosk.domain.judgement import Verdict
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.photo.engine import Engine, Final
from kiosk.photo.models import FILES
from kiosk.photo.studio import PortraitMissing, Studio, choose_portrait
from kiosk.settings import Camera
from tests.bridge.bench import until
from tests.bridge.drivers.camera.bench import CameraBench
from tests.bridge.test_bridge import station, want_shot
from tests.bridge.web_double import WebDouble

TURNS = [0, 1, 2, 3]


@pytest.fixture
def web() -> Iterator[WebDouble]:
    server = WebDouble().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def engine() -> Engine:
    folder = configuration.load().assets / "models"
    if not all((folder / name).is_file() for name in FILES):
        pytest.skip("the face models are not installed: run the set-up (make run)")
    return Engine(folder)


@pytest.fixture(scope="module")
def upright(engine: Engine) -> np.ndarray:
    """A full still of somebody who stands right."""
    try:
        return Studio(choose_portrait(configuration.load()), engine=engine).frame(0.0)
    except PortraitMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def profile() -> Profile:
    settings = configuration.load()
    return profiles_from(catalogue.tables(settings.config / "photo_profiles"))["chsi-2017-99"]


@pytest.fixture(scope="module")
def expected(engine: Engine, upright: np.ndarray, profile: Profile) -> Final:
    return engine.final(upright, profile)


def seen(bench: CameraBench) -> Frame:
    bench.start()
    frame = bench.frame()
    bench.stop()
    return frame


@pytest.mark.parametrize("turns", TURNS)
def test_still_preview_original_and_deliverable_are_upright(
    turns: int, tmp_path: Path, upright: np.ndarray, engine: Engine, profile: Profile, expected: Final
) -> None:
    folder = tmp_path / "sensor"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.png"), turned(upright, turns))
    frame = seen(CameraBench(tmp_path, "folder", path=folder, picture_seconds=60, mounting=turns * 90))
    assert frame.image.shape == (1440, 1920, 3)
    assert (frame.image == upright).all()

    preview = cv2.imdecode(np.frombuffer(small(frame, 1280), np.uint8), cv2.IMREAD_COLOR)
    assert preview.shape == (960, 1280, 3)
    assert abs(preview.astype(int) - cv2.resize(upright, (1280, 960)).astype(int)).mean() < 4

    final: Any = engine.final(frame.image, profile)
    assert final.deliverable == expected.deliverable
    wanted = Wanted(mode=Mode.CAPTURE, visit="v1", profile=profile.code, shot_ordinal=1)
    facts, original = describe(wanted, frame, frame.taken - 0.1, final)
    assert (cv2.imdecode(np.frombuffer(original, np.uint8), cv2.IMREAD_COLOR) == upright).all()
    assert (
        facts["deliverable_sha256"]
        == describe(wanted, frame, frame.taken - 0.1, expected)[0]["deliverable_sha256"]
    )


@pytest.mark.parametrize("turns", TURNS)
def test_a_turned_camera_that_sends_jpeg_is_righted_too(turns: int, tmp_path: Path) -> None:
    wedge = np.zeros((480, 640, 3), np.uint8)
    wedge[:240, :320] = 255  # light in the upper left

    def scene(seconds: float) -> np.ndarray:
        picture = wedge.copy()
        picture[400:, 400:, 0] = int(seconds * 1000) % 100
        return turned(picture, turns)

    server = StreamServer(scene, 30)
    frame = seen(CameraBench(tmp_path, "stream", url=server.url(), mounting=turns * 90))
    server.stop()
    for image in (frame.image, cv2.imdecode(np.frombuffer(small(frame, 1280), np.uint8), cv2.IMREAD_COLOR)):
        assert image.shape == (480, 640, 3)
        assert image[:200, :280].min() > 200
        assert image[280:, :280].max() < 60


def test_a_photo_through_a_turned_rtsp_camera(tmp_path: Path, web: WebDouble) -> None:
    """The whole bridge: real RTSP on loopback, a sensor on its side, coaching, the shot, the web process."""
    settings = station(tmp_path, web)
    camera = Camera(driver="virtual_stream", url="rtsp://", width=1280, height=960, mounting=270, fps=15)
    devices = settings.devices.model_copy(update={"camera": camera})
    bridge = Bridge(settings.model_copy(update={"devices": devices}))
    bridge.start()
    try:
        until(
            lambda: bridge.capture.engine_state == "ready" and bridge.board.state("camera") is DeviceState.READY,
            90,
        )
        want_shot(web)
        shot = web.wait_for(lambda: list(web.shots.values()), 90)[0]
        assert shot["judgement"]["verdict"] == Verdict.PASS
        assert shot["taken_at"] > shot["triggered_at"]
        facts = facts_of(bridge.host)
        assert (facts.name, facts.width, facts.height) == ("127.0.0.1/video", 960, 1280)
    finally:
        bridge.stop()
