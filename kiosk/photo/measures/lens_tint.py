"""Eyes as light as the skin around them: what tinted lenses are not.

Definition: lightness of the skin below the eyes minus the 90th percentile of lightness in the eye zones, mean
of both: tinted lenses have nothing light in them. Unit: L*, over 28 is tinted. It backs the classifier
`sunglasses`: a question to staff. Source: ISO/IEC 29794-5 EyesVisible.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.points import EYE_ZONES
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """L* difference."""
    if sight.skin is None:
        return None
    zones = [sight.inside(zone)[:, 0] for zone in EYE_ZONES]
    if any(len(zone) < 8 for zone in zones):
        return None
    light = [np.percentile(zone, 90) * 100 / 255 for zone in zones]
    return float(sight.skin[0] - np.mean(light))


MEASURE = Measure(
    "lens_tint",
    "L*",
    101,
    measure,
    standard="EyesVisible",
    applies=lambda sight: sight.profile.switch("glasses") != "any",
)
