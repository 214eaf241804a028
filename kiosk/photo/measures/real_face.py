"""How sure the mesh is that this is a human face.

Unit: score 0..1; a dog scores 0.002. Source: the face mesh's own output.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """The mesh score."""
    return sight.analysis.mesh_score


MEASURE = Measure(
    "real_face",
    "score",
    30,
    measure,
    low="look",
)
