"""Pictures of a folder as a camera: each shown for a while, in the order of their names, over and over.

For trying a site's own pictures and for cameras whose program leaves pictures in a folder. New files are shown
when the round begins again.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from kiosk.bridge.drivers.camera.pace import Pace
from kiosk.bridge.drivers.camera.reading import CameraDriver, Source
from kiosk.bridge.faults import Fault, FaultCode

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


class FolderSource:
    """The pictures of a folder at the pace of a camera."""

    repeats = True
    refused: tuple[str, ...] = ()

    def __init__(self, folder: Path, fps: int, seconds: float) -> None:
        """`seconds`: how long each picture is shown. Raises `Fault` (NOT_FOUND) without a picture."""
        self.name = f"folder {folder.name}"
        self._folder, self._pace, self._seconds = folder, Pace(1 / fps), seconds
        self._waiting: list[Path] = []
        self._image: np.ndarray | None = None
        self._until = 0.0
        if not pictures(folder):
            raise Fault(FaultCode.NOT_FOUND, f"no picture in {self.name}")

    def grab(self) -> float | None:
        """See `Source`. None once the folder is gone or holds no picture any more."""
        due = self._pace.wait()
        if due >= self._until or self._image is None:
            self._image = self._next()
            self._until = due + self._seconds
        return due if self._image is not None else None

    def retrieve(self) -> np.ndarray | None:
        """See `Source`."""
        return self._image

    def release(self) -> None:
        """There is nothing to let go of."""

    def _next(self) -> np.ndarray | None:
        """The next picture that can be read; damaged ones are passed over, at most one round long."""
        self._waiting = self._waiting or pictures(self._folder)
        while self._waiting:
            path = self._waiting.pop(0)
            image = _read(path)
            if image is not None:
                return image
            log.warning("%s: a picture can't be read", self.name)
        return None


class FolderCamera(CameraDriver):
    """The folder of the settings."""

    driver = "folder"

    def source(self) -> Source:
        """Open the folder. Raises `Fault` (NOT_FOUND, UNSUPPORTED without a path)."""
        camera = self.host.settings.devices.camera
        if camera.path is None:
            raise Fault(FaultCode.UNSUPPORTED, "devices.camera.path names no folder")
        log.warning("the camera is a folder of pictures: nobody stands in front of it")
        return FolderSource(self.host.settings.path(camera.path), camera.fps, camera.picture_seconds)


def pictures(folder: Path) -> list[Path]:
    """Files that look like pictures, by name; empty for a folder that is not there."""
    try:
        return sorted(item for item in folder.iterdir() if item.suffix.lower() in SUFFIXES and item.is_file())
    except OSError:
        return []


def _read(path: Path) -> np.ndarray | None:
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)  # cv2.imread knows no Chinese names on Windows
    except OSError:
        return None
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
