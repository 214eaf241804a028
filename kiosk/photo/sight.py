"""What a measure looks at: the working copy with the face's own axes, skin samples, the wall and the crop.

Everything is computed once, when a measure first asks. Lengths are px of the working copy; `T` of the reference
(eye line to chin) is `eye_to_chin`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from kiosk.domain.calibration import Calibration
from kiosk.domain.profiles import Profile
from kiosk.photo import head, points
from kiosk.photo.analysis import Analysis
from kiosk.photo.crop import Crop, Marks, placed, plan

#: Below this share of the crop the wall is too little to be judged.
_WALL_LEAST = 0.03
_WALL_MASK = 0.1
#: Chroma from which a wall has a hue.
_HUE_LEAST = 20.0


def to_lab(bgr: np.ndarray) -> np.ndarray:
    """uint8 BGR → float32 CIELAB (L* 0..100)."""
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB).astype(np.float32)
    lab[..., 0] *= 100 / 255
    lab[..., 1:] -= 128
    return lab


def difference(first: np.ndarray, second: np.ndarray, lightness: float = 0.5) -> float:
    """Colour difference with lightness weighted down, since it changes with the light more than with the thing."""
    return float(np.linalg.norm((first - second) * np.array([lightness, 1, 1])))


def _shaded(lab: np.ndarray, wall: np.ndarray, free: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Where the mask takes the wall's own shadow beside the head for the person: the wall's hue, but darker.

    Only where the wall has a hue, and only places as wide as `block`: the hair's edge has the wall's hue, too.
    """
    chroma = float(np.hypot(wall[1], wall[2]))
    if chroma < _HUE_LEAST:
        return np.zeros(free.shape, bool)
    along = (lab[..., 1] * wall[1] + lab[..., 2] * wall[2]) / chroma
    across = np.abs(lab[..., 1] * wall[2] - lab[..., 2] * wall[1]) / chroma
    alike = (free == 0) & (along > 0.4 * chroma) & (across < 0.25 * along) & (lab[..., 0] < wall[0])
    return cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, block) > 0


class Sight:
    """One face under one profile. Built only for an analysis that has a face.

    `crop`: given where the picture is already the deliverable, else planned. `calibration`: the empty wall as the
    camera of this picture sees it, None where it is not known.
    """

    def __init__(
        self,
        analysis: Analysis,
        profile: Profile,
        crop: Crop | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        if analysis.points is None or analysis.eyes is None:
            raise ValueError("a sight needs a face")
        self.analysis = analysis
        self.profile = profile
        self._crop = crop
        #: A deliverable no longer shows where the camera saw what.
        self.calibration = calibration if crop is None else None
        #: Numbers of the classifiers' windows that were already taken (`kiosk.photo.classifiers`).
        self.windows: dict[str, list[np.ndarray] | None] = {}
        self.points = analysis.points / analysis.scale
        self.flat = self.points[:, :2]
        self.eyes = [eye.iris.mean(0) / analysis.scale for eye in analysis.eyes]
        #: Centre of each iris and four places on its edge, 5 × 2.
        self.irises = [eye.iris / analysis.scale for eye in analysis.eyes]
        self.lids = [eye.contour[:16] / analysis.scale for eye in analysis.eyes]
        self.middle = (self.eyes[0] + self.eyes[1]) / 2
        across = self.eyes[1] - self.eyes[0]
        self.eye_distance = float(np.linalg.norm(across)) or 1.0
        self.u = across / self.eye_distance
        self.v = np.array([-self.u[1], self.u[0]])
        self.eye_to_chin = float(np.linalg.norm(self.flat[points.CHIN] - self.middle)) or 1.0
        self.face_width = (
            float(np.linalg.norm(self.flat[points.CHEEK_LEFT] - self.flat[points.CHEEK_RIGHT])) or 1.0
        )

    def forbids(self, switch: str) -> bool:
        """Whether the profile says no to something that notices settle differently; silence is no answer."""
        answer = self.profile.switches.get(switch)
        return answer is not None and answer.value is False

    # --- colour samples ---
    @cached_property
    def lab(self) -> np.ndarray:
        """CIELAB uint8 of the working copy; `to_float` brings a part to its units."""
        return cv2.cvtColor(self.analysis.working, cv2.COLOR_BGR2LAB)

    @staticmethod
    def to_float(lab: np.ndarray) -> np.ndarray:
        """uint8 CIELAB → float32 in its units."""
        out = lab.astype(np.float32)
        out[..., 0] *= 100 / 255
        out[..., 1:] -= 128
        return out

    def inside(self, indices: Sequence[int], picture: np.ndarray | None = None) -> np.ndarray:
        """Pixels (n × channels) of `picture` (default `lab`) inside the hull of mesh points."""
        source = self.lab if picture is None else picture
        height, width = source.shape[:2]
        outline = np.round(self.flat[list(indices)]).astype(np.int32)
        x0, y0 = np.maximum(outline.min(0), 0)
        x1, y1 = np.minimum(outline.max(0) + 1, [width, height])
        if x1 <= x0 or y1 <= y0:
            return source[:0, :0].reshape(0, *source.shape[2:])
        cover = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillConvexPoly(cover, cv2.convexHull(outline - [x0, y0]), 1)
        return source[y0:y1, x0:x1][cover > 0]

    def colour(self, *groups: Sequence[int]) -> np.ndarray | None:
        """Median CIELAB inside the hulls of the groups, None where they lie outside the picture."""
        found = np.concatenate([self.inside(group) for group in groups])
        return None if len(found) < 4 else self.to_float(np.median(found, axis=0)[None])[0]

    @cached_property
    def skin(self) -> np.ndarray | None:
        """Median CIELAB below the eyes: the person's own reference."""
        return self.colour(*points.UNDER_EYES)

    @cached_property
    def face_pixels(self) -> np.ndarray:
        """Grey 0..255 of the pixels inside the mesh's hull."""
        return self.inside(range(468), self.grey)

    @cached_property
    def grey(self) -> np.ndarray:
        """Working copy in grey."""
        return cv2.cvtColor(self.analysis.working, cv2.COLOR_BGR2GRAY)

    @cached_property
    def face_at_60(self) -> np.ndarray:
        """Grey face cut from the original, brought to an eye distance of 60 px, never enlarged; smoothed once."""
        analysis = self.analysis
        flat = analysis.points[:, :2] if analysis.points is not None else np.zeros((1, 2))
        limits = [analysis.width, analysis.height]
        x0, y0 = np.clip(np.floor(flat.min(0)), 0, limits).astype(int)
        x1, y1 = np.clip(np.ceil(flat.max(0)), 0, limits).astype(int)
        patch = analysis.original[y0:y1, x0:x1]
        if patch.size == 0:
            return np.zeros((3, 3), np.float32)
        factor = 60 / (self.eye_distance * analysis.scale)
        if factor < 1:
            size = (max(3, round(patch.shape[1] * factor)), max(3, round(patch.shape[0] * factor)))
            patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY), (3, 3), 0)

    # --- person and wall ---
    @cached_property
    def mask(self) -> np.ndarray | None:
        """Person 0..1 at the size of the working copy."""
        if self.analysis.mask is None:
            return None
        height, width = self.analysis.working.shape[:2]
        return cv2.resize(self.analysis.mask, (width, height), interpolation=cv2.INTER_LINEAR)

    @cached_property
    def wall(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Half-size CIELAB of the crop's upper part and where it shows the wall; None without enough wall."""
        if self.mask is None:
            return None
        x0, y0, x1, y1 = self.crop_box
        y1 = min(y1, int(self.middle[1] + 0.8 * self.eye_to_chin))
        if x1 - x0 < 16 or y1 - y0 < 16:
            return None
        size = ((x1 - x0) // 2, (y1 - y0) // 2)
        lab = self.to_float(cv2.resize(self.lab[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA))
        free = (cv2.resize(self.mask[y0:y1, x0:x1], size) < _WALL_MASK).astype(np.uint8)
        side = max(3, int(0.06 * self.eye_to_chin))
        block = np.ones((side, side), np.uint8)
        where = cv2.erode(free, block) > 0
        if where.mean() < _WALL_LEAST:
            return None
        return lab, where | _shaded(lab, np.median(lab[where], axis=0), free, block)

    @cached_property
    def wall_colour(self) -> np.ndarray | None:
        """Median CIELAB of the wall."""
        if self.wall is None:
            return None
        lab, where = self.wall
        return np.median(lab[where], axis=0)

    @cached_property
    def wall_change(self) -> np.ndarray | None:
        """CIELAB of the wall's pixels less the calibrated empty wall's at the same places, n × 3.

        None without a calibration or without enough wall.
        """
        if self.calibration is None or self.wall is None:
            return None
        lab, where = self.wall
        height, width = self.grey.shape
        empty = cv2.resize(np.array(self.calibration.cells, np.float32), (width, height))
        x0, y0, x1, _ = self.crop_box
        rows, columns = where.shape
        then = cv2.resize(empty[y0 : y0 + 2 * rows, x0:x1], (columns, rows), interpolation=cv2.INTER_AREA)
        return (lab - then)[where]

    @cached_property
    def torso(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Half-size CIELAB below the chin and where it shows clothing (person, not skin)."""
        if self.mask is None or self.skin is None:
            return None
        height, width = self.grey.shape
        x0, x1 = (int(np.clip(self.middle[0] + k * self.face_width, 0, width)) for k in (-1.1, 1.1))
        y0, y1 = (int(np.clip(self.middle[1] + k * self.eye_to_chin, 0, height)) for k in (1.25, 2.4))
        if x1 - x0 < 16 or y1 - y0 < 16:
            return None
        size = ((x1 - x0) // 2, (y1 - y0) // 2)
        lab = self.to_float(cv2.resize(self.lab[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA))
        person = cv2.resize(self.mask[y0:y1, x0:x1], size) > 0.6
        bare = np.linalg.norm((lab - self.skin) * np.array([0.3, 1, 1]), axis=2) < 10
        where = person & ~bare
        return (lab, where) if where.sum() * 4 > 0.05 * self.eye_to_chin**2 else None

    # --- geometry of the deliverable ---
    @cached_property
    def crown_y(self) -> float:
        """Top of the hair in px of the working copy, along the picture's axis."""
        return head.crown(self.lab, self.mask, self.middle, self.face_width, self.eye_to_chin)

    @cached_property
    def marks(self) -> Marks:
        """Places of the head in px of the original."""
        scale = self.analysis.scale
        cheeks = self.flat[[points.CHEEK_LEFT, points.CHEEK_RIGHT]]
        return Marks(
            crown_y=self.crown_y * scale,
            eyes_y=float(self.middle[1]) * scale,
            chin_y=float(self.flat[points.CHIN][1]) * scale,
            eyes_x=float(self.middle[0]) * scale,
            center_x=float(cheeks[:, 0].mean() + self.middle[0]) / 2 * scale,
            face_width=self.face_width * scale,
            eye_distance=self.eye_distance * scale,
        )

    @cached_property
    def crop(self) -> Crop:
        """Where the deliverable is cut from the original."""
        if self._crop is not None:
            return self._crop
        return plan(self.profile, self.marks, self.analysis.width, self.analysis.height)

    @cached_property
    def placed(self) -> dict[str, float]:
        """Where the crop puts crown, eyes, chin and cheeks: each value that a profile may band, px."""
        return placed(self.profile, self.marks, self.crop)

    @property
    def crop_box(self) -> tuple[int, int, int, int]:
        """The crop in the working copy, cut to it: x0, y0, x1, y1."""
        scale = self.analysis.scale
        height, width = self.grey.shape
        crop = self.crop
        x0, x1 = (int(np.clip(value / scale, 0, width)) for value in (crop.x, crop.x + crop.w))
        y0, y1 = (int(np.clip(value / scale, 0, height)) for value in (crop.y, crop.y + crop.h))
        return x0, y0, x1, y1
