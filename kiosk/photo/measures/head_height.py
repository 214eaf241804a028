"""Height of the head in the deliverable.

Definition: chin minus crown. Unit: px of the deliverable, 0 to the height of the deliverable. Source: the profile
(ICAO, US visa: a share of the height).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["head_height"]


MEASURE = Measure(
    "head_height",
    "px",
    86,
    measure,
    low="closer",
    high="back",
    standard="HeadSize",
    needs_mask=True,
)
