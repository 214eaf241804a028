"""Face neither too dark nor too bright.

Definition: mean grey value inside the mesh's hull over 255. Unit: share 0..1. Source: ISO/IEC 29794-5
LuminanceMean.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Mean grey share."""
    return float(sight.face_pixels.mean()) / 255 if len(sight.face_pixels) > 50 else None


MEASURE = Measure(
    "exposure",
    "share",
    88,
    measure,
    low="weak",
    high="strong",
    standard="LuminanceMean",
)
