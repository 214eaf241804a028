"""Part of the face that the picture cuts off.

Definition: share of the 468 mesh points outside the picture. Unit: share 0..1. Source: ISO/IEC 29794-5
Cropping of the face image, by mesh.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """0 for a whole face."""
    height, width = sight.grey.shape
    inside = ((sight.flat >= 0) & (sight.flat < np.array([width, height]))).all(axis=1)
    return float(1 - inside.mean())


MEASURE = Measure(
    "face_inside",
    "share",
    40,
    measure,
    high="back",
)
