"""Picks the best frame of a burst: eyes as open as this person has them, lips closed, straight, sharp."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kiosk.domain.profiles import Profile
from kiosk.photo.engine import Engine
from kiosk.photo.measures import measures
from kiosk.photo.sight import Sight

#: Below this share of the person's own best, the eyes are closing.
_OWN_BEST = 0.75


def best(frames: Sequence[np.ndarray], engine: Engine, profile: Profile) -> int:
    """Index of the best of `frames` (BGR, all later than the trigger). The first one where no frame has a face.

    Raises `ValueError` for no frames.
    """
    if not frames:
        raise ValueError("a burst has at least one frame")
    seen: list[tuple[int, dict[str, float]]] = []
    for index, frame in enumerate(frames):
        analysis = engine.analyse(frame, mask=False)
        if analysis.points is not None:
            seen.append((index, _values(Sight(analysis, profile))))
    if not seen:
        return 0
    own_eyes = max(values["eyes_open"] for _, values in seen) or 1.0
    own_sharp = max(values["sharpness"] for _, values in seen) or 1.0

    def cost(values: dict[str, float]) -> float:
        eyes = values["eyes_open"] / own_eyes
        return (
            (10.0 if eyes < _OWN_BEST else 0.0)
            + 2.0 * (1 - eyes)
            + 8.0 * values["mouth_closed"]
            + 0.03 * (abs(values["yaw"]) + abs(values["pitch"]) + 2 * abs(values["roll"]))
            + 1.0 * (1 - values["sharpness"] / own_sharp)
        )

    return min(seen, key=lambda item: (cost(item[1]), item[0]))[0]


def _values(sight: Sight) -> dict[str, float]:
    wanted = ("eyes_open", "mouth_closed", "yaw", "pitch", "roll", "sharpness")
    return {code: measures()[code].function(sight) or 0.0 for code in wanted}
