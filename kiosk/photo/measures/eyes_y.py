"""Eye line in the deliverable.

Definition: distance of the middle of both irises from the upper edge. Unit: px of the deliverable, 200 to 300 for
the degree photo. Source: 教毕指〔2017〕99号 (200–300 px).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["eyes_y"]


MEASURE = Measure(
    "eyes_y",
    "px",
    81,
    measure,
    low="lower",
    high="higher",
    standard="MarginAboveOfTheFaceImage",
    needs_mask=True,
)
