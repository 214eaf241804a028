"""Finds how level the shoulders are, from the person's mask."""

from __future__ import annotations

import numpy as np

#: Columns on each side, in face widths, and how many pairs are needed.
_COLUMNS, _PAIRS = np.linspace(0.7, 1.5, 25), 5
#: Where the search begins, in eye-to-chin lengths under the chin, and how long it goes on.
_BEGIN, _REACH = -0.1, 1.6


def angle(mask: np.ndarray, middle: float, chin: float, face_width: float, eye_to_chin: float) -> float | None:
    """Degrees of the line between the shoulders' upper edges, positive where the right of the picture is lower.

    `mask` 0..1; `middle` x of the face, `chin` y of the chin, px of the mask. The median over pairs of columns;
    columns outside the picture, beside hair that hangs below the chin or without a shoulder are left out. None
    where too few pairs remain.
    """
    top, reach = round(chin + _BEGIN * eye_to_chin), round(_REACH * eye_to_chin)
    angles = []
    for column in _COLUMNS * face_width:
        left, right = (_edge(mask, round(middle + side * column), top, reach) for side in (-1, 1))
        if left is not None and right is not None:
            angles.append(np.degrees(np.arctan2(right - left, 2 * column)))
    return float(np.median(angles)) if len(angles) >= _PAIRS else None


def _edge(mask: np.ndarray, column: int, top: int, reach: int) -> int | None:
    height, width = mask.shape
    bottom = min(height, top + reach)
    if not 0 <= column < width or top < 0 or bottom - top < 4:
        return None
    inside = mask[top:bottom, column] > 0.5
    return None if inside[0] or not inside.any() else top + int(np.argmax(inside))
