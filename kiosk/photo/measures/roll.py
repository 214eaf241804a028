"""Head leaning to a shoulder.

Definition: angle of the line through both iris centres; positive: the eye on the picture's right is lower. Unit:
degrees. Source: ISO/IEC 29794-5 HeadPoseRoll. A leaning head is never straightened, only taken again.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Angle of the eye line."""
    return float(np.degrees(np.arctan2(sight.u[1], sight.u[0])))


MEASURE = Measure(
    "roll",
    "deg",
    110,
    measure,
    low="left",
    high="right",
    standard="HeadPoseRoll",
)
