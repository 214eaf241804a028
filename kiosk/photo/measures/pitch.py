"""Head lifted or lowered.

Definition: rotation about the ear-to-ear axis that brings the mean face onto the mesh (`kiosk.photo.pose`);
positive: lifted. Unit: degrees. Source: ISO/IEC 29794-5 HeadPosePitch.
"""

from __future__ import annotations

from kiosk.photo import pose
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Pitch of the head."""
    return pose.of(sight.points)[1]


MEASURE = Measure(
    "pitch",
    "deg",
    130,
    measure,
    low="up",
    high="down",
    standard="HeadPosePitch",
)
