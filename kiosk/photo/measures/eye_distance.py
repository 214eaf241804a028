"""Distance of the eyes in the deliverable.

Definition: distance of both irises' middles. Unit: px of the deliverable, 0 to the width of the deliverable.
Source: the profile (exit-entry: 0.23–0.33 of the width).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["eye_distance"]


MEASURE = Measure(
    "eye_distance",
    "px",
    87,
    measure,
    low="closer",
    high="back",
    standard="InterEyeDistance",
    needs_mask=True,
)
