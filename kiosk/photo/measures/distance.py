"""How near the person stands.

Definition: eye line to chin over the height of the picture. Unit: ratio; 0.17 is far, 0.30 near. Source:
ISO/IEC 29794-5 HeadSize, of which it is the part that the mesh measures surely.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Eye line to chin over picture height."""
    return sight.eye_to_chin / sight.grey.shape[0]


MEASURE = Measure(
    "distance",
    "ratio",
    50,
    measure,
    low="closer",
    high="back",
    standard="HeadSize",
)
