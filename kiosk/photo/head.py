"""Finds the top of the hair: the person's mask says where to look, the wall's colour where the edge is."""

from __future__ import annotations

import cv2
import numpy as np

#: Half width of the strip that is searched, in face widths.
_STRIP = 0.36
#: A row belongs to the head where this share of the strip does: single hairs do not count.
_SHARE = 0.14
#: Colour difference from the wall from which a pixel is no wall.
_DIFFERENCE = 9.0
#: How far the edge by colour may lie from the edge by mask, in eye-to-chin lengths.
_TRUST = 0.22


def crown(
    lab: np.ndarray, mask: np.ndarray | None, middle: np.ndarray, face_width: float, eye_to_chin: float
) -> float:
    """y of the crown in px of `lab` (uint8 CIELAB); `middle`: eye centre. Falls back to mean proportions."""
    guess = float(middle[1]) - 1.02 * eye_to_chin
    if mask is None:
        return guess
    height, width = mask.shape
    x0, x1 = (int(np.clip(middle[0] + side * _STRIP * face_width, 0, width)) for side in (-1, 1))
    bottom = int(np.clip(middle[1] - 0.35 * eye_to_chin, 0, height))
    top = int(np.clip(middle[1] - 2.2 * eye_to_chin, 0, height))
    if x1 - x0 < 8 or bottom - top < 8:
        return guess
    strip = mask[top:bottom, x0:x1]
    by_mask = _edge((strip > 0.5).mean(1))
    if by_mask is None:
        return guess
    # the wall beside and above the head, row by row smooth: its median well above the mask's edge
    above = max(0, int(by_mask - 0.16 * eye_to_chin))
    sample = lab[top : top + above, x0:x1].reshape(-1, 3) if above >= 3 else np.zeros((0, 3), np.uint8)
    if len(sample) < 60:
        return top + by_mask
    wall = np.median(sample, axis=0).astype(np.float32)
    smooth = cv2.GaussianBlur(lab[top:bottom, x0:x1], (3, 3), 0).astype(np.float32)
    distance = np.linalg.norm((smooth - wall) * np.array([0.6 * 100 / 255, 1, 1], np.float32), axis=2)
    spread = np.linalg.norm((sample - wall) * np.array([0.6 * 100 / 255, 1, 1], np.float32), axis=1)
    limit = max(_DIFFERENCE, 2.5 * float(np.percentile(spread, 95)))
    by_colour = _edge(((distance > limit) & (strip > 0.02)).mean(1))
    if by_colour is None or abs(by_colour - by_mask) > _TRUST * eye_to_chin:
        return top + by_mask
    return top + by_colour


def _edge(share: np.ndarray) -> float | None:
    """First row (with its fraction) from which the share stays over the limit for a few rows."""
    over = share >= _SHARE
    run = 4
    for row in np.flatnonzero(over):
        if over[row : row + run].all():
            before = share[row - 1] if row else 0.0
            step = float(share[row] - before)
            return float(row) - (float(share[row] - _SHARE) / step if row and step > 0 else 0.0)
    return None
