"""Wall plain: no pattern, edge or thing on it.

Definition: mean Sobel gradient of the smoothed lightness of the wall inside the crop, at half working size.
Unit: L* a pixel; over 0.9 something is there. Source: ISO/IEC 29794-5 BackgroundUniformity.
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Mean gradient of the wall."""
    if sight.wall is None:
        return None
    lab, where = sight.wall
    smooth = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.2)
    gradient = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    return float(gradient[where].mean())


MEASURE = Measure(
    "wall_plain",
    "score",
    240,
    measure,
    high="clear",
    standard="BackgroundUniformity",
    needs_mask=True,
)
