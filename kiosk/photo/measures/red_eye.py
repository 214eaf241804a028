"""No red pupils.

Definition: share of the inner iris (0.6 of its radius, as the iris model gives it) that is lit red: red over 90
and over the larger of green and blue by 50 of 255; the redder eye. Unit: share 0..1; irises of any colour stay
near 0. Source: 教毕指〔2017〕99号 (no red-eye).
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight

_INNER, _LEAST, _OVER = 0.6, 90, 50


def measure(sight: Sight) -> float | None:
    """Share of red in the redder iris."""
    shares = [_share(sight, iris) for iris in sight.irises]
    found = [share for share in shares if share is not None]
    return max(found) if found else None


def _share(sight: Sight, iris: np.ndarray) -> float | None:
    picture = sight.analysis.working
    radius = max(1.0, _INNER * float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean()))
    x0, y0 = np.floor(iris[0] - radius).astype(int)
    x1, y1 = np.ceil(iris[0] + radius).astype(int) + 1
    height, width = picture.shape[:2]
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        return None
    y, x = np.mgrid[y0:y1, x0:x1]
    inside = np.hypot(x - iris[0][0], y - iris[0][1]) <= radius
    blue, green, red = picture[y0:y1, x0:x1][inside].astype(np.int16).T
    return float(((red > _LEAST) & (red - np.maximum(green, blue) > _OVER)).mean()) if len(red) else None


MEASURE = Measure(
    "red_eye",
    "share",
    158,
    measure,
    high="red",
)
