"""Trains the weights of the measure `head_cover`: hats drawn on portraits in the virtual studio."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.domain.profiles import Profile
from kiosk.photo import linear
from kiosk.photo.engine import Engine
from kiosk.photo.measures.head_cover import WEIGHTS
from kiosk.photo.sight import Sight
from kiosk.photo.studio import hats, room, sitter
from kiosk.photo.studio.scene import Scene
from kiosk.photo.upper_head import features

_WIDTH, _HEIGHT = 640, 480
_COVERED, _BARE = 4, 2
#: Share of the people that are held out, chosen by the hash of the name, so that they stay the same.
_HELD_OUT = 0.3
#: Scores over this count as covered.
LIMIT = 0.5


@dataclass(frozen=True)
class Example:
    """Features of one scene; `kind` is the hat's, empty without one; `light` the skin's L*."""

    person: str
    kind: str
    light: float
    features: np.ndarray


def held_out(person: str) -> bool:
    """Whether the person is only tested on."""
    return hashlib.sha256(person.encode()).digest()[0] < 256 * _HELD_OUT


def examples(
    portraits: Sequence[Path], engine: Engine, profile: Profile, tell: Callable[[str], None]
) -> list[Example]:
    """Scenes of every portrait with and without hats; portraits without a usable face are left out."""
    found: list[Example] = []
    for path in portraits:
        try:
            person = sitter.load(path, engine)
        except sitter.NoSitter:
            continue
        rng = np.random.default_rng(int.from_bytes(hashlib.sha256(path.stem.encode()).digest()[:4], "big"))
        for number in range(_COVERED + _BARE):
            hat = hats.drawn(rng) if number < _COVERED else None
            shown = hats.worn(person, hat) if hat else person
            defects = {
                "too_far": float(rng.uniform(0, 0.3)),
                "head_tilted": float(rng.uniform(-0.25, 0.25)),
                "dark": float(rng.uniform(0, 0.35)),
            }
            picture = room.picture(shown, Scene(defects), _WIDTH, _HEIGHT, number)
            noise = rng.normal(0, rng.uniform(1, 4), picture.shape)
            analysis = engine.analyse(np.clip(picture + noise, 0, 255).astype(np.uint8))
            if analysis.points is None:
                continue
            sight = Sight(analysis, profile)
            numbers = features(sight)
            if numbers is not None and sight.skin is not None:
                kind = hat.kind if hat else ""
                found.append(Example(path.stem, kind, float(sight.skin[0]), numbers))
        tell(path.stem)
    return found


def train(found: Sequence[Example]) -> tuple[linear.Linear, dict[str, Any]]:
    """The classifier fitted on the people of the training side, and the figures on the others."""
    taught = [item for item in found if not held_out(item.person)]
    tested = [item for item in found if held_out(item.person)]
    model = linear.fit(
        np.array([item.features for item in taught]), np.array([float(item.kind != "") for item in taught])
    )
    return model, figures(model, tested) | {"trained_on_people": len({item.person for item in taught})}


def write(found: Sequence[Example], folder: Path | None) -> dict[str, Any]:
    """Train and write weights and card into `folder` (default: where the measure reads them). Returns the card."""
    model, told = train(found)
    card = {
        "what": "head_cover: linear classifier of the upper head, see docs/photo-quality.md",
        "data": "portraits with hats drawn by kiosk.photo.studio.hats; people split by a hash of their name",
        "limit": LIMIT,
        "weights": len(model.weights) + 1,
        **told,
        "limits": "synthetic hats only; no real hats, scarves, wigs or buns; a black cap on black hair is hard",
    }
    weights = (folder or WEIGHTS.parent) / WEIGHTS.name
    weights.parent.mkdir(parents=True, exist_ok=True)
    model.save(weights)
    weights.with_suffix(".json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return card


def figures(model: linear.Linear, tested: Sequence[Example]) -> dict[str, Any]:
    """Share of hats found by kind and of bare heads flagged, by quartile of the skin's lightness."""
    flagged = [(item, model.score(item.features) > LIMIT) for item in tested]

    def share(pairs: list[tuple[Example, bool]]) -> dict[str, Any]:
        hit = sum(over for _, over in pairs)
        return {"of": len(pairs), "flagged": hit, "share": round(hit / len(pairs), 3) if pairs else None}

    bare = [pair for pair in flagged if not pair[0].kind]
    edges = np.percentile([item.light for item in tested], (25, 50, 75))
    return {
        "held_out_people": len({item.person for item in tested}),
        "found": {kind: share([pair for pair in flagged if pair[0].kind == kind]) for kind in hats.KINDS},
        "bare_flagged": share(bare),
        "bare_flagged_by_skin_quartile_dark_to_light": [
            share([pair for pair in bare if int(np.searchsorted(edges, pair[0].light)) == quarter])
            for quarter in range(4)
        ],
    }
