"""The upper head as numbers: a patch from the eyes to above the crown, upright, relative to the person's own skin.

Shared by the measure `head_cover` and the training of its weights, so that both see the same.
"""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.photo.sight import Sight

_SIDE, _CELLS = 48, 8
#: Width and height of the patch in face widths and eye-to-chin lengths; the eye line lies at row 51.
_WIDE, _HIGH, _EYE_ROW = 1.6, 1.55, 51
_HOG = cv2.HOGDescriptor((_SIDE, _SIDE), (16, 16), (16, 16), (16, 16), 9)
LENGTH = 3 * _CELLS**2 * 2 + _CELLS**2 * 2 + int(_HOG.getDescriptorSize())


def features(sight: Sight) -> np.ndarray | None:
    """`LENGTH` numbers: colour against the skin, its size, person, texture, edges. None without mask or skin."""
    if sight.mask is None or sight.skin is None:
        return None
    across, along = _WIDE * sight.face_width / _SIDE, _HIGH * sight.eye_to_chin / _SIDE
    u, v = sight.u * across, sight.v * along
    origin = sight.middle - u * _SIDE / 2 - v * _EYE_ROW
    matrix = np.column_stack([u, v, origin]).astype(np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (_SIDE, _SIDE)
    source = sight.analysis.working
    if across > 1.2:
        source = cv2.GaussianBlur(source, (0, 0), 0.4 * across)
    patch = cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    person = cv2.warpAffine(sight.mask, matrix, size, flags=flags)
    lab = Sight.to_float(cv2.cvtColor(patch, cv2.COLOR_BGR2LAB))
    relative = (lab - sight.skin) * np.array([0.02, 0.05, 0.05], np.float32) * person[..., None]
    colour = _cells(relative).ravel()
    light = lab[..., 0]
    local = np.sqrt(np.maximum(0, cv2.blur(light * light, (7, 7)) - cv2.blur(light, (7, 7)) ** 2))
    texture = _cells(local * person).ravel() * 0.1
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY) * person + 128 * (1 - person)
    edges = np.asarray(_HOG.compute(np.clip(grey, 0, 255).astype(np.uint8))).ravel()
    parts = [colour, np.abs(colour), _cells(person).ravel(), texture, edges]
    return np.concatenate(parts).astype(np.float32)


def _cells(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
