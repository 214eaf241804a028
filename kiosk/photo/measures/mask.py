"""Mask off.

Definition: colour difference of lips and chin (lightness halved): a mask makes both the same. Unit: ΔE; bare
over 4, masked under 2.5. Source: ISO/IEC 29794-5 NoMouthOcclusion (FaceOcclusionPrevention), measured here by
colour.
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
    "mask",
    "ΔE",
    90,
    measure,
    low="mask_off",
    standard="MouthOcclusionPrevention",
)
