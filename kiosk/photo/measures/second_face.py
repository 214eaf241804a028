"""Another face beside or behind the person.

Definition: area of the second largest face over the area of the largest, the largest of both detectors.
Unit: ratio 0..1. Source: ISO/IEC 29794-5 SingleFacePresent.
"""

from __future__ import annotations

from kiosk.photo.faces import Face
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """0 with one face."""
    first = sight.analysis.faces[0]
    others = list(sight.analysis.faces[1:])
    # the other detector finds the first person again: only what lies elsewhere is somebody else
    others += [face for face in sight.analysis.behind or () if not _same(first, face)]
    return max((face.area for face in others), default=0.0) / first.area


def _same(first: Face, other: Face) -> bool:
    centre = (other.box[:2] + other.box[2:]) / 2
    return bool(((centre > first.box[:2]) & (centre < first.box[2:])).all())


MEASURE = Measure(
    "second_face",
    "ratio",
    20,
    measure,
    high="alone",
    standard="SingleFacePresent",
)
