"""A video file as a camera, played over and over at its own pace."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from kiosk.bridge.drivers.camera import ffmpeg
from kiosk.bridge.drivers.camera.pace import Pace
from kiosk.bridge.drivers.camera.reading import CameraDriver, Source
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

#: Pace of a file that does not say it, frames a second.
_FPS = 25.0


class VideoSource:
    """The frames of a file."""

    repeats = True
    refused: tuple[str, ...] = ()

    def __init__(self, file: Path) -> None:
        """Raises `Fault`: NOT_FOUND, UNSUPPORTED for a file that FFmpeg does not read."""
        if not file.is_file():
            raise Fault(FaultCode.NOT_FOUND, f"no video {file.name}")
        ffmpeg.prepare()
        import cv2

        self.name = f"video {file.name}"
        self._file = file
        self._capture = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG, (cv2.CAP_PROP_N_THREADS, 1))
        if not self._capture.isOpened():
            self._capture.release()
            raise Fault(FaultCode.UNSUPPORTED, f"{file.name} can't be played")
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._pace = Pace(1 / (fps if 1 <= fps <= 240 else _FPS))

    def grab(self) -> float | None:
        """See `Source`. After the last frame comes the first."""
        import cv2

        if not self._file.exists():
            return None  # its stick was pulled
        if not self._capture.grab():
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            if not self._capture.grab():
                return None
        return self._pace.wait()

    def retrieve(self) -> np.ndarray | None:
        """See `Source`."""
        done, image = self._capture.retrieve()
        return np.asarray(image) if done else None

    def release(self) -> None:
        """See `Source`."""
        self._capture.release()


class VideoCamera(CameraDriver):
    """The video of the settings."""

    driver = "video"

    def source(self) -> Source:
        """Open the file. Raises `Fault`."""
        camera = self.host.settings.devices.camera
        if camera.path is None:
            raise Fault(FaultCode.UNSUPPORTED, "devices.camera.path names no video")
        log.warning("the camera is a video file: nobody stands in front of it")
        return VideoSource(self.host.settings.path(camera.path))
