"""Neither teeth nor a gap between the lips, by a classifier.

Definition: score of the classifier `mouth_open` on how far the lips are apart, how high they are and what is seen
between them against lips and skin. Unit: score 0..1; its limit is chosen on people it never learnt from. It sees
teeth in a smile that parts the lips less than the mesh measures on full closed lips (`mouth_closed`). Source:
ISO/IEC 29794-5 MouthClosed.
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that the lips are apart."""
    return classifiers.score(sight, "mouth_open")


MEASURE = Measure(
    "mouth_open",
    "score",
    152,
    measure,
    high="close",
    standard="MouthClosed",
)
