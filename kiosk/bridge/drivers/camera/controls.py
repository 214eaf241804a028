"""Resolution, exposure, white balance, focus of a webcam: asked once, read back; what was refused is said once.

An automatic that goes on during the day makes the wall another colour in each photo. `"lock"` lets it settle in
front of the station's own light and then holds what it found.
"""

from __future__ import annotations

import logging
import sys
from typing import Protocol

from kiosk.settings import Camera

log = logging.getLogger(__name__)

#: Seconds that an automatic may take to settle before it is held.
SETTLE_SECONDS = 3.0
#: Values of CAP_PROP_AUTO_EXPOSURE, (automatic, by hand). V4L2 has the menu of `exposure_auto` (3 aperture
#: priority, 1 manual; videodev2, V4L2_CID_EXPOSURE_AUTO); the other backends a switch.
AUTO_EXPOSURE = {"linux": (3.0, 1.0)}
_SWITCH = (1.0, 0.0)
#: What may differ between asked and given: drivers round to their own steps.
_NEAR = 0.02


class Device(Protocol):
    """The part of `cv2.VideoCapture` that sets controls."""

    def set(self, prop: int, value: float) -> bool:
        """Whether the driver took it; many say so and don't."""

    def get(self, prop: int) -> float:
        """The value in force, 0 or -1 where there is no such control."""


class Controls:
    """Sets what the settings ask. `begin` at once, `watch` at every frame until the automatics were held."""

    def __init__(self, device: Device, camera: Camera, platform: str = sys.platform) -> None:
        self._device, self._camera = device, camera
        self._auto, self._manual = AUTO_EXPOSURE.get(platform, _SWITCH)
        self._begun: float | None = None
        self._held = False
        #: What was refused, as `name asked → given`.
        self.refused: tuple[str, ...] = ()

    def begin(self) -> None:
        """Ask for size, pace and the fixed values."""
        import cv2

        camera, device = self._camera, self._device
        # compressed first: an uncompressed still has three frames a second on USB 2
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        for name, prop, value in (
            ("width", cv2.CAP_PROP_FRAME_WIDTH, camera.width),
            ("height", cv2.CAP_PROP_FRAME_HEIGHT, camera.height),
            ("fps", cv2.CAP_PROP_FPS, camera.fps),
        ):
            device.set(prop, value)
            self._note(name, value, device.get(prop))
        device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if isinstance(camera.exposure, float):
            self._expose(camera.exposure)
        else:
            device.set(cv2.CAP_PROP_AUTO_EXPOSURE, self._auto)
        if isinstance(camera.white_balance, float):
            self._balance(camera.white_balance)
        else:
            device.set(cv2.CAP_PROP_AUTO_WB, 1)
        if isinstance(camera.focus, float):
            self._focus(camera.focus)
        self._held = "lock" not in (camera.exposure, camera.white_balance, camera.focus)

    def watch(self, now: float) -> None:
        """A frame came at `now` (monotonic seconds); holds the automatics once they had time to settle."""
        if self._held:
            return
        self._begun = now if self._begun is None else self._begun
        if now - self._begun < SETTLE_SECONDS:
            return
        import cv2

        self._held = True
        camera, device = self._camera, self._device
        if camera.exposure == "lock":
            self._expose(device.get(cv2.CAP_PROP_EXPOSURE))
        if camera.white_balance == "lock":
            self._balance(device.get(cv2.CAP_PROP_WB_TEMPERATURE))
        if camera.focus == "lock":
            self._focus(device.get(cv2.CAP_PROP_FOCUS))

    def _expose(self, value: float) -> None:
        import cv2

        self._device.set(cv2.CAP_PROP_AUTO_EXPOSURE, self._manual)
        self._device.set(cv2.CAP_PROP_EXPOSURE, value)
        self._note("exposure", value, self._device.get(cv2.CAP_PROP_EXPOSURE))

    def _balance(self, value: float) -> None:
        import cv2

        self._device.set(cv2.CAP_PROP_AUTO_WB, 0)
        self._device.set(cv2.CAP_PROP_WB_TEMPERATURE, value)
        self._note("white_balance", value, self._device.get(cv2.CAP_PROP_WB_TEMPERATURE))
        self._note("white_balance_automatic", 0, self._device.get(cv2.CAP_PROP_AUTO_WB))

    def _focus(self, value: float) -> None:
        import cv2

        self._device.set(cv2.CAP_PROP_AUTOFOCUS, 0)
        self._device.set(cv2.CAP_PROP_FOCUS, value)
        self._note("focus", value, self._device.get(cv2.CAP_PROP_FOCUS))

    def _note(self, name: str, asked: float, given: float) -> None:
        """Remember what is not as asked. A control that does not exist answers 0 or -1 whatever is asked."""
        if abs(given - asked) > _NEAR * max(1.0, abs(asked)):
            self.refused += (f"{name} {asked:g} → {given:g}",)
