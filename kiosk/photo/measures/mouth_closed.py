"""Lips closed.

Definition: largest of three gaps between the inner lips over eye line to chin. Unit: ratio; closed < 0.045, where
full lips reach 0.03 and more, a broad smile from 0.075, open > 0.11. Teeth in a narrow smile are between: they are
seen by `mouth_open`. Source: ISO/IEC 29794-5 MouthClosed, whose midpoint 0.2 lets teeth through.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.points import LIP_PAIRS
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Lip gap over eye line to chin."""
    gaps = [np.linalg.norm(sight.flat[upper] - sight.flat[lower]) for upper, lower in LIP_PAIRS]
    return float(max(gaps)) / sight.eye_to_chin


MEASURE = Measure(
    "mouth_closed",
    "ratio",
    150,
    measure,
    high="close",
    standard="MouthClosed",
)
