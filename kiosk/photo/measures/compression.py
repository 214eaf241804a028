"""Not spoilt by compression.

Definition: blockiness: by how much the steps of grey at every eighth column (row) of the best-fitting grid
exceed the median of the other columns, each step less the mean of its neighbours; inside the crop, mean of rows
and columns. Unit: grey levels of 0..255; 0 without a trace. A picture that was scaled after it was compressed
has lost the grid. Source: ISO/IEC 29794-5 CompressionArtifacts, measured here without a network.
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight

_GRID = 8


def measure(sight: Sight) -> float | None:
    """Blockiness inside the crop, at the original's own size."""
    picture, crop = sight.analysis.original, sight.crop
    part = picture[max(0, crop.y) : max(0, crop.y + crop.h), max(0, crop.x) : max(0, crop.x + crop.w)]
    if min(part.shape[:2]) < 4 * _GRID:
        return None
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    return (_steps(grey) + _steps(np.ascontiguousarray(grey.T))) / 2


def _steps(grey: np.ndarray) -> float:
    """How far the strongest phase of the steps from column to column stands out."""
    step = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    mean = cv2.reduce(step, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    alone = mean[1:-1] - (mean[:-2] + mean[2:]) / 2
    whole = alone[: len(alone) // _GRID * _GRID].reshape(-1, _GRID)
    phases = np.median(whole, axis=0)
    return float(phases.max() - np.median(phases))


MEASURE = Measure(
    "compression",
    "score",
    180,
    measure,
    high="again",
    standard="CompressionArtifacts",
    needs_mask=True,
)
