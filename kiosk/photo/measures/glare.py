"""No reflection before the eyes.

Definition: score of the classifier `glare` on the band of both eyes. Unit: score 0..1; its limit is chosen on
people it never learnt from. It is only ever a question to staff. Source: 教毕指〔2017〕99号 (glasses without
reflection). Not asked where
the profile's switch `glasses` is `any`. ISO/IEC 29794-5 EyesVisible.
"""

from __future__ import annotations

from kiosk.photo import classifiers
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Score that something shines before an eye."""
    return classifiers.score(sight, "glare")


MEASURE = Measure(
    "glare",
    "score",
    103,
    measure,
    standard="EyesVisible",
    applies=lambda sight: sight.profile.switch("glasses") != "any",
)
