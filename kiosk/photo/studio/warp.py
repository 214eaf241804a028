"""Moves parts of a picture: a piecewise linear warp over the triangles between control points."""

from __future__ import annotations

import cv2
import numpy as np


def field(size: tuple[int, int], to: np.ndarray, come_from: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maps for `cv2.remap` of a picture of `size` (width, height).

    What stood at `come_from` (n × 2 px) will stand at `to`; corners and edges of the picture stay.
    """
    width, height = size
    xs, ys = (0.0, width / 2, width - 1.0), (0.0, height / 2, height - 1.0)
    frame = np.array([(x, y) for x in xs for y in ys if (x, y) != (width / 2, height / 2)])
    inside = ((to > 1) & (to < np.array([width - 2, height - 2]))).all(1)
    targets = np.vstack([to[inside], frame]).astype(np.float32)
    sources = np.vstack([come_from[inside], frame]).astype(np.float32)
    division = cv2.Subdiv2D((0, 0, width, height))
    index: dict[tuple[float, float], int] = {}
    for number, (x, y) in enumerate(targets):
        key = (float(x), float(y))
        if key not in index:
            index[key] = number
            division.insert(key)
    labels = np.zeros((height, width), np.int32)
    moves = [np.zeros((2, 3))]
    for corners in np.asarray(division.getTriangleList()).reshape(-1, 3, 2):
        found = [index.get((float(x), float(y))) for x, y in corners]
        if any(item is None for item in found):
            continue
        numbers = [item for item in found if item is not None]
        triangle, origin = targets[numbers], sources[numbers]
        if abs(float(np.linalg.det(triangle[1:] - triangle[0]))) < 1e-3:
            continue
        moves.append(cv2.getAffineTransform(triangle, origin) - np.array([[1, 0, 0], [0, 1, 0]]))
        cv2.fillConvexPoly(labels, np.round(triangle).astype(np.int32), len(moves) - 1)
    table = np.array(moves, np.float32)
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    maps = []
    for row, own in ((0, x), (1, y)):
        by_x, by_y, by = (np.take(table[:, row, k], labels) for k in range(3))
        maps.append(cv2.GaussianBlur(by_x * x + by_y * y + by, (0, 0), 0.8) + own)
    return maps[0], maps[1]


def apply(picture: np.ndarray, maps: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The warped picture."""
    return cv2.remap(picture, maps[0], maps[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
