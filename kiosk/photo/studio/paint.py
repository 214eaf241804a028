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
    weight = share[..., None]
    return np.clip(picture * (1 - weight) + over * weight, 0, 255).astype(np.uint8)


def cloth(sitter: Sitter, share: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Cloth of that colour (BGR) in the face's own large light and shade."""
    grey = cv2.cvtColor(sitter.picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    light = cv2.GaussianBlur(grey, (0, 0), 0.25 * sitter.face_width)
    mean = float(light[share > 0.5].mean()) if (share > 0.5).any() else 128.0
    tone = 1 + (np.clip(light / (mean + 1e-3), 0.6, 1.4)[..., None] - 1) * 0.6
    grain = np.random.default_rng(2).normal(0, 4, sitter.picture.shape)
    return np.clip(np.array(colour, np.float32) * tone + grain, 0, 255).astype(np.uint8)
