"""Turn of the head: the rotation that brings the mean face onto the measured mesh (Kabsch)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from kiosk.photo.points import RIGID

_FILE = Path(__file__).resolve().parent / "data" / "mean_face.npy"
#: The mesh sees a level head as slightly lowered: median over the frontal portraits, degrees.
_YAW_AT_REST, _PITCH_AT_REST = 0.0, 0.0


@cache
def _mean() -> np.ndarray:
    """Own mean over 57 faces, level, x right, y up, z towards the camera; the rigid points, centred."""
    rigid = np.load(_FILE).astype(np.float64)[list(RIGID)]
    return rigid - rigid.mean(0)


def of(points: np.ndarray) -> tuple[float, float]:
    """Yaw and pitch in degrees of a mesh (468 × 3, px, y down, z towards the camera negative)."""
    seen = points[list(RIGID)] * np.array([1.0, -1.0, -1.0])
    seen = seen - seen.mean(0)
    left, _, right = np.linalg.svd(_mean().T @ seen)
    sign = np.sign(np.linalg.det(right.T @ left.T))
    turn = right.T @ np.diag([1.0, 1.0, sign]) @ left.T
    yaw = np.degrees(np.arctan2(turn[0, 2], turn[2, 2]))
    pitch = np.degrees(np.arcsin(-np.clip(turn[1, 2], -1, 1)))
    return float(yaw) - _YAW_AT_REST, -float(pitch) - _PITCH_AT_REST
