"""Faces in the picture.

Unit: faces, 0 and more. Source: ISO/IEC 29794-5 UnifiedQualityScore presumes one; the band is 1 here, more faces
are judged by their size (`second_face`).
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Number of faces that the near detector found."""
    return float(len(sight.analysis.faces))


MEASURE = Measure(
    "face_count",
    "faces",
    10,
    measure,
    low="look",
    standard="SingleFacePresent",
)
