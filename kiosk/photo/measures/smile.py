"""No broad smile, where the profile wants none.

Definition: distance of the mouth's corners over the distance of the eyes. Unit: ratio; at rest 0.75–0.95, a broad
smile over 1.05. It is only ever a question to staff: mouths differ, a slight smile is not seen. Asked where the
profile's switch `smile` is off; teeth are seen by `mouth_closed`. Source: 教毕指〔2017〕99号 (natural expression);
ISO/IEC 29794-5 ExpressionNeutrality, measured here without a network.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.points import MOUTH_LEFT, MOUTH_RIGHT
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Width of the mouth in eye distances."""
    return float(np.linalg.norm(sight.flat[MOUTH_LEFT] - sight.flat[MOUTH_RIGHT])) / sight.eye_distance


MEASURE = Measure(
    "smile",
    "ratio",
    148,
    measure,
    standard="ExpressionNeutrality",
    applies=lambda sight: sight.forbids("smile"),
)
