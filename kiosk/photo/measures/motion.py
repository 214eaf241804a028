"""Held still.

Definition: energy of the second horizontal difference over that of the vertical one, in the grey face at an eye
distance of 60 px. Unit: ratio; 0.4–1.5 at rest, under 0.26 smeared sideways, over 3.5 smeared up and down. A
smear along a diagonal is seen by `sharpness` only. Source: measured by this project; the ratio of mean gradients
told a small smear from a face with few upright lines less well.
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Energy ratio."""
    across = cv2.Sobel(sight.face_at_60, cv2.CV_32F, 2, 0)
    along = cv2.Sobel(sight.face_at_60, cv2.CV_32F, 0, 2)
    return float(np.square(across).mean() / (np.square(along).mean() + 1e-3))


MEASURE = Measure(
    "motion",
    "ratio",
    160,
    measure,
    low="still",
    high="still",
)
