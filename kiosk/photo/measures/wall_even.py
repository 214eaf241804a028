"""Wall evenly lit, without shadow or gradient.

Definition: 98th minus 2nd percentile of lightness of the wall inside the crop, above the shoulders. Unit: L*;
over 6 uneven. Source: ISO/IEC 29794-5 BackgroundUniformity, in its own unit.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """L* range of the wall."""
    if sight.wall is None:
        return None
    lab, where = sight.wall
    low, high = np.percentile(lab[where][:, 0], (2, 98))
    return float(high - low)


MEASURE = Measure(
    "wall_even",
    "L*",
    238,
    measure,
    high="shadow",
    standard="BackgroundUniformity",
    needs_mask=True,
)
