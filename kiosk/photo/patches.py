"""Parts of the face as numbers: upright patches, relative to the person's own skin, for the linear classifiers.

Shared by the measures that ask a classifier and by the training of its weights, so that both see the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from kiosk.photo.points import EYE_CORNERS, LIP_EDGES, LIP_PAIRS, LIPS, LIPS_INNER, MOUTH_LEFT, MOUTH_RIGHT
from kiosk.photo.sight import Sight


@dataclass(frozen=True)
class Window:
    """A part of the face: `wide` face widths across, from `top` to `bottom` eye-to-chin lengths below the eyes.

    `size`: width and height in px of the patch, multiples of 16. `cell`: px of the cells of colour and texture.
    `person`: whether the person's mask counts too, which tells hair and hats from the wall. `peaks`: whether the
    lightest spot of each cell counts too, and how much of it is white. `eye`: the window lies around each eye, in
    eye distances, and both are given, the picture's right one mirrored. `mouth`: no patch at all, but the numbers
    of `_mouth`: of thirty people to learn from, a patch learns the people.
    """

    name: str
    wide: float
    top: float
    bottom: float
    size: tuple[int, int]
    cell: int = 8
    person: bool = False
    peaks: bool = False
    eye: bool = False
    mouth: bool = False

    @cached_property
    def hog(self) -> cv2.HOGDescriptor:
        """Gradients in cells of 8 px, normalised over 16."""
        step = (16, 16) if min(self.size) >= 48 else (8, 8)
        return cv2.HOGDescriptor(self.size, (16, 16), step, (8, 8), 9)

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.size[0] // self.cell, self.size[1] // self.cell

    @property
    def length(self) -> int:
        """How many numbers `features` gives."""
        columns, rows = self.cells
        if self.mouth:
            return _MOUTH_NUMBERS
        return columns * rows * (7 + self.person + 2 * self.peaks) + int(self.hog.getDescriptorSize())


#: How many numbers `_mouth` gives.
_MOUTH_NUMBERS = 16

UPPER_HEAD = Window("upper_head", 1.75, -1.65, 0.45, (64, 64), person=True)
BROWS = Window("brows", 1.0, -0.62, 0.06, (64, 48))
EYES = Window("eyes", 1.15, -0.32, 0.34, (96, 48))
LENSES = Window("lenses", 1.1, -0.3, 0.36, (96, 48), peaks=True)
LOWER_FACE = Window("lower_face", 1.0, 0.05, 1.15, (48, 48), 6)
EYE = Window("eye", 0.62, -0.24, 0.24, (48, 32), eye=True)
MOUTH = Window("mouth", 0.0, 0.0, 0.0, (0, 0), mouth=True)


def features(sight: Sight, window: Window) -> list[np.ndarray] | None:
    """`window.length` numbers for each place: colour against the skin and its size, texture, edges.

    One place, or two for a window around the eyes. None where skin or the mask that the window needs is missing.
    """
    if sight.skin is None or (window.person and sight.mask is None):
        return None
    if window.mouth:
        return [_mouth(sight, sight.skin)]
    if not window.eye:
        return [_numbers(sight, window, sight.skin, _matrix(sight, window), False)]
    unit = sight.eye_distance
    centres = [sight.flat[list(corners)].mean(0) for corners in EYE_CORNERS]
    return [
        _numbers(sight, window, sight.skin, _placed(sight, window, centre, unit, unit), side == 1)
        for side, centre in enumerate(centres)
    ]


def _matrix(sight: Sight, window: Window) -> np.ndarray:
    return _placed(sight, window, sight.middle, sight.face_width, sight.eye_to_chin)


def _placed(sight: Sight, window: Window, centre: np.ndarray, across: float, along: float) -> np.ndarray:
    """2 × 3, from px of the patch to px of the working copy."""
    width, height = window.size
    u = sight.u * window.wide * across / width
    v = sight.v * (window.bottom - window.top) * along / height
    origin = centre - u * width / 2 + sight.v * window.top * along
    return np.column_stack([u, v, origin]).astype(np.float32)


def _numbers(sight: Sight, window: Window, skin: np.ndarray, matrix: np.ndarray, mirrored: bool) -> np.ndarray:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    source = sight.analysis.working
    step = float(np.linalg.norm(matrix[:, 0]))
    if step > 1.2:
        source, matrix = _shrunk(source, matrix, step, window.size)
    patch = cv2.warpAffine(source, matrix, window.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    person = None
    if window.person and sight.mask is not None:
        person = cv2.warpAffine(sight.mask, _matrix(sight, window), window.size, flags=flags)
    if mirrored:
        patch = np.ascontiguousarray(patch[:, ::-1])
    lab = Sight.to_float(cv2.cvtColor(patch, cv2.COLOR_BGR2LAB))
    relative = (lab - skin) * np.array([0.02, 0.05, 0.05], np.float32)
    light = lab[..., 0]
    local = np.sqrt(np.maximum(0, cv2.blur(light * light, (7, 7)) - cv2.blur(light, (7, 7)) ** 2)) * 0.1
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    if person is not None:
        relative, local = relative * person[..., None], local * person
        grey = np.clip(grey * person + 128 * (1 - person), 0, 255).astype(np.uint8)
    colour = cv2.resize(relative, window.cells, interpolation=cv2.INTER_AREA).ravel()
    texture = cv2.resize(local, window.cells, interpolation=cv2.INTER_AREA).ravel()
    parts = [colour, np.abs(colour), texture, np.asarray(window.hog.compute(grey)).ravel()]
    if person is not None:
        parts.append(cv2.resize(person, window.cells, interpolation=cv2.INTER_AREA).ravel())
    if window.peaks:
        parts += _peaks(lab, float(skin[0]), window)
    return np.concatenate(parts).astype(np.float32)


def _mouth(sight: Sight, skin: np.ndarray) -> np.ndarray:
    """Gaps and heights of the lips, the mouth's width, and what is seen between the lips against skin and lips."""
    flat, t = sight.flat, sight.eye_to_chin
    gaps = [20 * np.linalg.norm(flat[a] - flat[b]) / t for a, b in LIP_PAIRS]
    heights = [5 * np.linalg.norm(flat[a] - flat[b]) / t for a, b in LIP_EDGES]
    width = np.linalg.norm(flat[MOUTH_LEFT] - flat[MOUTH_RIGHT]) / sight.eye_distance
    between, lips = Sight.to_float(sight.inside(LIPS_INNER)), Sight.to_float(sight.inside(LIPS))
    seen: np.ndarray = np.zeros(9)
    if len(between) >= 4 and len(lips) >= 4:
        own = np.median(lips, axis=0)
        low, middle, high = np.percentile(between[:, 0], (10, 50, 90))
        colour = np.median(between, axis=0)
        light = [low - own[0], middle - own[0], high - own[0], low - skin[0], middle - skin[0], high - skin[0]]
        seen = np.array([*light, *(2.5 * (colour - own)[1:]), 2.5 * np.hypot(*colour[1:])]) * 0.02
    return np.array([*gaps, *heights, width, *seen], np.float32)


def _peaks(lab: np.ndarray, skin: float, window: Window) -> list[np.ndarray]:
    """Of each cell its lightest spot against the skin, and the share that is white and lighter than skin."""
    columns, rows = window.cells
    light = lab[..., 0]
    white = (light > max(78.0, skin + 10)) & (np.hypot(lab[..., 1], lab[..., 2]) < 18)
    shape = (rows, window.cell, columns, window.cell)
    return [
        ((light.reshape(shape).max((1, 3)) - skin) * 0.02).ravel(),
        white.reshape(shape).mean((1, 3)).ravel(),
    ]


def _shrunk(
    source: np.ndarray, matrix: np.ndarray, step: float, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The part that the patch shows, smoothed before it is made smaller, and the matrix into that part."""
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [size[0], size[1], 1]], np.float32) @ matrix.T
    margin = 2 * step + 2
    height, width = source.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(0) - margin), 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0) + margin), [x0 + 1, y0 + 1], [width, height]).astype(int)
    moved = matrix.copy()
    moved[:, 2] -= (x0, y0)
    return cv2.GaussianBlur(source[y0:y1, x0:x1], (0, 0), 0.4 * step), moved
