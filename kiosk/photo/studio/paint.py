"""Painting on a sitter: soft polygons, cloth in the face's own light."""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.photo.studio.sitter import Sitter


def px(point: np.ndarray) -> tuple[int, int]:
    """Whole px, as OpenCV's drawing wants them."""
    return round(float(point[0])), round(float(point[1]))


def cover(sitter: Sitter, outline: np.ndarray, soft: float) -> np.ndarray:
    """0..1 inside the polygon, its edge softened."""
    inside = np.zeros(sitter.alpha.shape, np.float32)
    cv2.fillPoly(inside, [np.round(outline * 8).astype(np.int32)], 1, shift=3)
    return cv2.GaussianBlur(inside, (0, 0), soft)


def laid(picture: np.ndarray, over: np.ndarray, share: np.ndarray) -> np.ndarray:
    """`over` laid on `picture` where `share` (0..1) says."""
    part = _where(share)
    weight = share[part][..., None]
    out = picture.copy()
    out[part] = np.clip(picture[part] * (1 - weight) + over[part] * weight, 0, 255).astype(np.uint8)
    return out


def cloth(sitter: Sitter, share: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Cloth of that colour (BGR) where `share` is over 0, in the face's own large light and shade."""
    part = _where(share)
    grey = cv2.cvtColor(sitter.picture[part], cv2.COLOR_BGR2GRAY).astype(np.float32)
    height, width = grey.shape
    # the large light is smooth: a quarter of the size is enough
    small = cv2.resize(grey, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    light = cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.06 * sitter.face_width), (width, height))
    inside = share[part] > 0.5
    mean = float(light[inside].mean()) if inside.any() else 128.0
    tone = 1 + (np.clip(light / (mean + 1e-3), 0.6, 1.4)[..., None] - 1) * 0.6
    grain = np.random.default_rng(2).standard_normal((height, width, 3), np.float32) * 4
    out = np.zeros_like(sitter.picture)
    out[part] = np.clip(np.array(colour, np.float32) * tone + grain, 0, 255).astype(np.uint8)
    return out


def _where(share: np.ndarray) -> tuple[slice, slice]:
    """The rectangle outside which `share` is 0."""
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
