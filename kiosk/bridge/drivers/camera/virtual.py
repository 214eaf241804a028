"""The simulated camera as a driver: the very same loop on frames of the virtual studio, misbehaving on command."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from kiosk.bridge import memory
from kiosk.bridge.drivers.base import Simulator
from kiosk.bridge.drivers.camera.pace import Pace
from kiosk.bridge.drivers.camera.reading import CameraDriver, Source
from kiosk.bridge.faults import Fault, FaultCode
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.photo.studio import Scene, Studio

#: Share of the frame's height that a shown code takes, as a phone held before the camera does.
_CODE_SHARE = 0.4


class CameraSimulator(Simulator):
    """The simulated camera and what stands in front of it. Its studio is made by the thread that needs it."""

    targets = ("camera", "scene", "code")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._studio: Studio | None = None
        self._scene: Scene | None = None
        self._code: np.ndarray | None = None
        self._frozen: np.ndarray | None = None
        self.plugged = True
        self.picture = "good"  # good | black | frozen
        self.lag = 0.0
        #: Cleared while a call for a frame never returns.
        self.answers = threading.Event()
        self.answers.set()

    def simulate(self, target: str, verb: str, words: list[str], options: dict[str, str]) -> str:
        """Obey one of these.

        `camera unplug | plug | black | freeze | lag 0.5 | hang | behave`, `scene NAME [1.0] | good | list`
        (answers every defect by name, with `-1` where it has another side), `code show TEXT`, `code hide`
        """
        if (target, verb) == ("scene", "list"):
            from kiosk.photo.studio import DEFECTS

            return " ".join(f"{name}{',-1' if defect.sided else ''}" for name, defect in DEFECTS.items())
        {"camera": self._do_camera, "scene": self._do_scene, "code": self._do_code}[target](verb, words)
        return f"{target} {verb}"

    def stop(self) -> None:
        """It has no threads; one that hangs in it is let go."""
        self.answers.set()

    def _do_camera(self, verb: str, words: list[str]) -> None:
        if verb in ("unplug", "gone"):
            self.plugged = False
        elif verb in ("plug", "back"):
            self.plugged = True
        elif verb == "black":
            self.picture = "black"
        elif verb in ("freeze", "frozen"):
            self.picture = "frozen"
        elif verb == "lag":
            self.lag = float(words[0]) if words else 0.5
        elif verb == "hang":
            self.answers.clear()
        elif verb == "behave":
            self.plugged, self.picture, self.lag = True, "good", 0.0
            self.answers.set()
        else:
            raise ValueError(f"camera {verb}")

    def _do_scene(self, verb: str, words: list[str]) -> None:
        from kiosk.photo.studio import GOOD, Scene

        if verb == "good":
            self._scene = GOOD
            return
        try:
            self._scene = Scene({verb: float(words[0]) if words else 1.0})
        except KeyError as error:
            raise ValueError(f"scene {verb}") from error

    def _do_code(self, verb: str, words: list[str]) -> None:
        if verb == "hide":
            self._code = None
        elif verb == "show" and words:
            self._code = _code_picture(" ".join(words))
        else:
            raise ValueError(f"code {verb}")

    def prepare(self) -> None:
        """Make the studio now. Raises `Fault` (NOT_FOUND) without a portrait or models."""
        if self._studio is None:
            self._make_studio()

    def frame(self, seconds: float) -> np.ndarray:
        """What the camera sees at that time, BGR."""
        studio = self._studio or self._make_studio()
        scene = self._scene
        if scene is not None and scene is not studio.scene:
            studio.scene = scene
        if self.picture == "black":
            return np.zeros((studio.height, studio.width, 3), np.uint8)
        if self.picture == "frozen":
            self._frozen = studio.frame(seconds) if self._frozen is None else self._frozen
            return self._frozen
        self._frozen = None
        picture = studio.frame(seconds)
        code = self._code
        return picture if code is None else _held_up(picture, code)

    def _make_studio(self) -> Studio:
        from kiosk.photo.engine import Engine
        from kiosk.photo.models import ModelsMissing
        from kiosk.photo.studio import PortraitMissing, Studio, choose_portrait

        camera = self._settings.devices.camera
        upright = (camera.width, camera.height) if camera.mounting % 180 == 0 else (camera.height, camera.width)
        try:
            self._studio = Studio(
                choose_portrait(self._settings),
                *upright,
                engine=Engine(self._settings.assets / "models"),
            )
        except (PortraitMissing, ModelsMissing) as error:
            raise Fault(FaultCode.NOT_FOUND, str(error)) from error
        self._studio.frame(0.0)
        memory.give_back()
        return self._studio


class StudioSource:
    """The studio at the pace of a camera."""

    name = "virtual camera"
    repeats = False
    refused: tuple[str, ...] = ()

    def __init__(self, camera: CameraSimulator, fps: int, turns: int, clock: Callable[[], float]) -> None:
        """`turns`: quarters by which the sensor is turned clockwise. `clock` gives monotonic seconds."""
        self._camera, self._pace, self._turns, self._clock = camera, Pace(1 / fps, clock), turns, clock

    def grab(self) -> float | None:
        """Wait for the next frame; none comes from a camera that is not plugged in."""
        self._pace.wait(self._camera.lag)
        self._camera.answers.wait()
        return self._clock() if self._camera.plugged else None

    def retrieve(self) -> np.ndarray | None:
        """The frame as the sensor sees it."""
        return turned(self._camera.frame(self._clock()), self._turns) if self._camera.plugged else None

    def release(self) -> None:
        """There is nothing to let go of."""


def turned(upright: np.ndarray, turns: int) -> np.ndarray:
    """What a sensor that is turned clockwise by `turns` quarters sees of an upright picture."""
    return np.ascontiguousarray(np.rot90(upright, turns)) if turns else upright


class VirtualCamera(CameraDriver):
    """Takes the studio instead of a webcam; everything else is the camera driver."""

    driver = "virtual"
    stall_seconds = 120.0  # the studio is made in the thread, with a portrait cut out by the models

    def source(self) -> Source:
        """The studio's frames. Raises `Fault` (NOT_FOUND) while it is unplugged and without a portrait."""
        settings = self.host.settings
        simulator = self.host.simulator("camera", lambda: CameraSimulator(settings))
        if not simulator.plugged:
            raise Fault(FaultCode.NOT_FOUND)
        simulator.prepare()
        camera = settings.devices.camera
        return StudioSource(simulator, camera.fps, camera.mounting // 90, time.monotonic)


def _code_picture(text: str) -> np.ndarray:
    import qrcode
    from qrcode.image.pil import PilImage

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8, border=4)
    code.add_data(text)
    code.make(fit=True)
    grey = np.asarray(code.make_image(image_factory=PilImage).convert("L"))
    return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))


def _held_up(picture: np.ndarray, code: np.ndarray) -> np.ndarray:
    import cv2

    height, width = picture.shape[:2]
    side = int(height * _CODE_SHARE)
    shown = picture.copy()
    top, left = height - side - height // 20, (width - side) // 2
    shown[top : top + side, left : left + side] = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
    return shown
