"""No shadow and no light on the wall that the empty wall did not have.

Definition: 98th minus 2nd percentile of the lightness of the wall inside the crop, each place less the
calibration's empty wall there (the light map). Unit: L*; the person's own shadow and a thing in the background
remain, the lamps' fall-off does not. Only where the station has a calibration. Source: ISO/IEC 29794-5
BackgroundUniformity, in its own unit and against the calibrated wall.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """L* range of the differences."""
    change = sight.wall_change
    if change is None:
        return None
    low, high = np.percentile(change[:, 0], (2, 98))
    return float(high - low)


MEASURE = Measure(
    "wall_light",
    "L*",
    252,
    measure,
    high="shadow",
    standard="BackgroundUniformity",
    needs_mask=True,
    applies=lambda sight: sight.calibration is not None,
)
