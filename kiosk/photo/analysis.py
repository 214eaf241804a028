"""What the models saw in one picture: faces, points, eyes, mask, as plain arrays with the working copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiosk.photo.faces import Eye, Face

#: Width of the working copy in px: finer gains nothing and costs six frames a second.
WORKING_WIDTH = 640
#: Height of the working copy at most; only pictures narrower than 1:2 come to it.
WORKING_HEIGHT_MOST = 1280


@dataclass(frozen=True)
class Analysis:
    """Coordinates are px of `original`; `working` is the copy that the models and most measures look at.

    `scale`: px of the original to one of the copy. `points`: mesh 468 × 3 or None without a face. `mask`: person,
    256 × 256, 0..1, stretched over the picture, or None where it was not asked for. `behind`: faces that the
    second detector found, None where it did not run.
    """

    original: np.ndarray
    working: np.ndarray
    scale: float
    faces: tuple[Face, ...]
    mesh_score: float
    points: np.ndarray | None
    eyes: tuple[Eye, Eye] | None
    mask: np.ndarray | None
    behind: tuple[Face, ...] | None = None

    @property
    def width(self) -> int:
        """px."""
        return int(self.original.shape[1])

    @property
    def height(self) -> int:
        """px."""
        return int(self.original.shape[0])

    @property
    def face_box(self) -> tuple[float, float, float, float] | None:
        """x, y, w, h of the largest face in 0..1 of the picture."""
        if not self.faces:
            return None
        x0, y0, x1, y1 = (float(value) for value in self.faces[0].box)
        return x0 / self.width, y0 / self.height, (x1 - x0) / self.width, (y1 - y0) / self.height
