"""Neither eye closed, by a classifier.

Definition: score of the classifier `eyes_closed` on a patch around each eye, the surer of both. Unit: score
0..1; its limit is chosen on people it never learnt from. It sees a closed eye where the opening over width is
misled by narrow eyes or a lid's shade. Source: ISO/IEC 29794-5 EyesOpen.
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that an eye is closed."""
    return classifiers.score(sight, "eyes_closed")


MEASURE = Measure(
    "eyes_closed",
    "score",
    142,
    measure,
    high="open",
    standard="EyesOpen",
)
