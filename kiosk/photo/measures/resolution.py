"""Whether the picture has the pixels that the deliverable needs.

Definition: height of the crop over the height of the deliverable. Unit: ratio; 1 needs no enlarging. Source:
decided by this project: an enlarged picture is not a better one.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Crop height over deliverable height."""
    return sight.crop.h / sight.profile.height


MEASURE = Measure(
    "resolution",
    "ratio",
    75,
    measure,
    low="closer",
    needs_mask=True,
)
