"""Whether the deliverable can be cut without leaving the picture.

Definition: how far the best crop hangs over the edge, in crop heights. Unit: ratio, 0 inside. Source: the
profile's bands; padding would be a transformation, which the standard forbids.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """0 where the crop lies inside."""
    return sight.crop.overhang(sight.analysis.width, sight.analysis.height)


MEASURE = Measure("crop_inside", "ratio", 70, measure, needs_mask=True)
