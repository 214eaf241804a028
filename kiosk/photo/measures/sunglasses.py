"""No tinted glasses.

Definition: score of the classifier `sunglasses` on the band of both eyes. Unit: score 0..1; its limit is chosen
on people it never learnt from. `lens_tint` is the rule beside it. Not asked where the profile's switch
`glasses` is `any`. Source: 教毕指〔2017〕99号 (no tinted lenses); ISO/IEC 29794-5 EyesVisible.
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that lenses are tinted."""
    return classifiers.score(sight, "sunglasses")


MEASURE = Measure(
    "sunglasses",
    "score",
    100,
    measure,
    high="off",
    standard="EyesVisible",
    applies=lambda sight: sight.profile.switch("glasses") != "any",
)
