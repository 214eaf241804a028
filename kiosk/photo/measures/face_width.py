"""Width of the face in the deliverable.

Definition: distance of the mesh's outermost cheek points (234, 454). Unit: px of the deliverable, 180 to 300 for
the degree photo. Source: 教毕指〔2017〕99号 (180–300 px).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Where the planned crop puts it."""
    return sight.placed["face_width"]


MEASURE = Measure(
    "face_width",
    "px",
    83,
    measure,
    low="closer",
    high="back",
    needs_mask=True,
)
