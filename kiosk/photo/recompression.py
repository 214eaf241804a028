"""Traces of an earlier JPEG compression in the pixels: a second quantisation, a block grid that was shifted.

Double quantisation: the DCT values of a picture that was quantised once before fall on a comb (Popescu and
Farid, "Statistical tools for digital forensics", 2004). Measured on studio stills with noise: once-compressed
ones score at most 0.10, twice-compressed ones 0.41 and more; a second compression that is much coarser than the
first (92 → 85), an equal one and a first one of 96 or more leave no trace.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

#: Frequencies (row, column) whose combs are looked at; the median of their scores counts.
_MODES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
#: Side of the middle part that is looked at for a comb and for a grid, in px; multiples of 8.
_SIDE, _GRID_SIDE = 768, 512
#: Largest quantised value and largest earlier step that are looked at.
_VALUES, _STEPS = 60, 60
#: Fewest values that a histogram bar should hold to be counted.
_BAR = 6
#: Differences across block borders larger than this are edges of the scene, in grey values.
_EDGE = 12.0


def stored(bgr: np.ndarray, orientation: int) -> np.ndarray:
    """The pixels as they lie in the file, of a picture that EXIF turned upright: a view, nothing is copied."""
    turned = {
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, -1),
    }.get(orientation)
    return bgr if turned is None else turned(bgr)


def _middle(bgr: np.ndarray, side: int) -> np.ndarray:
    """The middle part, begun on the block grid."""
    height, width = (length // 8 * 8 for length in bgr.shape[:2])
    tall, wide = min(height, side), min(width, side)
    top, left = (height - tall) // 16 * 8, (width - wide) // 16 * 8
    return np.ascontiguousarray(bgr[top : top + tall, left : left + wide])


@cache
def _waves() -> np.ndarray:
    """The 8 × 8 waves of `_MODES`, 64 × modes."""
    place = np.arange(8)
    rows = [np.sqrt((1 if u == 0 else 2) / 8) * np.cos((2 * place + 1) * u * np.pi / 16) for u in range(8)]
    return np.stack([np.outer(rows[u], rows[v]).reshape(64) for u, v in _MODES], axis=1).astype(np.float32)


def double(bgr: np.ndarray, table: list[int]) -> float:
    """0 (once) … 1 (twice): how much the values look like those of an earlier, other quantisation.

    `bgr`: pixels as they lie in the file; `table`: its luminance quantisation, 64 numbers row by row.
    """
    part = _middle(bgr, _SIDE)
    height, width = part.shape[:2]
    if height < 64 or width < 64 or len(table) != 64:
        return 0.0
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2YCrCb)[..., 0].astype(np.float32)
    blocks = grey.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3).reshape(-1, 64)
    values = np.abs(blocks @ _waves())
    scores = []
    for place, (u, v) in enumerate(_MODES):
        step = max(1, table[u * 8 + v])
        counts = np.bincount(np.rint(values[:, place] / step).astype(int).clip(0, _VALUES + 1))
        bars = np.zeros(_VALUES + 2)
        bars[: len(counts)] = counts
        scores.append(_comb(bars[1 : _VALUES + 1], step))
    return float(np.median(scores))


def _comb(bars: np.ndarray, step: int) -> float:
    """The best agreement of the bars 1… with the comb of any earlier step: correlation times slope, 0..1."""
    combs, low, high = _combs(step)
    if not len(combs):
        return 0.0
    sums = np.concatenate([[0.0], np.cumsum(bars)])
    mean = (sums[high] - sums[low]) / (high - low)
    use = mean >= _BAR
    use[:, :2] = False
    count = np.maximum(use.sum(1), 1)
    seen = np.where(use, bars / np.maximum(mean, 1e-9) - 1, 0.0)
    seen = np.where(use, seen - (seen.sum(1) / count)[:, None], 0.0)
    wanted = np.where(use, combs, 0.0)
    wanted = np.where(use, wanted - (wanted.sum(1) / count)[:, None], 0.0)
    power, along = (wanted**2).sum(1), (seen * wanted).sum(1)
    telling = (count >= 8) & (power >= 0.01 * count)
    if not telling.any():
        return 0.0
    score = along / np.sqrt((seen**2).sum(1) * power + 1e-9) * np.minimum(along / np.maximum(power, 1e-9), 1.0)
    return max(0.0, float(score[telling].max()))


@cache
def _combs(step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each earlier step that would show: its comb, and from where to where the bars around each are averaged.

    The comb: how often multiples of the earlier step fall on each multiple 1… of `step`, 1 on average.
    """
    combs, lows, highs = [], [], []
    place = np.arange(_VALUES)
    for earlier in range(2, _STEPS + 1):
        if step % earlier == 0:
            continue
        multiples = np.rint(np.arange(1, int((_VALUES + 2) * step / earlier) + 2) * earlier / step).astype(int)
        comb = np.bincount(multiples[multiples <= _VALUES], minlength=_VALUES + 1)[1:] * earlier / step
        half = max(3, round(2 * earlier / step) | 1) // 2
        if comb.std() < 0.15 or 2 * half + 1 >= _VALUES:
            continue
        combs.append(comb)
        lows.append(np.maximum(place - half, 0))
        highs.append(np.minimum(place + half + 1, _VALUES))
    return np.array(combs), np.array(lows, int), np.array(highs, int)


def shifted_grid(bgr: np.ndarray, was_jpeg: bool) -> tuple[int, float]:
    """Where a foreign block grid stands (1…7, 0 for a PNG on the grid itself) and how strongly it shows.

    Strength: excess of the mean step across that border over the other columns and rows; pictures that were
    cropped after an earlier compression of quality 60–75 reach 0.2 to 0.8, others stay below 0.03. The columns
    beside the file's own grid can't be told from it.
    """
    grey = cv2.cvtColor(_middle(bgr, _GRID_SIDE), cv2.COLOR_BGR2GRAY).astype(np.float32)
    excess = np.zeros(8)
    for lines in (grey, grey.T):
        if lines.shape[1] < 64:
            return 0, 0.0
        steps = np.abs(3 * (lines[:, 1:-2] - lines[:, 2:-1]) - lines[:, :-3] + lines[:, 3:])
        columns = np.minimum(steps, _EDGE).mean(0)
        place = (np.arange(len(columns)) + 2) % 8
        means = np.array([columns[place == number].mean() for number in range(8)])
        excess += (means / max(1e-6, float(np.median(means))) - 1) / 2
    candidates = range(2, 7) if was_jpeg else range(8)
    best = max(candidates, key=lambda number: excess[number])
    return best, float(excess[best])
