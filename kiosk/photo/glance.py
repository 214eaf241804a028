"""A quick look at a picture for the devices page: how light, how even from side to side, how sharp.

It needs no model and judges nobody: the check before opening uses it on whatever the camera sees.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import cv2
import numpy as np

#: Height of the copy that is looked at, px: sharpness is then comparable between cameras of any resolution.
_HEIGHT = 480
#: Sides that are compared, as a share of the width; the middle is where a person would stand.
_SIDE = 0.25
#: Grey levels from which a pixel counts as burnt out, up to which as black.
_WHITE, _BLACK = 250, 5


@dataclass(frozen=True, slots=True)
class Glance:
    """`lightness`: median L* 0..100. `sides`: L* of the left quarter minus that of the right one. `clipped`,
    `black`: shares 0..1 of the pixels without drawing. `sharpness`: variance of the Laplacian of the grey copy
    480 px high; an even wall has next to none, so that it is shown and never judged.
    """

    lightness: float
    sides: float
    clipped: float
    black: float
    sharpness: float

    def to_json(self) -> dict[str, float]:
        """Rounded to what anybody reads."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def glance(bgr: np.ndarray) -> Glance:
    """Look at `bgr` (uint8, upright)."""
    height, width = bgr.shape[:2]
    size = (max(4, round(width * _HEIGHT / height)), _HEIGHT)
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    lightness = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)[:, :, 0].astype(np.float32) * (100 / 255)
    side = max(1, round(size[0] * _SIDE))
    return Glance(
        lightness=float(np.median(lightness)),
        sides=float(np.median(lightness[:, :side]) - np.median(lightness[:, -side:])),
        clipped=float((small >= _WHITE).all(axis=2).mean()),
        black=float((small <= _BLACK).all(axis=2).mean()),
        sharpness=float(cv2.Laplacian(grey, cv2.CV_32F).var()),
    )
