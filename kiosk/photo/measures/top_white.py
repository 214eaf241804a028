"""No white top, where the profile forbids it.

Definition: share of the clothing with a CIELAB lightness over 82 and a chroma under 10. Unit: share 0..1. Only
where the profile's switch `white_top` is off. Source: the profile; notices settle it differently.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Share of white clothing."""
    if sight.torso is None:
        return None
    lab, where = sight.torso
    cloth = lab[where]
    return float(((cloth[:, 0] > 82) & (np.hypot(cloth[:, 1], cloth[:, 2]) < 10)).mean())


MEASURE = Measure(
    "top_white",
    "share",
    267,
    measure,
    high="change",
    needs_mask=True,
    applies=lambda sight: sight.forbids("white_top"),
)
