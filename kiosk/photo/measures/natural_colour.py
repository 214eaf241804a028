"""Skin in natural colour: no cast by lamp or white balance.

Definition: distance of the skin's a*, b* from the box a* 5…25, b* 5…35. Unit: chroma, 0 inside. Source: ISO/IEC
29794-5 NaturalColour.
"""

from __future__ import annotations

import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Distance from the box."""
    if sight.skin is None:
        return None
    low, high = np.array([5, 5]), np.array([25, 35])
    out = np.maximum(0, low - sight.skin[1:]) + np.maximum(0, sight.skin[1:] - high)
    return float(np.linalg.norm(out))


MEASURE = Measure(
    "natural_colour",
    "C*",
    230,
    measure,
    high="cast",
    standard="NaturalColour",
)
