"""Network cameras: MJPEG over HTTP read here, RTSP through OpenCV's FFmpeg."""

from __future__ import annotations

import time
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import numpy as np

from kiosk import secrets_store
from kiosk.bridge.drivers.camera import ffmpeg
from kiosk.bridge.drivers.camera.mjpeg import MjpegSource
from kiosk.bridge.drivers.camera.reading import CameraDriver, SenderClock, Source
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.settings import Settings

#: File of the data folder's `secrets` with `user:password` of the camera.
LOGIN = "camera.login"
#: Milliseconds that FFmpeg may take to connect, and then without a packet.
OPEN_MS, SILENT_MS = 4000, 2000


class RtspSource:
    """`cv2.VideoCapture` of an address, decoded by FFmpeg in one thread: each further one is a frame of delay."""

    repeats = False
    refused: tuple[str, ...] = ()

    def __init__(self, address: str, name: str) -> None:
        """`address` may hold a password and is said to nobody. Raises `Fault`."""
        ffmpeg.prepare(ffmpeg.STREAM)
        import cv2

        self.name = name
        self._clock = SenderClock()
        asked = (
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, SILENT_MS,
            cv2.CAP_PROP_N_THREADS, 1,
        )  # fmt: skip
        self._capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, asked)
        if not self._capture.isOpened():
            self._capture.release()
            raise Fault(FaultCode.NOT_FOUND, f"{name} does not answer")

    def grab(self) -> float | None:
        """See `Source`. RTP says when each frame was taken, on the camera's clock."""
        import cv2

        if not self._capture.grab():
            return None
        return self._clock.taken(float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000, time.monotonic())

    def retrieve(self) -> np.ndarray | None:
        """See `Source`."""
        done, image = self._capture.retrieve()
        return np.asarray(image) if done else None

    def release(self) -> None:
        """See `Source`."""
        self._capture.release()


class StreamCamera(CameraDriver):
    """The network camera of the settings."""

    driver = "stream"

    def source(self) -> Source:
        """Connect. Raises `Fault`: NOT_FOUND, PERMISSION_DENIED, UNSUPPORTED for an address of another kind."""
        return connected(self.host.settings, self.host.settings.devices.camera.url)


def connected(settings: Settings, url: str) -> Source:
    """A source for that address. Raises `Fault`."""
    address = urlsplit(url)
    if not address.hostname:
        raise Fault(FaultCode.UNSUPPORTED, "devices.camera.url names no camera")
    name = f"{address.hostname}{address.path}"
    if address.scheme in ("http", "https"):
        return MjpegSource(address, login(settings), name)
    if address.scheme in ("rtsp", "rtsps"):
        return RtspSource(_with_login(address, login(settings)), name)
    raise Fault(FaultCode.UNSUPPORTED, f"cameras don't speak {address.scheme}")


def login(settings: Settings) -> str:
    """`user:password` of the network camera; empty where none is kept. Raises `Fault` for an unreadable file."""
    file = secrets_store.folder(settings) / LOGIN
    try:
        return file.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(FaultCode.PERMISSION_DENIED, f"{LOGIN} can't be read") from error


def _with_login(address: SplitResult, login: str) -> str:
    user, colon, password = login.partition(":")
    part = f"{quote(user, safe='')}:{quote(password, safe='')}@" if colon else ""
    return urlunsplit(address._replace(netloc=part + address.netloc))
