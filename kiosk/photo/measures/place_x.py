"""Whether the person stands in the middle.

Definition: eye centre minus the middle of the picture, over the picture's width; positive is right in the
picture. Unit: ratio −0.5..0.5. Source: ISO/IEC 29794-5 cropping of the face image.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Signed distance from the middle."""
    width = sight.grey.shape[1]
    return float(sight.middle[0] / width - 0.5)


MEASURE = Measure(
    "place_x",
    "ratio",
    60,
    measure,
    low="left",
    high="right",
    standard="LeftwardCropOfTheFaceImage",
)
