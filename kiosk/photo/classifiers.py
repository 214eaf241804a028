"""The small classifiers: what each one looks at, and its score for a face.

Each is a logistic regression over the numbers of one window (`kiosk.photo.patches`), trained by `kiosk photo
train` (`kiosk.photo.training`). Weights and card lie in `kiosk/photo/data/`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kiosk.photo import linear, patches
from kiosk.photo.patches import Window
from kiosk.photo.sight import Sight

DATA = Path(__file__).resolve().parent / "data"

#: Every classifier by its name, with the part of the face that it looks at.
WINDOWS: dict[str, Window] = {
    "eyes_closed": patches.EYE,
    "mouth_open": patches.MOUTH,
    "mask": patches.LOWER_FACE,
    "sunglasses": patches.EYES,
    "glare": patches.LENSES,
    "hair_brows": patches.BROWS,
    "head_cover": patches.UPPER_HEAD,
}


def weights(name: str, folder: Path = DATA) -> Path:
    """File of the weights; the card lies beside it, ending in .json."""
    return folder / f"{name}.npz"


def score(sight: Sight, name: str) -> float | None:
    """0 surely not, 1 surely; of both eyes the surer one. None where the window can't be seen."""
    window = WINDOWS[name]
    if window.name not in sight.windows:
        sight.windows[window.name] = patches.features(sight, window)
    found = sight.windows[window.name]
    return None if found is None else max(_classifier(name).score(numbers) for numbers in found)


@cache
def _classifier(name: str) -> linear.Linear:
    return linear.load(weights(name))
