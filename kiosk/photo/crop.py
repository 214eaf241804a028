"""Where a deliverable is cut: the crop that brings the head nearest to the profile's aim inside its bands.

A crop is whole px of the picture, never turned. Every banded value is linear in scale and offset, so the best crop
is found by trying scales and solving the offset.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from kiosk.domain.profiles import Profile

_TRIED = 241
#: Weight of leaving a band or the frame against missing the aim.
_HARD = 400.0


@dataclass(frozen=True)
class Marks:
    """Places of the head in px of the picture, along its axes. Distances are upright ones."""

    crown_y: float
    eyes_y: float
    chin_y: float
    eyes_x: float
    center_x: float
    face_width: float
    eye_distance: float


@dataclass(frozen=True)
class Crop:
    """A rectangle of the picture in whole px."""

    x: int
    y: int
    w: int
    h: int

    def to_json(self) -> dict[str, int]:
        """`{"x", "y", "w", "h"}`."""
        return asdict(self)

    def overhang(self, width: int, height: int) -> float:
        """How far it leaves a picture of that size, in its own heights; 0 inside."""
        return max(0, -self.x, -self.y, self.x + self.w - width, self.y + self.h - height) / self.h


def _terms(marks: Marks) -> dict[str, tuple[float, int]]:
    """Banded value → (px of the picture, 1 where the vertical offset counts)."""
    return {
        "crown_y": (marks.crown_y, 1),
        "eyes_y": (marks.eyes_y, 1),
        "chin_y": (marks.chin_y, 1),
        "face_width": (marks.face_width, 0),
        "head_height": (marks.chin_y - marks.crown_y, 0),
        "eye_distance": (marks.eye_distance, 0),
    }


def placed(profile: Profile, marks: Marks, crop: Crop) -> dict[str, float]:
    """Each value that a profile may band, in px of the deliverable cut by `crop`."""
    scale = profile.height / crop.h
    values = {name: (px - crop.y * shifted) * scale for name, (px, shifted) in _terms(marks).items()}
    values["center_x"] = (marks.center_x - crop.x) * scale
    values["eyes_x"] = (marks.eyes_x - crop.x) * scale
    return values


def plan(profile: Profile, marks: Marks, width: int, height: int) -> Crop:
    """The best crop of a picture of that size. It may leave the picture where the bands demand it."""
    outline = profile.outline()
    upper = max(1.0, marks.eyes_y - marks.crown_y)
    natural = (outline["eyes_y"] - outline["crown_y"]) / upper
    scales = natural * np.geomspace(0.6, 1.7, _TRIED)
    cost = np.zeros_like(scales)
    pull = np.zeros_like(scales)
    weight = 0.0
    # an offset that lies between these keeps every band and the frame
    low, high = profile.height - scales * height, np.zeros_like(scales)
    shifted = []
    for name, (px, moves) in _terms(marks).items():
        band, aim = profile.bands.get(name), profile.aim_at(name)
        if band is None and name not in profile.aim:
            continue
        half = _half(profile, name)
        value = px * scales
        if moves:
            shifted.append((value, aim, half, name))
            if aim is not None:
                pull += (aim - value) / half**2
                weight += 1 / half**2
            if band is not None and band.low is not None:
                low = np.maximum(low, band.low - value)
            if band is not None and band.high is not None:
                high = np.minimum(high, band.high - value)
        else:
            if aim is not None:
                cost += ((value - aim) / half) ** 2
            cost += _HARD * _outside(band, value, half)
    offset = pull / weight if weight else outline["eyes_y"] - marks.eyes_y * scales
    offset = np.where(low <= high, np.clip(offset, low, high), np.clip(offset, high, low))
    cost += _HARD * (np.maximum(0, low - high) / profile.height * 10) ** 2
    for value, aim, half, name in shifted:
        if aim is not None:
            cost += ((value + offset - aim) / half) ** 2
        cost += _HARD * _outside(profile.bands.get(name), value + offset, half)
    cost += _HARD * (np.maximum(0, profile.width - scales * width) / profile.width * 10) ** 2
    left, missed = _left(profile, marks, scales, width)
    cost += missed
    best = int(np.argmin(cost))
    return _whole(profile, scales[best], left[best], -offset[best] / scales[best], width, height)


def _half(profile: Profile, name: str) -> float:
    band = profile.bands.get(name)
    if band is None or band.low is None or band.high is None:
        return 0.08 * profile.height
    return max(1.0, (band.high - band.low) / 2)


def _outside(band: object, value: np.ndarray, half: float) -> np.ndarray:
    low = getattr(band, "low", None)
    high = getattr(band, "high", None)
    out = np.zeros_like(value)
    if low is not None:
        out += np.maximum(0, low - value) / half
    if high is not None:
        out += np.maximum(0, value - high) / half
    return out**2


def _left(profile: Profile, marks: Marks, scales: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Left edge in px of the picture for each scale, and what missing the band costs."""
    name = "eyes_x" if "eyes_x" in profile.bands else "center_x"
    px = marks.eyes_x if name == "eyes_x" else marks.center_x
    aim = profile.aim_at(name) or profile.width / 2
    left = px - aim / scales
    room = width - profile.width / scales
    inside = np.where(room >= 0, np.clip(left, 0, np.maximum(room, 0)), room / 2)
    half = _half(profile, name) if name in profile.bands else 0.05 * profile.width
    shift = (left - inside) * scales
    return inside, _HARD * np.maximum(0, np.abs(shift) - half * 0.9) ** 2 / half**2 + (shift / half) ** 2


def _whole(profile: Profile, scale: float, left: float, top: float, width: int, height: int) -> Crop:
    h = round(profile.height / scale)
    w = round(h * profile.width / profile.height)
    x, y = round(left), round(top)
    # rounding alone must not push the crop over the edge
    x = min(max(x, 0), width - w) if -1 <= x <= width - w + 1 and w <= width else x
    y = min(max(y, 0), height - h) if -1 <= y <= height - h + 1 and h <= height else y
    return Crop(x, y, w, h)
