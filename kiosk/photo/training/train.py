"""Fits the small classifiers, chooses their limits on other people, and writes weights with their cards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.photo import linear
from kiosk.photo.classifiers import DATA, WINDOWS, weights
from kiosk.photo.training.people import Side
from kiosk.photo.training.scenes import KINDS, Example

#: Strength of the ridge: chosen on the people of the validation side among 30, 300 and 1500.
DECAY = 30.0
#: Of the validation people's scenes without the thing, the share that may be over the limit.
_FALSE_ALARMS = 0.005
#: What no synthetic example shows; stands on every card.
_LIMITS = (
    "learnt from edits drawn on portraits of US adults in one studio's light; no young people, no students from "
    "China, no real masks, sunglasses, closed eyes or fringes"
)


@dataclass(frozen=True)
class Scored:
    """One scene's score beside what it should be."""

    example: Example
    label: bool
    score: float


def train(found: Sequence[Example], name: str) -> tuple[linear.Linear, dict[str, Any]]:
    """The classifier fitted on the teaching people, and its card. Raises `ValueError` without such people."""
    window = WINDOWS[name].name
    taught = list(_labelled(found, name, "train"))
    if len({label for _, label in taught}) < 2:
        raise ValueError(f"{name}: the teaching people show only one side")
    rows = np.concatenate([item.numbers[window] for item, _ in taught]).astype(np.float64)
    labels = np.concatenate([np.full(len(item.numbers[window]), float(label)) for item, label in taught])
    model = linear.fit(rows, labels, DECAY).halved()
    limit = chosen_limit(scored(found, name, "validation", model))
    card = {
        "what": f"{name}: logistic regression over the window {window} of kiosk.photo.patches",
        "trained_by": "kiosk photo train",
        "data": "portraits edited in the virtual studio (kiosk.photo.training.wear); people.toml splits by person",
        "weights": len(model.weights) + 1,
        "ridge": DECAY,
        "people": {side: len({item.person for item in found if item.person.side == side}) for side in SIDES},
        "limit": limit,
        "limit_chosen_on": f"validation people: {_FALSE_ALARMS:.1%} false alarms, or the middle of the gap",
        "validation": _figures(scored(found, name, "validation", model), limit, name),
        "test": _figures(scored(found, name, "test", model), limit, name),
        "limits": _LIMITS,
    }
    return model, card


SIDES: tuple[Side, ...] = ("train", "validation", "test")


def _labelled(found: Sequence[Example], name: str, side: Side) -> Iterable[tuple[Example, bool]]:
    for item in found:
        label = item.label(name)
        if item.person.side == side and label is not None:
            yield item, label


def scored(found: Sequence[Example], name: str, side: Side, model: linear.Linear) -> list[Scored]:
    """The scenes of one side with their scores; of two places the surer one counts."""
    window = WINDOWS[name].name
    return [
        Scored(item, label, max(model.score(row.astype(np.float32)) for row in item.numbers[window]))
        for item, label in _labelled(found, name, side)
    ]


def chosen_limit(seen: Sequence[Scored]) -> float:
    """Half-way between what the scenes without the thing reach and what those with it do; never more alarms than
    `_FALSE_ALARMS` of them. 0.5 where a side is missing."""
    without = [item.score for item in seen if not item.label]
    shown = [item.score for item in seen if item.label]
    if not without or not shown:
        return 0.5
    top, low = float(np.quantile(without, 1 - _FALSE_ALARMS)), float(np.quantile(shown, 0.02))
    middle = (_logit(top) + _logit(low)) / 2
    return round(max(top, float(1 / (1 + np.exp(-middle)))) if low > top else top, 2)


def _logit(score: float) -> float:
    clipped = float(np.clip(score, 1e-4, 1 - 1e-4))
    return float(np.log(clipped / (1 - clipped)))


def _figures(seen: Sequence[Scored], limit: float, name: str) -> dict[str, Any]:
    """Shares over the limit: by kind of scene, and without the thing by sex and by quarter of the skin's L*."""
    bare = [item for item in seen if not item.label]
    lights = _lights(seen)
    edges = np.percentile(list(lights.values()), (25, 50, 75)) if lights else np.zeros(3)

    def quarter(item: Scored) -> int:
        return int(np.searchsorted(edges, lights[item.example.person.name]))

    def by(items: Sequence[Scored]) -> dict[str, Any]:
        return {
            "all": _share(items, limit),
            "women": _share([item for item in items if item.example.person.sex == "f"], limit),
            "men": _share([item for item in items if item.example.person.sex == "m"], limit),
            "skin_quarters_dark_to_light": [
                _share([item for item in items if quarter(item) == number], limit) for number in range(4)
            ],
        }

    return {
        "found": by([item for item in seen if item.label]),
        "false_alarms": by(bare),
        "by_kind": {
            kind: _share([item for item in seen if item.example.kind == kind], limit)
            for kind in KINDS
            if KINDS[kind].label(name) is not None
        },
    }


def _lights(seen: Sequence[Scored]) -> dict[str, float]:
    """Each person's own L*: the median over the scenes."""
    found: dict[str, list[float]] = {}
    for item in seen:
        found.setdefault(item.example.person.name, []).append(item.example.light)
    return {name: float(np.median(values)) for name, values in found.items()}


def _share(items: Sequence[Scored], limit: float) -> str:
    """`over/of`, as the cards have it."""
    return f"{sum(item.score > limit for item in items)}/{len(items)}"


def write(
    found: Sequence[Example], folder: Path | None, tell: Callable[[str], None] = lambda _: None
) -> dict[str, dict[str, Any]]:
    """Train every classifier and write weights and cards into `folder` (default: where the measures read them)."""
    cards = {}
    # sums of numbers depend on their order: it is the people's, not the folders'
    found = sorted(found, key=lambda item: item.person.name)
    for name in WINDOWS:
        model, card = train(found, name)
        path = weights(name, folder or DATA)
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path)
        path.with_suffix(".json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
        cards[name] = card
        tell(name)
    return cards
