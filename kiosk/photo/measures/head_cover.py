"""No hat or scarf on the head.

Definition: score of a linear classifier (`kiosk.photo.upper_head`, weights by `kiosk photo train`) on the upper
head, from the eyes to above the crown, in colours relative to the person's own skin. Unit: score 0..1; over 0.5
something covers the head. It is only ever a question to staff: a covering may be religious or medical, a bun may
look like one. Source: 教毕指〔2017〕99号 (no hat or scarf); ISO/IEC 29794-5 NoHeadCoverings.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kiosk.photo import linear
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight
from kiosk.photo.upper_head import features

WEIGHTS = Path(__file__).resolve().parents[1] / "data" / "head_cover.npz"


@cache
def _classifier() -> linear.Linear:
    return linear.load(WEIGHTS)


def measure(sight: Sight) -> float | None:
    """Score that the head is covered."""
    numbers = features(sight)
    return None if numbers is None else _classifier().score(numbers)


MEASURE = Measure(
    "head_cover",
    "score",
    105,
    measure,
    standard="NoHeadCoverings",
    needs_mask=True,
)
