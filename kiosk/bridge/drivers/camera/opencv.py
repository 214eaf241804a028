"""Webcams: V4L2 on Linux, DirectShow on Windows, by number or by their stable name, through OpenCV.

A webcam that sends JPEG hands out its bytes undecoded where the backend can (V4L2): the preview passes them on,
and pixels are made only for whoever looks at them.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

import numpy as np

from kiosk.bridge.drivers.camera import jpeg
from kiosk.bridge.drivers.camera.controls import Controls
from kiosk.bridge.drivers.camera.frame import Jpeg
from kiosk.bridge.drivers.camera.reading import CameraDriver, Source
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.settings import Camera

log = logging.getLogger(__name__)

#: OpenCV's V4L2 backend waits ten seconds for a frame unless this says otherwise; read when the library loads.
V4L_TIMEOUT = "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"
#: Where udev names cameras by their maker and serial number, else by their socket.
NAMES = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))
#: A time stamp of the driver is believed when it is at most this much older than the frame's arrival, in seconds.
_STAMP_SECONDS = 1.0


class CaptureSource:
    """`cv2.VideoCapture` of webcam number `index`, which people know as `name`."""

    repeats = False

    def __init__(self, index: int, camera: Camera, name: str = "") -> None:
        """Open it and ask for what the settings say. Raises `Fault`."""
        os.environ.setdefault(V4L_TIMEOUT, "2")
        import cv2

        # it would warn at each try, twice a second while nothing is plugged in; `Fault` says it once
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        backend = {"win32": cv2.CAP_DSHOW, "linux": cv2.CAP_V4L2}.get(sys.platform, cv2.CAP_ANY)
        self.name = name or f"camera {index}"
        self._capture = cv2.VideoCapture(index, backend)
        if not self._capture.isOpened():
            self._capture.release()
            raise Fault(_why_closed(index), self.name)
        self._controls = Controls(self._capture, camera)
        self._controls.begin()
        self._ask_for_bytes()

    @property
    def refused(self) -> tuple[str, ...]:
        """See `Source`."""
        return self._controls.refused

    def grab(self) -> float | None:
        """See `Source`. The time is the driver's own, where it tells one on our clock."""
        if not self._capture.grab():
            return None
        import cv2

        now = time.monotonic()
        self._controls.watch(now)
        stamp = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        return stamp if 0 <= now - stamp <= _STAMP_SECONDS else now

    def retrieve(self) -> np.ndarray | Jpeg | None:
        """See `Source`."""
        done, picture = self._capture.retrieve()
        if not done:
            return None
        if picture.ndim == 3 and picture.shape[2] == 3:
            return np.asarray(picture)
        data = picture.tobytes()
        if not jpeg.begins(data):
            self._decode_again()
        return jpeg.whole(data)

    def release(self) -> None:
        """See `Source`."""
        self._capture.release()

    def _ask_for_bytes(self) -> None:
        """The camera's JPEG undecoded, where it says that it sends some."""
        import cv2

        if sys.platform == "linux" and int(self._capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(
            *"MJPG"
        ):
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)

    def _decode_again(self) -> None:
        """It promised JPEG and sends something else: OpenCV shall make pixels of it."""
        import cv2

        log.info("%s does not send the JPEG it said", self.name)
        self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 1)


class OpencvCamera(CameraDriver):
    """The webcam of the settings."""

    driver = "opencv"

    def source(self) -> Source:
        """Open the camera of the settings. Raises `Fault`."""
        camera = self.host.settings.devices.camera
        index = numbered(camera.name) if camera.name else camera.index
        return CaptureSource(index, camera, camera.name or named(index))


def numbered(name: str, folders: tuple[Path, ...] = NAMES) -> int:
    """Number of the webcam whose stable name is `name` or has it as a part.

    Raises `Fault`: NOT_FOUND without exactly one such camera, UNSUPPORTED where the system has no such names.
    """
    if sys.platform != "linux":
        raise Fault(FaultCode.UNSUPPORTED, "cameras have stable names on Linux only: set devices.camera.index")
    entries = [entry for entry in _entries(folders) if name.casefold() in entry[0].casefold()]
    exact = [entry for entry in entries if entry[0] == name]
    found = {number for _, number in exact or entries}
    if len(found) != 1:
        raise Fault(FaultCode.NOT_FOUND, f"{len(found)} cameras are named like {name}")
    return found.pop()


def named(index: int, folders: tuple[Path, ...] = NAMES) -> str:
    """Stable name of webcam `index`; empty where it has none."""
    return next((name for name, number in _entries(folders) if number == index), "")


def _entries(folders: tuple[Path, ...]) -> list[tuple[str, int]]:
    """Stable name and number of each webcam, those by maker and serial number first."""
    found = []
    for folder in folders:
        for link in sorted(folder.iterdir()) if folder.is_dir() else ():
            # index0 is the picture; others are metadata of the same camera
            device = link.resolve().name
            if link.name.endswith("-video-index0") and device.startswith("video") and device[5:].isdecimal():
                found.append((link.name.removesuffix("-video-index0"), int(device[5:])))
    return found


def _why_closed(index: int) -> FaultCode:
    if sys.platform == "linux":
        path = Path(f"/dev/video{index}")
        if not path.exists():
            return FaultCode.NOT_FOUND
        if not os.access(path, os.R_OK | os.W_OK):
            return FaultCode.PERMISSION_DENIED
        return FaultCode.BUSY
    return FaultCode.NOT_FOUND
