"""Whether the person sits at the right height.

Definition: height of the eye line below the place where the profile's outline wants it in the preview
(`Profile.preview_crop`), over the picture's height; positive is too low. Unit: ratio −1..1. Source: ISO/IEC
29794-5 cropping of the face image; judged while coaching only, because a still whose crop fits is a good one.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Signed distance from the outline's eye line."""
    height, width = sight.grey.shape[:2]
    profile = sight.profile
    crop = profile.preview_crop(width, height)
    wanted = crop["y"] + profile.outline()["eyes_y"] / profile.height * crop["h"]
    return float(sight.middle[1] / height - wanted)


MEASURE = Measure(
    "place_y",
    "ratio",
    65,
    measure,
    low="lower",
    high="higher",
    standard="DownwardCropOfTheFaceImage",
)
