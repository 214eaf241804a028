"""Chin in the deliverable.

Definition: distance of the mesh's lowest chin point (152) from the upper edge. Unit: px of the deliverable, 0 to
the height of the deliverable. Source: the profile (the degree photo states none); it ends ISO/IEC 29794-5
HeadSize's eye line to chin.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["chin_y"]


MEASURE = Measure(
    "chin_y",
    "px",
    82,
    measure,
    low="lower",
    high="higher",
    needs_mask=True,
)
