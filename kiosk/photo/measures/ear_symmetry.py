"""Both sides of the face show as much: the ears stand symmetric.

Definition: distance of the mesh's points before the ears (234, 454) from the root of the nose, along the eye
line, right in the picture minus left, over their sum. Unit: ratio −1..1; 0 is symmetric, positive where the
picture's right side shows more. It sees a small turn of the head better than the pose does. Source:
教毕指〔2017〕99号 (ears symmetric).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.points import CHEEK_LEFT, CHEEK_RIGHT, NOSE_ROOT
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Signed share by which one side is wider."""
    root = sight.flat[NOSE_ROOT]
    left = float((root - sight.flat[CHEEK_LEFT]) @ sight.u)
    right = float((sight.flat[CHEEK_RIGHT] - root) @ sight.u)
    return (right - left) / (abs(right) + abs(left) or 1.0)


MEASURE = Measure(
    "ear_symmetry",
    "ratio",
    125,
    measure,
    low="turn_right",
    high="turn_left",
)
