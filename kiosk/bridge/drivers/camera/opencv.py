"""Webcams through OpenCV: a thread that reads for ever, rights the mounting and keeps the latest frame.

Every frame has the size of a still; the preview is scaled down elsewhere. So the still is simply a frame that was
taken after the trigger, and no mode is switched between what the person saw and what is kept.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from typing import Protocol

import numpy as np

from kiosk.bridge.drivers.base import Driver, Host, Report
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.drivers.camera.health import PictureHealth
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

#: Frames that may fail in a row before the camera counts as gone.
FAILURES = 5
#: While nobody looks, one frame in this many seconds is decoded: enough to notice a dark or frozen camera.
IDLE_SECONDS = 0.2
#: OpenCV's V4L2 backend waits ten seconds for a frame unless this says otherwise; read when the library loads.
V4L_TIMEOUT = "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"


class Source(Protocol):
    """Where frames come from."""

    def grab(self) -> bool:
        """Wait for the next frame and take hold of it. False when there was none."""

    def retrieve(self) -> np.ndarray | None:
        """The frame that was grabbed, BGR, as the sensor sees it."""

    def release(self) -> None:
        """Let go."""


class CaptureSource:
    """`cv2.VideoCapture`."""

    def __init__(self, index: int, width: int, height: int, fps: int) -> None:
        """Open webcam `index` and ask for that size. Raises `Fault`."""
        os.environ.setdefault(V4L_TIMEOUT, "2")
        import cv2

        # it would warn at each try, twice a second while nothing is plugged in; `Fault` says it once
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        backend = {"win32": cv2.CAP_DSHOW, "linux": cv2.CAP_V4L2}.get(sys.platform, cv2.CAP_ANY)
        self._capture = cv2.VideoCapture(index, backend)
        if not self._capture.isOpened():
            self._capture.release()
            raise Fault(_why_closed(index), f"camera {index}")
        # compressed first: an uncompressed still has three frames a second on USB 2
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        self._capture.set(cv2.CAP_PROP_FPS, fps)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self.size = (
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )

    def grab(self) -> bool:
        """See `Source`."""
        return bool(self._capture.grab())

    def retrieve(self) -> np.ndarray | None:
        """See `Source`."""
        done, image = self._capture.retrieve()
        return image if done else None

    def release(self) -> None:
        """See `Source`."""
        self._capture.release()


class OpencvCamera(Driver):
    """Fills `host.lasting["camera.slot"]`."""

    kind = "camera"
    driver = "opencv"
    stall_seconds = 8.0

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._source: Source | None = None
        self._slot: FrameSlot = slot_of(host)

    def source(self) -> Source:
        """Open the camera of the settings. Raises `Fault`."""
        camera = self.host.settings.devices.camera
        source = CaptureSource(camera.index, camera.width, camera.height, camera.fps)
        if source.size != (camera.width, camera.height):
            log.warning("camera gives %d×%d instead of what the settings ask", *source.size)
        return source

    def open(self) -> None:
        """Open the camera. Raises `Fault`."""
        self._source = self.source()

    def run(self, stop: threading.Event, report: Report) -> None:
        """Read until told to stop. Raises `Fault` (GONE, FROZEN) when the camera must be opened again."""
        assert self._source is not None  # noqa: S101 - open came first
        turns = self.host.settings.devices.camera.mounting // 90
        health = PictureHealth()
        failures = 0
        decoded = 0.0
        while not stop.is_set():
            grabbed = self._source.grab()
            taken = time.monotonic()
            report.beat()
            if grabbed:
                health.came(taken)
            if grabbed and not self.host.frames_wanted() and taken - decoded < IDLE_SECONDS:
                continue
            image = self._source.retrieve() if grabbed else None
            if image is None:
                failures += 1
                if failures >= FAILURES:
                    raise Fault(FaultCode.GONE, "no more frames")
                stop.wait(0.02)
                continue
            failures, decoded = 0, taken
            fault = health.judge(image, taken)
            if fault is not None and fault.code is FaultCode.FROZEN:
                raise fault  # only opening it again tells an unplugged camera from a stuck one
            if fault is not None:
                report.degraded(fault)
            elif health.alive:
                report.ready()
            self._slot.put(righted(image, turns), taken)

    def close(self) -> None:
        """Let go of the camera and forget its last frame."""
        self._slot.clear()
        if self._source is not None:
            self._source.release()
            self._source = None


def slot_of(host: Host) -> FrameSlot:
    """The slot that the camera of this bridge fills."""
    slot: FrameSlot = host.lasting.setdefault("camera.slot", FrameSlot())
    return slot


def righted(image: np.ndarray, turns: int) -> np.ndarray:
    """`image` of a sensor turned clockwise by `turns` quarters, upright again."""
    # such a sensor sees the world turned anti-clockwise; the picture is turned clockwise by as much
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image


def _why_closed(index: int) -> FaultCode:
    if sys.platform == "linux":
        path = f"/dev/video{index}"
        if not os.path.exists(path):  # noqa: PTH110 - a device node
            return FaultCode.NOT_FOUND
        if not os.access(path, os.R_OK | os.W_OK):
            return FaultCode.PERMISSION_DENIED
        return FaultCode.BUSY
    return FaultCode.NOT_FOUND
