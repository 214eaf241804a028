"""Hair clear of the brows.

Definition: score of the classifier `hair_brows` on the forehead down to the eyes. Unit: score 0..1; its limit is
chosen on people it never learnt from. It is only ever a question to staff. Source: 教毕指〔2017〕99号 (hair covers
neither brows, eyes nor ears).
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that hair covers a brow."""
    return classifiers.score(sight, "hair_brows")


MEASURE = Measure(
    "hair_brows",
    "score",
    107,
    measure,
)
