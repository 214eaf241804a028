"""Clothing clearly distinct from the wall.

Definition: share of the clothing nearer than ΔE 16 to the wall's colour (lightness by 0.7). Unit: share 0..1.
Source: 教毕指〔2017〕99号 (clothing distinct from the background); the distance measured by this project.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Share of clothing like the wall."""
    if sight.torso is None or sight.wall_colour is None:
        return None
    lab, where = sight.torso
    distance = np.linalg.norm((lab[where] - sight.wall_colour) * np.array([0.7, 1, 1]), axis=1)
    return float((distance < 16).mean())


MEASURE = Measure(
    "top_contrast",
    "share",
    265,
    measure,
    high="change",
    needs_mask=True,
)
