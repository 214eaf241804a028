"""Held still.

Definition: mean horizontal over mean vertical gradient of the face at an eye distance of 60 px; smeared
sideways it falls. Unit: ratio; under 0.70 moved. Source: measured by this project.
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Gradient ratio."""
    across = np.abs(cv2.Sobel(sight.face_at_60, cv2.CV_32F, 1, 0)).mean()
    along = np.abs(cv2.Sobel(sight.face_at_60, cv2.CV_32F, 0, 1)).mean()
    return float(across / (along + 1e-3))


MEASURE = Measure(
    "motion",
    "ratio",
    160,
    measure,
    low="still",
)
