"""No blue top on a blue wall.

Definition: share of the clothing with a CIELAB hue of 225–305°, chroma over 16 and lightness over 34: a navy suit
is darker and stands out from the wall. Unit: share 0..1; 0 where no clothing shows. Source: 教毕指〔2017〕99号
(clothing distinct from the background). Not asked where the profile's switch `blue_top` allows it.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Share of blue clothing."""
    if sight.torso is None:
        return None
    lab, where = sight.torso
    cloth = lab[where]
    hue = np.degrees(np.arctan2(cloth[:, 2], cloth[:, 1])) % 360
    chroma = np.hypot(cloth[:, 1], cloth[:, 2])
    return float(((hue > 225) & (hue < 305) & (chroma > 16) & (cloth[:, 0] > 34)).mean())


MEASURE = Measure(
    "top_colour",
    "share",
    260,
    measure,
    high="change",
    needs_mask=True,
    applies=lambda sight: not sight.profile.switch("blue_top"),
)
