"""Scenes to learn from: each person in the virtual studio with and without what must be told apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from kiosk.domain.profiles import Profile
from kiosk.photo import patches
from kiosk.photo.classifiers import WINDOWS
from kiosk.photo.engine import Engine
from kiosk.photo.sight import Sight
from kiosk.photo.studio import room, sitter
from kiosk.photo.studio.scene import Scene
from kiosk.photo.studio.sitter import Sitter
from kiosk.photo.training import wear
from kiosk.photo.training.people import Who, who

_WIDTH, _HEIGHT = 640, 480
#: Share of the scenes that teach or choose limits in which the person has dark skin: few of the portraits have it.
#: Those that only test show everybody as they are.
_DARKENED = 0.3

Edit = Callable[[Sitter, np.random.Generator], Sitter]


@dataclass(frozen=True)
class Kind:
    """Something to show, how often, and what the classifiers shall say of it.

    `shows`: names of the classifiers that must say yes. `silent`: those that learn nothing from it, since it is
    neither right nor wrong for them. All others must say no. `own_mouth`: the mouth as it is in the portrait,
    else with closed lips.
    """

    edit: Edit | None
    count: int
    shows: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    own_mouth: bool = False

    def label(self, classifier: str) -> bool | None:
        """What that classifier must say; None where the scene teaches it nothing."""
        if classifier in self.silent:
            return None
        return classifier in self.shows


def _kind(edit: Edit | None, count: int, shows: str = "", silent: str = "") -> Kind:
    return Kind(edit, count, frozenset(shows.split()), frozenset(silent.split()))


KINDS: dict[str, Kind] = {
    "bare": _kind(None, 10),
    "own_mouth": Kind(None, 6, own_mouth=True),
    "mouth_open": _kind(wear.mouth_open, 8, "mouth_open"),
    "eyes_closed": _kind(wear.eyes_closed, 5, "eyes_closed"),
    "mask": _kind(wear.mask, 7, "mask", "head_cover mouth_open"),
    "hand": _kind(wear.hand, 2, "mask", "eyes_closed mouth_open"),
    "clear_glasses": _kind(wear.clear_glasses, 7),
    "tinted_glasses": _kind(wear.tinted_glasses, 7, "sunglasses", "eyes_closed hair_brows glare"),
    "glare": _kind(wear.glare, 8, "glare", "eyes_closed sunglasses"),
    "fringe": _kind(wear.fringe, 6, "hair_brows", "eyes_closed head_cover sunglasses glare"),
    "short_fringe": _kind(wear.short_fringe, 3, "", "head_cover"),
    "big_hair": _kind(wear.big_hair, 8, "", "hair_brows"),
    "hat": _kind(wear.hat, 6, "head_cover", "hair_brows mask"),
    "headphones": _kind(wear.headphones, 3, "head_cover"),
}


@dataclass(frozen=True)
class Example:
    """What the classifiers saw of one scene. `light`: the skin's L*; `numbers` by window, one row a place."""

    person: Who
    kind: str
    light: float
    numbers: dict[str, np.ndarray]

    def label(self, classifier: str) -> bool | None:
        """What that classifier must say; None where the scene teaches it nothing."""
        if classifier == "hair_brows" and self.person.fringe:
            return None
        if classifier == "head_cover" and self.person.unfit in ("hat", "headscarf"):
            return None
        if classifier == "mouth_open" and KINDS[self.kind].own_mouth:
            return None if self.person.mouth == "unsure" else self.person.mouth == "open"
        return KINDS[self.kind].label(classifier)


def examples(
    portraits: Sequence[Path], models: Path, profile: Profile, tell: Callable[[str], None], jobs: int | None = None
) -> list[Example]:
    """Scenes of every portrait, in the order of the portraits; those without a usable face are left out.

    `jobs`: processes, None as many as there are cores. `tell` is called with each portrait's name. The same
    portraits give the same numbers, whatever `jobs` is. Raises `ModelsMissing`.
    """
    found: list[Example] = []
    count = min(jobs or os.cpu_count() or 1, len(portraits))
    with ProcessPoolExecutor(count, get_context("spawn")) as pool:
        tasks = [pool.submit(_of_one, path, models, profile) for path in portraits]
        for path, task in zip(portraits, tasks, strict=True):
            found += task.result()
            tell(path.stem)
    return found


def _of_one(path: Path, models: Path, profile: Profile) -> list[Example]:
    cv2.setNumThreads(1)
    return list(of_person(path, Engine(models), profile))


def of_person(path: Path, engine: Engine, profile: Profile) -> Iterator[Example]:
    """The scenes of one portrait; none where it shows no face."""
    person = who(path.stem)
    try:
        closed = sitter.load(path, engine, "shut" if person.mouth == "open" else "close")
        own = closed if person.mouth == "closed" else sitter.load(path, engine, "own")
    except sitter.NoSitter:
        return
    for kind, what in KINDS.items():
        for number in range(what.count):
            seed = hashlib.sha256(f"{path.stem} {kind} {number}".encode()).digest()[:8]
            rng = np.random.default_rng(int.from_bytes(seed, "big"))
            shown = own if what.own_mouth else closed
            if person.side != "test" and rng.random() < _DARKENED:
                shown = wear.dark_skin(shown, rng)
            shown = what.edit(shown, rng) if what.edit else shown
            analysis = engine.analyse(_photographed(shown, rng, number))
            if analysis.points is None:
                continue
            sight = Sight(analysis, profile)
            seen = {window.name: patches.features(sight, window) for window in set(WINDOWS.values())}
            if sight.skin is None or any(numbers is None for numbers in seen.values()):
                continue
            numbers = {name: np.array(rows, np.float16) for name, rows in seen.items()}
            yield Example(person, kind, float(sight.skin[0]), numbers)


def _photographed(shown: Sitter, rng: np.random.Generator, seed: int) -> np.ndarray:
    """The person in the studio under any tolerable light, seen by any tolerable camera; half of them mirrored."""
    defects = {
        "too_far": float(rng.uniform(0, 0.35)),
        "head_tilted": float(rng.uniform(-0.4, 0.4)),
        "head_turned": float(rng.uniform(-0.25, 0.25)) * (rng.random() < 0.4),
        "dark": float(rng.uniform(0, 0.35)),
        "bright": float(rng.uniform(0, 0.12)),
        "side_light": float(rng.uniform(-0.3, 0.3)) * (rng.random() < 0.4),
        "colour_cast": float(rng.uniform(0, 0.4)),
        "blurred": float(rng.uniform(0, 0.35)) * (rng.random() < 0.5),
    }
    picture = room.picture(shown, Scene(defects), _WIDTH, _HEIGHT, seed)
    noisy = picture + rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(1, 5))
    out = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:  # pictures of other cameras come compressed
        done, file = cv2.imencode(".jpg", out, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 96))))
        back = cv2.imdecode(file, cv2.IMREAD_COLOR) if done else None
        out = out if back is None else np.asarray(back, np.uint8)
    return np.ascontiguousarray(out[:, ::-1]) if rng.random() < 0.5 else out
