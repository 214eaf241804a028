"""Wall in a colour that the profile allows.

Definition: hue, chroma or lightness (CIELAB) of the wall's median colour inside the crop, whichever misses its
band most, against the nearest of the profile's walls. Unit: degrees of hue, chroma or L*; hue 0..360. Source:
the profile (教毕指〔2017〕99号: light blue), which gives reference colours; no standard states a tolerance, the
bands are measured by this project. ISO/IEC 29794-5 BackgroundUniformity looks at evenness only.
"""

from __future__ import annotations

import numpy as np

from kiosk.domain.profiles import Background, Band
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """The quantity that decides."""
    found = _nearest(sight)
    return None if found is None else found[0]


def band(sight: Sight) -> Band | None:
    """What it is held against."""
    found = _nearest(sight)
    return None if found is None else found[1]


def _nearest(sight: Sight) -> tuple[float, Band] | None:
    """Value and band of the quantity that misses most, against the wall that fits best."""
    wall = sight.wall_colour
    if wall is None:
        return None
    lightness, a, b = (float(value) for value in wall)
    seen = {
        "hue": float(np.degrees(np.arctan2(b, a)) % 360),
        "chroma": float(np.hypot(a, b)),
        "lightness": lightness,
    }
    missed = [_worst(background, seen) for background in sight.profile.backgrounds]
    found = [item for item in missed if item is not None]
    return min(found, key=lambda item: item[0])[1:] if found else None


def _worst(background: Background, seen: dict[str, float]) -> tuple[float, float, Band] | None:
    """(how far outside relative to the band, value, band); None for a wall without bands."""
    found: list[tuple[float, float, Band]] = []
    for name, value in seen.items():
        limits: Band | None = getattr(background, name)
        if limits is None:
            continue
        low, high = limits.low or 0.0, limits.high if limits.high is not None else float("inf")
        width = max(1.0, min(high, 1e6) - low)
        found.append((max(0.0, low - value, value - high) / width, value, limits))
    return max(found, key=lambda item: item[0]) if found else None


MEASURE = Measure(
    "wall_colour",
    "deg",
    245,
    measure,
    low="other",
    high="other",
    standard="BackgroundUniformity",
    needs_mask=True,
    band=band,
)
