"""Mask off, nothing before mouth and chin.

Definition: score of the classifier `mask` on the lower face. Unit: score 0..1; its limit is chosen on people it
never learnt from. `lips_colour` is the rule beside it. Source: ISO/IEC 29794-5 MouthOcclusionPrevention.
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that mouth or chin is covered."""
    return classifiers.score(sight, "mask")


MEASURE = Measure(
    "mask",
    "score",
    90,
    measure,
    high="mask_off",
    standard="MouthOcclusionPrevention",
)
