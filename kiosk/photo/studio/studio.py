"""The virtual studio itself: what the simulated camera sees, frame by frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kiosk import settings as settings_module
from kiosk.photo.crop import Marks
from kiosk.photo.engine import Engine
from kiosk.photo.studio import room, sitter
from kiosk.photo.studio.portraits import choose_portrait
from kiosk.photo.studio.scene import GOOD, Scene

#: Sensor noise: mean and spread in grey values; the mean is taken off the picture before, so that adding is cheap.
_NOISE_MEAN, _NOISE_SPREAD = 8, 2.2
#: How far the person sways, in px of a picture 1920 wide, and how long a sway takes in seconds.
_SWAY, _SWAY_SECONDS = 5.0, 7.3
_MARGIN = 8
_TILE = 64


class Studio:
    """A person in front of the blue wall. Frames depend on seed, scene and time alone.

    `portrait` None: `choose_portrait` of the settings. `engine`: an engine of this thread, else one is made with
    the models of the settings. `mouth`: see `sitter.load`. Raises `PortraitMissing`, `ModelsMissing`, `NoSitter`,
    `Refusal` for an unreadable portrait.
    """

    def __init__(
        self,
        portrait: Path | None,
        width: int = 1920,
        height: int = 1440,
        seed: int = 0,
        engine: Engine | None = None,
        mouth: sitter.Mouth = "close",
    ) -> None:
        if portrait is None or engine is None:
            settings = settings_module.load()
            portrait = portrait or choose_portrait(settings)
            engine = engine or Engine(settings.assets / "models")
        self.width, self.height, self.seed = width, height, seed
        self._sitter = sitter.load(portrait, engine, mouth)
        self._scene = GOOD
        self._base: dict[int, np.ndarray] = {}
        self._noise: dict[int, np.ndarray] = {}

    @property
    def scene(self) -> Scene:
        """What is shown. Setting another one shows it from the next frame on."""
        return self._scene

    @scene.setter
    def scene(self, scene: Scene) -> None:
        if dict(scene.defects) != dict(self._scene.defects):
            self._base.clear()
        self._scene = scene

    def frame(self, t: float, width: int | None = None) -> np.ndarray:
        """The picture at `t` seconds, BGR uint8, `width` px wide (default the full still), proportions kept.

        No two frames are the same: the person sways a little and the sensor has noise.
        """
        width = self.width if width is None else width
        base, noise = self._prepared(width)
        height = base.shape[0] - 2 * _MARGIN
        reach = min(_MARGIN - 1, _SWAY * width / 1920)
        phase = 2 * np.pi * t / _SWAY_SECONDS
        x = _MARGIN + round(reach * np.sin(phase))
        y = _MARGIN + round(0.5 * reach * np.sin(1.7 * phase + 1))
        # a place in the noise that differs from millisecond to millisecond and is the same for the same time
        number = (round(t * 1000) * 2654435761 + self.seed * 97) & 0xFFFFFFFF
        row, column = number % _TILE, (number >> 8) % _TILE
        return cv2.add(base[y : y + height, x : x + width], noise[row : row + height, column : column + width])

    def truth(self) -> Marks:
        """Where the head is in a still, without the sway; for tests and measurements."""
        return room.truth(self._sitter, self._scene, self.width, self.height)

    def _prepared(self, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Base picture with a margin, less the noise's mean, and noise, both for that width."""
        if width not in self._base:
            if width == self.width:
                other = room.mirrored(self._sitter)
                full = room.picture(self._sitter, self._scene, self.width, self.height, self.seed, other)
                shown = full
            else:
                self._prepared(self.width)
                full = self._base[self.width][_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
                height = round(self.height * width / self.width)
                shown = cv2.resize(full, (width, height), interpolation=cv2.INTER_AREA)
            padded = cv2.copyMakeBorder(shown, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
            lower = np.full_like(padded, _NOISE_MEAN) if width == self.width else np.zeros_like(padded)
            self._base[width] = cv2.subtract(padded, lower)
        if width not in self._noise:
            rng = np.random.default_rng(self.seed + 1)
            height = self._base[width].shape[0] - 2 * _MARGIN
            grain = rng.normal(_NOISE_MEAN, _NOISE_SPREAD, (height + _TILE, width + _TILE, 3))
            self._noise[width] = np.clip(np.round(grain), 0, 2 * _NOISE_MEAN).astype(np.uint8)
        return self._base[width], self._noise[width]
