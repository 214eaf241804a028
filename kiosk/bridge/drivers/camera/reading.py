"""What every camera driver shares: a thread that reads for ever, rights the mounting and keeps the latest frame.

A camera is a `Source`; its driver says how it is opened. Every frame has the size of a still; the preview is
scaled down elsewhere. So the still is simply a frame that was taken after the trigger, and no mode is switched
between what the person saw and what is kept.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kiosk.bridge.drivers.base import Driver, Host, Report
from kiosk.bridge.drivers.camera.frame import BrokenPicture, FrameSlot, Jpeg, righted
from kiosk.bridge.drivers.camera.health import PictureHealth
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

#: Frames that may fail in a row before the camera counts as gone.
FAILURES = 5
#: Seconds without any frame after which it counts as gone, however few reads that were.
SILENT_SECONDS = 3.0
#: While nobody looks, one frame in this many seconds is decoded: enough to notice a dark or frozen camera.
IDLE_SECONDS = 0.2


class Source(Protocol):
    """Where frames come from. One thread uses it."""

    #: Stable name of the camera, for people and for the calibration; never a password.
    name: str
    #: It shows the same picture for long on purpose.
    repeats: bool

    @property
    def refused(self) -> tuple[str, ...]:
        """Settings that the device did not take so far, as `name asked → given`."""

    def grab(self) -> float | None:
        """Wait for the next frame, take hold of it, say when it was taken (monotonic s); None: there was none."""

    def retrieve(self) -> np.ndarray | Jpeg | None:
        """The frame that was grabbed as the sensor sees it: BGR pixels, or as it came. None: it is damaged."""

    def release(self) -> None:
        """Let go."""


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What is known of the camera that is open. Sizes in px of the upright still; 0 before the first frame.

    `refused`: the settings that the device did not take, as `name asked → given`.
    """

    name: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    refused: tuple[str, ...] = ()


class CameraDriver(Driver):
    """Fills the slot of `slot_of(host)` and the facts of `facts_of(host)`."""

    kind = "camera"
    stall_seconds = 8.0

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._source: Source | None = None
        self._slot: FrameSlot = slot_of(host)

    @abstractmethod
    def source(self) -> Source:
        """Open the camera of the settings. Raises `Fault`."""

    def open(self) -> None:
        """Open the camera. Raises `Fault`."""
        self._source = self.source()
        self.host.label(self.kind, self._source.name)

    def run(self, stop: threading.Event, report: Report) -> None:
        """Read until told to stop. Raises `Fault` (GONE, FROZEN) when the camera must be opened again."""
        source = self._source
        assert source is not None  # noqa: S101 - open came first
        camera = self.host.settings.devices.camera
        turns, latency = camera.mounting // 90, camera.latency_ms / 1000
        health = PictureHealth(source.repeats)
        rate = _Rate()
        failures, looked, heard = 0, 0.0, time.monotonic()
        while not stop.is_set():
            taken = source.grab()
            now = time.monotonic()
            report.beat()
            if taken is not None:
                health.came(taken, now)
                rate.came(now)
                if not self.host.frames_wanted() and now - looked < IDLE_SECONDS:
                    failures, heard = 0, now
                    continue
            picture = None if taken is None else source.retrieve()
            try:
                fault = None if picture is None else health.judge(picture, now)
            except BrokenPicture:
                picture = None
            if picture is None or taken is None:
                failures += 1
                if failures >= FAILURES or now - heard > SILENT_SECONDS:
                    raise Fault(FaultCode.GONE, "no more frames")
                stop.wait(0.02)
                continue
            failures, looked, heard = 0, now, now
            if fault is not None and fault.code is FaultCode.FROZEN:
                raise fault  # only opening it again tells an unplugged camera from a stuck one
            if fault is not None:
                report.degraded(fault)
            elif health.alive:
                report.ready()
            self._keep(source, picture, taken - latency, turns, rate.fps)

    def test(self, stop: threading.Event, report: Report, seconds: float) -> dict[str, Any]:
        """What staff see of the camera besides its picture: `{"name", "refused"}`."""
        source = self._source
        return {"name": source.name, "refused": list(source.refused)} if source is not None else {}

    def close(self) -> None:
        """Let go of the camera and forget its last frame."""
        self._slot.clear()
        self.host.lasting.pop("camera.facts", None)
        if self._source is not None:
            self._source.release()
            self._source = None

    def _keep(self, source: Source, picture: np.ndarray | Jpeg, taken: float, turns: int, fps: float) -> None:
        if isinstance(picture, Jpeg):
            sides = (picture.width, picture.height)
            width, height = sides[::-1] if turns % 2 else sides
        else:
            picture, turns = righted(picture, turns), 0
            height, width = picture.shape[:2]
        self._say_refused(source)
        # before the frame: whoever sees it finds the facts of its camera
        self.host.lasting["camera.facts"] = CameraFacts(source.name, width, height, fps, source.refused)
        self._slot.put(picture, taken, turns)

    def _say_refused(self, source: Source) -> None:
        """Once for as long as the bridge runs, however often the camera is opened again."""
        said: set[str] = self.host.lasting.setdefault("camera.refused", set())
        for what in source.refused:
            if what not in said:
                said.add(what)
                log.warning("%s refuses a setting: %s", source.name, what)


class _Rate:
    """Frames a second, of the last second or so."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._count = 0
        self.fps = 0.0

    def came(self, now: float) -> None:
        if self._since is None:
            self._since = now
            return
        self._count += 1
        if now - self._since >= 1.0:
            self.fps = round(self._count / (now - self._since), 1)
            self._since, self._count = now, 0


class SenderClock:
    """Brings the time stamps of a camera with a clock of its own onto ours, so that a delay on the way shows.

    The frame that came quickest so far is taken for one without delay: a delay that all frames have in common
    can't be known and is said in the settings (`latency_ms`).
    """

    #: Two quartz clocks part by up to this much: seconds a second.
    DRIFT = 0.0005
    #: A delay of so many seconds is none: the sender's clock was set.
    STEP = 10.0

    def __init__(self) -> None:
        self._least: float | None = None
        self._at = 0.0

    def taken(self, stamp: float, arrived: float) -> float:
        """When the frame with that `stamp` (seconds of the sender) was taken; `arrived`: monotonic seconds."""
        offset = arrived - stamp
        least = offset if self._least is None else self._least + self.DRIFT * (arrived - self._at)
        self._least = offset if offset < least or offset - least > self.STEP else least
        self._at = arrived
        return min(arrived, stamp + self._least)


def slot_of(host: Host) -> FrameSlot:
    """The slot that the camera of this bridge fills."""
    slot: FrameSlot = host.lasting.setdefault("camera.slot", FrameSlot())
    return slot


def facts_of(host: Host) -> CameraFacts:
    """What is known of the camera that is open; without a name when none is."""
    facts: CameraFacts = host.lasting.get("camera.facts", CameraFacts())
    return facts
