"""What a linear classifier must hold: it learns, and is the same after being kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kiosk.photo import linear


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


def test_what_is_written_scores_as_it_did_before(tmp_path: Path) -> None:
    model = linear.fit(*_points(400, 1)).halved()
    model.save(tmp_path / "kept.npz")
    features, _ = _points(50, 2)
    kept = linear.load(tmp_path / "kept.npz")
    assert [kept.score(row) for row in features] == [model.score(row) for row in features]
