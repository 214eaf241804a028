"""Light from the front, not from one side.

Definition: difference of the median lightness of two squares, 0.3 eye distances wide, half-way between eye and
mouth corner; 0 where their histograms overlap by 0.35 or more, since the light is even then. Unit: L*. Source:
ISO/IEC 29794-5 IlluminationUniformity (the overlap).
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.points import MOUTH_LEFT, MOUTH_RIGHT
from kiosk.photo.sight import Sight

#: Histogram overlap from which both sides count as equally lit.
_EVEN = 0.35


def measure(sight: Sight) -> float | None:
    """L* difference of the cheeks."""
    side = max(3, int(0.15 * sight.eye_distance))
    patches = []
    for eye, corner in zip(sight.eyes, (MOUTH_LEFT, MOUTH_RIGHT), strict=True):
        x, y = np.round((eye + sight.flat[corner]) / 2).astype(int)
        patch = sight.lab[max(0, y - side) : y + side + 1, max(0, x - side) : x + side + 1, 0]
        if patch.size < 9:
            return None
        patches.append(patch.ravel() * np.float32(100 / 255))
    shares = [np.histogram(patch, bins=64, range=(0, 100))[0] / len(patch) for patch in patches]
    if float(np.minimum(*shares).sum()) >= _EVEN:
        return 0.0
    return float(abs(np.median(patches[0]) - np.median(patches[1])))


MEASURE = Measure(
    "side_light",
    "L*",
    165,
    measure,
    high="uneven",
    standard="IlluminationUniformity",
)
