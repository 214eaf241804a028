"""Face in focus.

Definition: variance of the Laplacian of the grey face, cut from the original and brought to an eye distance of
60 px, smoothed 3 × 3. Unit: variance; under 30 blurred. Source: ISO/IEC 29794-5 Sharpness, by one of its
features.
"""

from __future__ import annotations

import cv2

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Variance of the Laplacian."""
    return float(cv2.Laplacian(sight.face_at_60, cv2.CV_32F).var())


MEASURE = Measure(
    "sharpness",
    "score",
    170,
    measure,
    low="still",
    standard="Sharpness",
)
