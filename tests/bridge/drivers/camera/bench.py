"""A camera driver under its supervisor, with what the board says, for tests with real sources."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.bridge.board import Board
from kiosk.bridge.drivers.base import Host, find
from kiosk.bridge.drivers.camera.frame import Frame
from kiosk.bridge.drivers.camera.reading import CameraFacts, facts_of, slot_of
from kiosk.bridge.protocol import DeviceState
from kiosk.bridge.supervisor import Supervisor
from kiosk.settings import Camera
from tests.bridge.bench import demo_settings, until

SIZE = (48, 64)


class Scenery:
    """What a test's camera sees: a picture that differs from frame to frame, unless it is told otherwise."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self.size = size
        self.picture = "good"  # good | black | frozen
        self._rng = np.random.default_rng(5)
        self._last = np.zeros((*size, 3), np.uint8)

    def __call__(self, seconds: float) -> np.ndarray:
        if self.picture == "black":
            return self._rng.integers(0, 3, (*self.size, 3), dtype=np.uint8)
        if self.picture == "good":
            self._last = self._rng.integers(90, 160, (*self.size, 3), dtype=np.uint8)
        return self._last


class CameraBench:
    """`start`, then ask; `stop` at the end."""

    def __init__(self, folder: Path, driver: str, **camera: Any) -> None:
        self.settings = demo_settings(folder, camera=Camera(driver=driver, **camera))
        self.board = Board()
        self.wanted = True
        self.labels: list[str] = []
        self.host = Host(
            self.settings,
            emit=lambda event: None,
            frames_wanted=lambda: self.wanted,
            label=lambda kind, text: self.labels.append(text),
        )
        self.supervisor = Supervisor("camera", lambda: find("camera", driver)(self.host), self.board)

    def start(self) -> CameraBench:
        self.supervisor.start()
        return self

    def wait_for(self, state: DeviceState, fault: str | None = None) -> None:
        """Wait for that state, and for that fault where one is named."""

        def there() -> bool:
            self.supervisor.check()
            return self.board.state("camera") is state and (fault is None or self.fault == fault)

        until(there, 40)

    @property
    def fault(self) -> str | None:
        found: str | None = self.board.snapshot()["devices"]["camera"]["fault"]
        return found

    @property
    def faults(self) -> list[str]:
        """Every fault that was said, in order."""
        return [entry["fault"] for entry in self.board.history() if entry["fault"]]

    @property
    def facts(self) -> CameraFacts:
        return facts_of(self.host)

    def frame(self) -> Frame:
        """A frame taken from now on."""
        now = time.monotonic()

        def fresh() -> Frame | None:
            found = slot_of(self.host).latest()
            return found if found is not None and found.taken > now else None

        frame: Frame = until(fresh, 40)
        return frame

    def stop(self) -> None:
        self.supervisor.stop()
        for simulator in self.host.simulators.values():
            simulator.stop()
