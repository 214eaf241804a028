"""No hat or scarf on the head.

Definition: score of the classifier `head_cover` on the upper head, from the eyes to above the crown, in colours
relative to the person's own skin. Unit: score 0..1. It is only ever a question to staff: a covering may be
religious or medical, a bun may look like one. Source: 教毕指〔2017〕99号 (no hat or scarf); ISO/IEC 29794-5
NoHeadCoverings.
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that the head is covered."""
    return classifiers.score(sight, "head_cover")


MEASURE = Measure(
    "head_cover",
    "score",
    105,
    measure,
    standard="NoHeadCoverings",
    needs_mask=True,
)
