"""A linear classifier: how it is fitted, kept in a small file and asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Linear:
    """Logistic score 0..1 of standardised features."""

    mean: np.ndarray
    spread: np.ndarray
    weights: np.ndarray
    bias: float

    def score(self, features: np.ndarray) -> float:
        """0 surely not, 1 surely."""
        value = float(((features - self.mean) / self.spread) @ self.weights) + self.bias
        return float(1 / (1 + np.exp(-np.clip(value, -60, 60))))

    def halved(self) -> Linear:
        """With the half-precision numbers that the file keeps, so that it scores as it will after loading."""
        mean, spread, weights = (
            part.astype(np.float16).astype(np.float32) for part in (self.mean, self.spread, self.weights)
        )
        return Linear(mean, spread, weights, float(np.float32(self.bias)))

    def save(self, path: Path) -> None:
        """As .npz of half-precision numbers."""
        np.savez(
            path,
            mean=self.mean.astype(np.float16),
            spread=self.spread.astype(np.float16),
            weights=self.weights.astype(np.float16),
            bias=np.float32(self.bias),
        )


def load(path: Path) -> Linear:
    """The classifier of a file. Raises `FileNotFoundError`."""
    with np.load(path) as kept:
        return Linear(
            kept["mean"].astype(np.float32),
            kept["spread"].astype(np.float32),
            kept["weights"].astype(np.float32),
            float(kept["bias"]),
        )


def fit(features: np.ndarray, labels: np.ndarray, decay: float = 100.0, steps: int = 40) -> Linear:
    """Ridge logistic regression by Newton's method. `features` n × d, `labels` 0 or 1; classes weigh the same."""
    mean, spread = features.mean(0), np.maximum(features.std(0), 1e-2)
    x = np.concatenate([(features - mean) / spread, np.ones((len(features), 1))], axis=1)
    share = labels.mean()
    weight = np.where(labels > 0, 0.5 / share, 0.5 / (1 - share))
    ridge = np.full(x.shape[1], decay)
    ridge[-1] = 1e-6
    theta = np.zeros(x.shape[1])
    for _ in range(steps):
        guess = 1 / (1 + np.exp(-np.clip(x @ theta, -60, 60)))
        slope = x.T @ (weight * (guess - labels)) + ridge * theta
        curve = (x * (weight * guess * (1 - guess))[:, None]).T @ x + np.diag(ridge)
        move = np.linalg.solve(curve, slope)
        theta = theta - move
        if float(np.abs(move).max()) < 1e-6:
            break
    return Linear(mean, spread, theta[:-1], float(theta[-1]))
