"""Wall as it was when the station was calibrated: same colour, same light.

Definition: ΔE*ab (CIE 1976) between the wall inside the crop and the calibration's empty wall at the same
places, median of the differences. Unit: ΔE; over 10 a lamp is off, the white balance moved or somebody changed
the wall. Only where the station has a calibration. Source: this project's station calibration
(`kiosk.domain.calibration`).
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """ΔE of the medians."""
    change = sight.wall_change
    return None if change is None else float(np.linalg.norm(np.median(change, axis=0)))


MEASURE = Measure(
    "wall_shift",
    "ΔE",
    247,
    measure,
    high="calibrate",
    needs_mask=True,
    applies=lambda sight: sight.calibration is not None,
)
