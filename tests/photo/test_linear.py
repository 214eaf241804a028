"""What the small classifiers must hold: they learn, survive being saved, never test on whom they learnt from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kiosk.photo import linear
from kiosk.photo.measures.head_cover import WEIGHTS
from kiosk.photo.training import head_cover
from kiosk.photo.upper_head import LENGTH


def _points(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) < 0.3).astype(float)
    features = rng.normal(0, 1, (count, 5)) + labels[:, None] * np.array([2.5, 0, -2.0, 0, 0])
    return features, labels


def test_it_learns_what_can_be_learnt_and_keeps_it_in_a_file(tmp_path: Path) -> None:
    model = linear.fit(*_points(400, 1))
    features, labels = _points(400, 2)
    scores = np.array([model.score(row) for row in features])
    assert ((scores > 0.5) == (labels > 0)).mean() > 0.95
    model.save(tmp_path / "kept.npz")
    kept = linear.load(tmp_path / "kept.npz")
    assert np.abs(scores - [kept.score(row) for row in features]).max() < 0.02


def test_the_committed_weights_fit_the_features_and_stay_small() -> None:
    assert len(linear.load(WEIGHTS).weights) == LENGTH
    assert LENGTH < 1500
    assert WEIGHTS.stat().st_size <= 100_000


def test_the_card_tells_data_figures_and_limits() -> None:
    card = json.loads(WEIGHTS.with_suffix(".json").read_text("utf-8"))
    assert card["weights"] == LENGTH + 1
    assert card["held_out_people"] > 10
    assert set(card["found"]) == {"cap", "beanie", "bucket", "mortarboard", "scarf"}
    assert len(card["bare_flagged_by_skin_quartile_dark_to_light"]) == 4
    assert card["limits"]


def test_training_writes_weights_and_card_and_splits_people(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    people = [f"person-{number}" for number in range(40)]
    scenes = [
        head_cover.Example(person, kind, float(rng.uniform(20, 80)), rng.normal(bool(kind) * 2.0, 1, 12))
        for person in people
        for kind in ("", "cap", "scarf")
    ]
    card = head_cover.write(scenes, tmp_path)
    assert card["held_out_people"] + card["trained_on_people"] == 40
    assert card["found"]["cap"]["share"] > 0.9
    assert linear.load(tmp_path / "head_cover.npz").weights.shape == (12,)


@pytest.mark.parametrize("person", ["A000148", "T000486", "person-1"])
def test_a_person_is_always_on_the_same_side(person: str) -> None:
    assert head_cover.held_out(person) is head_cover.held_out(person)
