"""Shoulders level.

Definition: angle of the line between the upper edges of the person's mask left and right of the neck, median
over pairs of columns 0.7 to 1.5 face widths from the middle of the face; columns in which hair hangs beside the
chin are left out. Unit: degrees; positive where the shoulder on the picture's right is lower. Source:
教毕指〔2017〕99号 (shoulders level).
"""

from __future__ import annotations

from kiosk.photo import shoulders
from kiosk.photo.measures.base import Measure
from kiosk.photo.points import CHIN
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Angle of the shoulders, None where they don't show."""
    if sight.mask is None:
        return None
    chin = float(sight.flat[CHIN][1])
    return shoulders.angle(sight.mask, float(sight.middle[0]), chin, sight.face_width, sight.eye_to_chin)


MEASURE = Measure(
    "shoulders_level",
    "deg",
    135,
    measure,
    low="level",
    high="level",
    needs_mask=True,
)
