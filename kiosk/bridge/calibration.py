"""The station's calibration with the empty wall: measured when staff ask, kept on disk, doubted when it is old.

It is measured in the thread that owns the photo engine, from frames of the running camera, and only of an empty
wall.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.drivers.camera.reading import CameraFacts
from kiosk.bridge.station_store import StationStore
from kiosk.domain.calibration import Calibration, CalibrationState, Obstacle, calibration_from_json
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.domain.profiles import Profile
    from kiosk.photo.engine import Engine

log = logging.getLogger(__name__)

#: Frames that are averaged, and the seconds within which they must come.
FRAMES, FRAMES_SECONDS = 30, 10.0
#: Of these frames, one in so many is searched for people.
SEARCHED = 10
#: Says where photos are cut while no campaign does.
DEFAULT_PROFILE = "chsi-2017-99"
#: Name under which the station keeps it.
KEY = "calibration"


class Calibrator:
    """Thread-safe. `facts` tells about the camera that is open, `clock` gives aware UTC."""

    def __init__(
        self,
        settings: Settings,
        frames: FrameSlot,
        store: StationStore,
        facts: Callable[[], CameraFacts],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings, self._frames, self._store, self._facts, self._clock = settings, frames, store, facts, clock
        self._lock = threading.Lock()
        self._kept = self._recall()
        self._doubted = CalibrationState.GOOD
        #: Frames are being taken for it: the camera shall not rest.
        self.measuring = False

    def current(self) -> Calibration | None:
        """The calibration that fits the camera and is not too old; None else, and the log says once why not."""
        state, kept = self._state()
        if state is not self._doubted:
            self._doubted = state
            if state is not CalibrationState.GOOD:
                log.warning("the wall should be calibrated: %s", state.value)
        return kept if state is CalibrationState.GOOD else None

    def brief(self) -> dict[str, Any]:
        """For every report of the devices: `{"state", "taken_at", "days", "unevenness", "camera"}`."""
        state, kept = self._state()
        return {
            "state": state.value,
            "days": self._days,
            "taken_at": kept.taken_at.isoformat() if kept else None,
            "unevenness": kept.unevenness if kept else None,
            "camera": kept.camera if kept else None,
        }

    def status(self) -> dict[str, Any]:
        """For who asked: `brief()` with `values` (`Calibration.to_json()` or None) and `map_png` (or None)."""
        from kiosk.photo.empty_wall import map_picture

        _, kept = self._state()
        picture = map_picture(kept) if kept else None
        return {**self.brief(), "values": kept.to_json() if kept else None, "map_png": picture}

    def forget(self) -> dict[str, Any]:
        """Without a calibration the wall is judged by the profile alone. Raises `OSError`."""
        self._store.remember(KEY, {})
        with self._lock:
            self._kept = None
        log.info("the calibration is forgotten")
        return self.status()

    def measure(
        self, engine: Engine, profiles: Mapping[str, Profile], profile: str | None, stop: threading.Event
    ) -> None:
        """Measure and keep it. For the engine's thread. Raises `NotEmpty` and, for a full disk, `OSError`.

        `profile`: where photos are cut, by its code; None where the web process named none.
        """
        from kiosk.photo.empty_wall import NotEmpty, WallMeter

        meter = WallMeter(profiles.get(profile or DEFAULT_PROFILE) or profiles[DEFAULT_PROFILE])
        walls = [wall for each in profiles.values() for wall in each.backgrounds]
        facts = self._facts()
        latest = self._frames.latest()
        sequence, end = latest.sequence if latest else 0, time.monotonic() + FRAMES_SECONDS
        self.measuring = True
        try:
            for number in range(FRAMES):
                frame = self._frames.after(sequence, max(0.0, end - time.monotonic()))
                if frame is None or stop.is_set():
                    raise NotEmpty(Obstacle.NO_FRAMES)
                sequence = frame.sequence
                meter.add(frame.image)
                if number % SEARCHED == 0 or number == FRAMES - 1:
                    meter.check_nobody(engine.analyse(frame.image, mask=True, behind=True))
        finally:
            self.measuring = False
        if facts.name != self._facts().name or not facts.name:
            raise NotEmpty(Obstacle.NO_FRAMES)  # the camera was changed meanwhile
        made = meter.result(facts.name, self._clock(), walls)
        self._store.remember(KEY, made.to_json())
        with self._lock:
            self._kept = made
        log.info("calibrated: L* %.1f, uneven %.1f, noise %.2f", made.lab[0], made.unevenness, made.noise)

    @property
    def _days(self) -> int:
        return self._settings.devices.camera.calibration_days

    def _state(self) -> tuple[CalibrationState, Calibration | None]:
        with self._lock:
            kept = self._kept
        facts = self._facts()
        if kept is None:
            return CalibrationState.NONE, None
        if facts.name and not kept.fits(facts.name, facts.width, facts.height):
            return CalibrationState.OTHER_CAMERA, kept
        expired = kept.expired(self._clock(), self._days)
        return CalibrationState.EXPIRED if expired else CalibrationState.GOOD, kept

    def _recall(self) -> Calibration | None:
        found = self._store.recall(KEY)
        try:
            return calibration_from_json(found) if found else None
        except (KeyError, TypeError, ValueError) as error:
            log.error("the kept calibration can't be read: %s", type(error).__name__)
            return None
