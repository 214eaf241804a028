"""Head turned to a side.

Definition: rotation about the upright axis that brings the mean face onto the mesh (`kiosk.photo.pose`); positive:
towards the picture's right. Unit: degrees. Source: ISO/IEC 29794-5 HeadPoseYaw.
"""

from __future__ import annotations

from kiosk.photo import pose
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Yaw of the head."""
    return pose.of(sight.points)[0]


MEASURE = Measure(
    "yaw",
    "deg",
    120,
    measure,
    low="left",
    high="right",
    standard="HeadPoseYaw",
)
