"""Middle of the eyes in the deliverable.

Definition: middle of both irises from the left edge. Unit: px of the deliverable, 0 to the width of the
deliverable. Source: the profile (social card: 162–196 px).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["eyes_x"]


MEASURE = Measure(
    "eyes_x",
    "px",
    85,
    measure,
    low="left",
    high="right",
    standard="LeftwardCropOfTheFaceImage",
    needs_mask=True,
)
