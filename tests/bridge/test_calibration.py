"""The station's calibration: of an empty wall only, kept over a restart, doubted when old or of another camera."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk import catalogue
from kiosk.bridge import control
from kiosk.bridge.app import Bridge
from kiosk.bridge.calibration import KEY, Calibrator
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.drivers.camera.reading import CameraFacts
from kiosk.bridge.protocol import DeviceState, Order
from kiosk.bridge.station_store import StationStore
from kiosk.domain.calibration import CalibrationState, Obstacle, calibration_from_json
from kiosk.domain.profiles import profiles_from
from kiosk.i18n import LANGUAGES, catalog
from kiosk.photo.empty_wall import WallMeter
from kiosk.settings import Camera, Settings
from tests.bridge.bench import demo_settings, until
from tests.bridge.test_bridge import station, want_shot
from tests.bridge.web_double import WebDouble

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


class Table:
    """A calibrator with its store, a clock and a camera that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = demo_settings(folder, camera=Camera(calibration_days=30))
        self.store = StationStore(folder)
        self.now, self.facts = NOW, CameraFacts("cam", 640, 480, 30.0)
        self.made = self.make()

    def make(self) -> Calibrator:
        return Calibrator(self.settings, FrameSlot(), self.store, lambda: self.facts, lambda: self.now)

    def keep(self) -> None:
        """A calibration as it lies on disk."""
        profiles = profiles_from(catalogue.tables(self.settings.config / "photo_profiles"))
        meter = WallMeter(profiles["chsi-2017-99"])
        meter.add(np.full((480, 640, 3), (190, 148, 75), np.uint8))
        walls = [wall for profile in profiles.values() for wall in profile.backgrounds]
        self.store.remember(KEY, meter.result("cam", NOW, walls).to_json())
        self.made = self.make()


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    found = Table(tmp_path)
    yield found
    found.store.close()


def test_without_one_there_is_none(table: Table) -> None:
    assert table.made.current() is None
    assert table.made.brief()["state"] == CalibrationState.NONE
    assert table.made.status()["map_png"] is None


def test_it_is_found_again_after_a_restart_and_forgotten_for_good(table: Table) -> None:
    table.keep()
    found = table.made.current()
    assert found is not None
    assert table.make().current() == found
    status = table.made.status()
    assert calibration_from_json(status["values"]) == found
    assert cv2.imdecode(np.frombuffer(status["map_png"], np.uint8), cv2.IMREAD_COLOR).shape[1] == 360
    assert table.made.forget()["state"] == CalibrationState.NONE
    assert table.make().current() is None


def test_an_old_one_is_not_used_and_staff_hear_of_it_once(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    table.keep()
    table.now += timedelta(days=31)
    for _ in range(3):
        assert table.made.current() is None
    assert table.made.brief()["state"] == CalibrationState.EXPIRED
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the wall should be calibrated: expired"
    ]


@pytest.mark.parametrize("facts", [CameraFacts("other", 640, 480), CameraFacts("cam", 480, 640)])
def test_another_camera_or_mounting_makes_it_useless(table: Table, facts: CameraFacts) -> None:
    table.keep()
    table.facts = facts
    assert table.made.current() is None
    assert table.made.brief()["state"] == CalibrationState.OTHER_CAMERA
    table.facts = CameraFacts()  # unplugged: nothing is known against it
    assert table.made.brief()["state"] == CalibrationState.GOOD


@pytest.mark.parametrize("content", [{"camera": 1}, {"cells": "x"}, {"taken_at": "yesterday"}])
def test_a_damaged_one_is_none(table: Table, content: dict[str, Any]) -> None:
    table.store.remember(KEY, content)
    assert table.make().brief()["state"] == CalibrationState.NONE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_sentence(language: str) -> None:
    texts = catalog(language)
    assert [state for state in CalibrationState if not texts.get(f"calibration.state.{state.value}")] == []


@pytest.fixture
def web() -> Iterator[WebDouble]:
    server = WebDouble().start()
    yield server
    server.stop()


def test_staff_calibrate_the_empty_wall_and_shots_are_judged_by_it(tmp_path: Path, web: WebDouble) -> None:
    bridge = Bridge(station(tmp_path, web))
    bridge.start()
    try:
        until(
            lambda: bridge.capture.engine_state == "ready" and bridge.board.state("camera") is DeviceState.READY,
            90,
        )
        bridge.check()
        assert bridge.board.snapshot()["facts"]["calibration"]["state"] == CalibrationState.NONE
        control_port = bridge.preview.port
        control.note_port(bridge.settings, control_port)

        def order(name: Order) -> dict[str, Any]:
            return control.order(bridge.settings, name, "camera")

        refused = order(Order.CALIBRATE)["values"]
        assert (refused["made"], refused["obstacle"]) == (False, Obstacle.PERSON)

        bridge.simulate(["scene", "empty"])
        until(lambda: order(Order.CALIBRATE)["values"]["made"])
        end = order(Order.CALIBRATE)
        assert end["ok"]
        assert end["picture_b64"]
        json.dumps(end)
        kept = calibration_from_json(end["values"]["values"])
        assert kept.unevenness < 6
        assert bridge.calibrator.current() == kept

        used: list[Any] = []
        engine = bridge.capture._engine
        assert engine is not None
        final = engine.final
        engine.final = lambda *given: (used.append(given[2]), final(*given))[1]  # type: ignore[method-assign]
        bridge.simulate(["scene", "good"])
        want_shot(web)
        assert web.wait_for(lambda: list(web.shots.values()), 60)[0]["judgement"]["verdict"] == "pass"
        assert used == [kept]
        assert order(Order.CALIBRATE)["values"]["obstacle"] == Obstacle.BUSY
        assert order(Order.FORGET)["values"]["state"] == CalibrationState.NONE
    finally:
        bridge.stop()
