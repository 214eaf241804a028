"""Lips of another colour than the chin: what a mask makes alike.

Definition: colour difference of lips and chin (lightness halved). Unit: ΔE; bare over 4, masked under 2.5. It
backs the classifier `mask` where a mask looks like nothing it was taught: a question to staff. Source: ISO/IEC
29794-5 MouthOcclusionPrevention, measured here by colour.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.points import CHIN_SKIN, LIPS
from kiosk.photo.sight import Sight, difference


def measure(sight: Sight) -> float | None:
    """ΔE of lips and chin."""
    lips, chin = sight.colour(LIPS), sight.colour(CHIN_SKIN)
    return None if lips is None or chin is None else difference(lips, chin)


MEASURE = Measure(
    "lips_colour",
    "ΔE",
    92,
    measure,
    standard="MouthOcclusionPrevention",
)
