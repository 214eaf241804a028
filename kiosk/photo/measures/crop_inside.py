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


def advice(sight: Sight) -> str:
    """Where to move: away from the edge that the crop hangs over most."""
    crop, width, height = sight.crop, sight.analysis.width, sight.analysis.height
    over = {
        "lower": -crop.y,
        "higher": crop.y + crop.h - height,
        "left": -crop.x,  # the picture's left is the person's right
        "right": crop.x + crop.w - width,
    }
    if (over["lower"] > 0 and over["higher"] > 0) or (over["left"] > 0 and over["right"] > 0):
        return "back"
    return max(over, key=lambda word: over[word])


MEASURE = Measure(
    "crop_inside",
    "ratio",
    70,
    measure,
    advice=advice,
    needs_mask=True,
)
