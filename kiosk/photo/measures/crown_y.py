"""Crown of the head in the deliverable.

Definition: distance of the top of the hair (`kiosk.photo.head`: single hairs do not count) from the upper edge.
Unit: px of the deliverable, 50 to 110 for the degree photo. Source: 教毕指〔2017〕99号 (50–110 px); no
component of ISO/IEC 29794-5 looks for the crown.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["crown_y"]


MEASURE = Measure(
    "crown_y",
    "px",
    80,
    measure,
    low="lower",
    high="higher",
    needs_mask=True,
)
