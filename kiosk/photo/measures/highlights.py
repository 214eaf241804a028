"""No burnt-out spots on the face.

Definition: share of the pixels inside the mesh's hull with a grey value of 247 or more. Unit: share 0..1. Source:
ISO/IEC 29794-5 OverExposurePrevention.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Share of burnt-out pixels."""
    return float((sight.face_pixels >= 247).mean()) if len(sight.face_pixels) > 50 else None


MEASURE = Measure(
    "highlights",
    "share",
    154,
    measure,
    high="strong",
    standard="OverExposurePrevention",
)
