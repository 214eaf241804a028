"""Finds faces, the 468 points of the mesh, the eyes and the person's mask, with the models of `models.py`.

Pictures are BGR uint8; points are float px of the picture that was given, x to the right, y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kiosk.photo import models
from kiosk.photo.models import Net

_SCORE = 0.5
#: Faces behind are small or half hidden and score less; where nobody is, the detector stays under 0.1.
_SCORE_BEHIND = 0.3
_OVERLAP = 0.3


@dataclass(frozen=True)
class Face:
    """A found face: score 0..1, box x0, y0, x1, y1 and six key points (eyes first) in px."""

    score: float
    box: np.ndarray
    points: np.ndarray

    @property
    def area(self) -> float:
        """px²."""
        return float(np.prod(self.box[2:] - self.box[:2]))

    def scaled(self, scale: float) -> Face:
        """The same face in a picture `scale` times as large."""
        return Face(self.score, self.box * scale, self.points * scale)


def _sigmoid(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(value, -80, 80)))


def _grid(side: int, layers: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Anchor centres 0..1 of a detector with (stride, anchors a cell) layers."""
    found = []
    for stride, count in layers:
        cells = side // stride
        y, x = np.mgrid[:cells, :cells]
        centres = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        found.append(np.repeat(centres, count, axis=0))
    return np.concatenate(found).astype(np.float32)


class Detector:
    """One of the two face detectors; `full_range` also finds small faces behind the person."""

    def __init__(self, net: Net, full_range: bool) -> None:
        self._net = net
        self._side = 192 if full_range else 128
        self._least = _SCORE_BEHIND if full_range else _SCORE
        self._anchors = _grid(self._side, ((4, 1),) if full_range else ((8, 2), (16, 6)))
        self._boxes, self._scores = ("Identity", "Identity_1") if full_range else ("regressors", "classificators")

    def __call__(self, bgr: np.ndarray) -> list[Face]:
        """Faces with a score over 0.5 (full range: 0.3), the largest first; overlapping boxes are averaged."""
        side = self._side
        height, width = bgr.shape[:2]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (side - size[0]) // 2, (side - size[1]) // 2
        canvas = np.zeros((side, side, 3), np.uint8)
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        out = self._net(canvas[..., ::-1].astype(np.float32) / 127.5 - 1)
        scores = _sigmoid(out[self._scores].reshape(-1))
        keep = np.flatnonzero(scores > self._least)
        if not len(keep):
            return []
        raw = out[self._boxes].reshape(-1, 16)[keep] / side
        centre, size_ = raw[:, :2] + self._anchors[keep], raw[:, 2:4]
        points = raw[:, 4:].reshape(-1, 6, 2) + self._anchors[keep][:, None]
        boxes = np.concatenate([centre - size_ / 2, centre + size_ / 2], axis=1)

        def to_px(unit: np.ndarray) -> np.ndarray:
            return (unit * side - np.array([left, top])) / scale

        faces = []
        for score, box, point in _merge(scores[keep], boxes, points):
            faces.append(Face(score, np.concatenate([to_px(box[:2]), to_px(box[2:])]), to_px(point)))
        return sorted(faces, key=lambda face: -face.area)


def _merge(
    scores: np.ndarray, boxes: np.ndarray, points: np.ndarray
) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Weighted non-maximum suppression."""
    merged = []
    order = np.argsort(-scores)
    while len(order):
        first = order[0]
        low = np.maximum(boxes[first, :2], boxes[order, :2])
        high = np.minimum(boxes[first, 2:], boxes[order, 2:])
        inner = np.clip(high - low, 0, None).prod(1)
        areas = (boxes[order, 2:] - boxes[order, :2]).prod(1)
        same = inner / (areas[0] + areas - inner + 1e-9) > _OVERLAP
        group = order[same]
        weight = scores[group] / scores[group].sum()
        merged.append(
            (
                float(scores[first]),
                (boxes[group] * weight[:, None]).sum(0),
                (points[group] * weight[:, None, None]).sum(0),
            )
        )
        order = order[~same]
    return merged


@dataclass(frozen=True)
class _Square:
    """A turned square of the picture: centre, side, direction of its x axis."""

    centre: np.ndarray
    side: float
    u: np.ndarray

    @property
    def v(self) -> np.ndarray:
        return np.array([-self.u[1], self.u[0]])

    def cut(self, bgr: np.ndarray, size: int) -> np.ndarray:
        half_u, half_v = self.u * self.side / 2, self.v * self.side / 2
        source = np.array(
            [self.centre - half_u - half_v, self.centre + half_u - half_v, self.centre - half_u + half_v],
            np.float32,
        )
        to = np.array([[0, 0], [size, 0], [0, size]], np.float32)
        matrix = cv2.getAffineTransform(source, to)
        return cv2.warpAffine(bgr, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def back(self, unit: np.ndarray) -> np.ndarray:
        """Points 0..1 of the square in px of the picture."""
        return self.centre + (unit[:, :1] - 0.5) * self.side * self.u + (unit[:, 1:2] - 0.5) * self.side * self.v


class Mesh:
    """468 points of one face; z is in px too, towards the camera negative."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def __call__(self, bgr: np.ndarray, face: Face) -> tuple[float, np.ndarray]:
        """Score 0..1 that this is a face, and the points, 468 × 3."""
        box = face.box
        across = face.points[1] - face.points[0]
        square = _Square((box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max()) * 1.5, _unit(across))
        out = self._net(square.cut(bgr, 192)[..., ::-1].astype(np.float32) / 255)
        raw = out["conv2d_21"].reshape(468, 3)
        score = float(_sigmoid(out["conv2d_31"].reshape(-1))[0])
        return score, np.concatenate([square.back(raw[:, :2] / 192), raw[:, 2:] * square.side / 192], axis=1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / (float(np.linalg.norm(vector)) or 1.0)


@dataclass(frozen=True)
class Eye:
    """One eye: contour of 71 points (first 16 the lids), iris of 5 points (centre first), px."""

    contour: np.ndarray
    iris: np.ndarray

    def scaled(self, scale: float) -> Eye:
        """The same eye in a picture `scale` times as large."""
        return Eye(self.contour * scale, self.iris * scale)


class Eyes:
    """Contour and iris of both eyes, the one on the picture's left first."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def __call__(self, bgr: np.ndarray, points: np.ndarray) -> tuple[Eye, Eye]:
        """`points`: the mesh."""
        return self._one(bgr, points[33, :2], points[133, :2], False), self._one(
            bgr, points[362, :2], points[263, :2], True
        )

    def _one(self, bgr: np.ndarray, start: np.ndarray, end: np.ndarray, flip: bool) -> Eye:
        across = end - start
        square = _Square(
            (start + end) / 2, 2.3 * max(float(np.abs(across).max()), float(np.linalg.norm(across))), _unit(across)
        )
        patch = square.cut(bgr, 64)
        out = self._net((patch[:, ::-1] if flip else patch)[..., ::-1].astype(np.float32) / 255)

        def place(raw: np.ndarray) -> np.ndarray:
            unit = raw[:, :2] / 64
            if flip:
                unit = np.stack([1 - unit[:, 0], unit[:, 1]], axis=1)
            return square.back(unit)

        return Eye(
            place(out["output_eyes_contours_and_brows"].reshape(71, 3)), place(out["output_iris"].reshape(5, 3))
        )


class Person:
    """Mask of the person."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def __call__(self, bgr: np.ndarray) -> np.ndarray:
        """256 × 256, 0..1, stretched over the whole picture."""
        small = cv2.resize(bgr, (256, 256), interpolation=cv2.INTER_AREA)
        return self._net(small[..., ::-1].astype(np.float32) / 255)["activation_10"].reshape(256, 256)


class Models:
    """The five models of a folder, each loaded when it is first needed. For one thread."""

    def __init__(self, folder: Path, threads: int = 1, litert: bool | None = None) -> None:
        self._folder, self._threads, self._litert = folder, threads, litert
        self._loaded: dict[str, Net] = {}

    def net(self, name: str) -> Net:
        """The model of that file. Raises `ModelsMissing`."""
        if name not in self._loaded:
            self._loaded[name] = models.load(self._folder / name, self._threads, self._litert)
        return self._loaded[name]

    def near(self) -> Detector:
        """Detector of the person in front of the camera."""
        return Detector(self.net(models.SHORT_RANGE), full_range=False)

    def far(self) -> Detector | None:
        """Detector that also finds people behind; None on OpenCV, which can't run this sparse model."""
        if not (models.has_litert() if self._litert is None else self._litert):
            return None
        return Detector(self.net(models.FULL_RANGE), full_range=True)

    def mesh(self) -> Mesh:
        """Points of a face."""
        return Mesh(self.net(models.MESH))

    def eyes(self) -> Eyes:
        """Eyes of a face."""
        return Eyes(self.net(models.IRIS))

    def person(self) -> Person:
        """Mask of the person."""
        return Person(self.net(models.PERSON))
