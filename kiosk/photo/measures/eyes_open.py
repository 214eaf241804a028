"""Both eyes open.

Definition: eye aspect ratio by the iris model's contour, the smaller of both eyes: mean opening at the thirds over
the width. Unit: ratio; open 0.20–0.40, closed under 0.15. Source: ISO/IEC 29794-5 EyesOpen, which divides by the
eye-to-chin distance instead; the ratio to the eye's own width tells narrow eyes from closed ones better.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def ratio(lids: np.ndarray) -> float:
    """Opening over width of a contour of 16 points: 0..8 the lower lid, corner to corner, 9..15 the upper."""
    opening = np.linalg.norm(lids[11] - lids[3]) + np.linalg.norm(lids[13] - lids[5])
    return float(opening / 2 / (np.linalg.norm(lids[0] - lids[8]) or 1.0))


def measure(sight: Sight) -> float | None:
    """The smaller ratio of both eyes."""
    return min(ratio(lids) for lids in sight.lids)


MEASURE = Measure(
    "eyes_open",
    "ratio",
    140,
    measure,
    low="open",
    standard="EyesOpen",
)
