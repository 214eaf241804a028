"""Coverings of the head for the virtual studio: caps, beanies, brimmed hats, mortarboards and headscarves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kiosk.photo.studio.paint import cloth, cover, laid
from kiosk.photo.studio.sitter import Sitter

KINDS = ("cap", "beanie", "bucket", "mortarboard", "scarf")
#: BGR.
COLOURS = (
    (32, 30, 30), (70, 38, 25), (45, 40, 190), (228, 228, 228), (128, 126, 125), (60, 110, 50), (150, 185, 205),
    (45, 65, 100), (120, 60, 130),
)  # fmt: skip
#: Lower edge over the eye line in eye-to-chin lengths.
_EDGE = {"cap": -0.52, "beanie": -0.46, "bucket": -0.5, "mortarboard": -0.6, "scarf": -0.62}
#: Corners of the shade under the edge: half widths of the hat, eye-to-chin lengths below it.
_SHADE = ((-0.9, 0.0), (0.9, 0.0), (0.8, 0.16), (-0.8, 0.16))
_NAVY = (70, 38, 25)


@dataclass(frozen=True)
class Hat:
    """`height`: top over the eye line in eye-to-chin lengths; `width`: half width in face widths; `lift` ≈ 1."""

    kind: str = "cap"
    colour: tuple[int, int, int] = _NAVY
    height: float = 1.45
    width: float = 0.6
    lift: float = 1.0
    stripes: float = 0.0


def drawn(rng: np.random.Generator) -> Hat:
    """A hat at random."""
    red, green, blue = COLOURS[int(rng.integers(len(COLOURS)))]
    tone = rng.uniform(0.8, 1.1)
    return Hat(
        kind=KINDS[int(rng.integers(len(KINDS)))],
        colour=(int(min(255, red * tone)), int(min(255, green * tone)), int(min(255, blue * tone))),
        height=float(rng.uniform(1.32, 1.58)),
        width=float(rng.uniform(0.55, 0.66)),
        lift=float(rng.uniform(0.9, 1.12)),
        stripes=float(rng.choice([0.0, 0.0, 0.5])),
    )


def worn(sitter: Sitter, hat: Hat) -> Sitter:
    """The sitter with the hat on."""
    t, half = sitter.eye_to_chin, hat.width * sitter.face_width
    low, top = _EDGE[hat.kind] * hat.lift * t, -hat.height * t
    shade = cover(sitter, np.array([sitter.at(x * half, low + y * t) for x, y in _SHADE]), 0.04 * t)
    sitter = replace(sitter, picture=laid(sitter.picture, np.zeros_like(sitter.picture), 0.35 * shade))
    for outline, tone in _shapes(sitter, hat, low, top, half):
        sitter = _laid_on(sitter, np.array(outline), hat, tone)
    return sitter


def _shapes(sitter: Sitter, hat: Hat, low: float, top: float, half: float) -> list[tuple[list[np.ndarray], float]]:
    """Outlines with their tone, back to front."""
    t = sitter.eye_to_chin
    arc = np.linspace(np.pi, 0, 25)
    line = np.linspace(1, -1, 9)
    dome = [
        sitter.at(half * np.sign(np.cos(k)) * abs(np.cos(k)) ** 0.8, low + (top - low) * np.sin(k) ** 0.75)
        for k in arc
    ]
    dome += [sitter.at(half * x, low + 0.05 * t * (1 - x * x)) for x in line]
    if hat.kind == "cap":
        brim = [sitter.at(1.02 * half * np.cos(k), low + 0.03 * t + 0.17 * t * np.sin(k)) for k in arc[::2]]
        return [(dome, 1.0), ([*brim, *(sitter.at(1.02 * half * x, low - 0.05 * t) for x in line)], 0.8)]
    if hat.kind == "beanie":
        band = [sitter.at(1.03 * half * x, low - 0.2 * t + 0.04 * t * (1 - x * x)) for x in -line]
        band += [sitter.at(1.03 * half * x, low + 0.05 * t * (1 - x * x)) for x in line]
        return [(dome, 1.0), (band, 0.88)]
    if hat.kind == "bucket":
        corners = ((-1.0, -0.1), (1.0, -0.1), (1.35, 0.14), (-1.35, 0.14))
        return [(dome, 1.0), ([sitter.at(x * half, low + y * t) for x, y in corners], 0.85)]
    if hat.kind == "mortarboard":
        corners = ((-1.5, 0.28), (0.0, 0.05), (1.5, 0.28), (0.0, 0.5))
        return [(dome, 1.0), ([sitter.at(x * half, top + y * t) for x, y in corners], 0.9)]
    around = [sitter.at(1.12 * half * np.cos(k), low * 0.2 + (top - low * 0.2) * np.sin(k) ** 0.8) for k in arc]
    around += [sitter.at(1.25 * half, 1.25 * t), sitter.at(0.6 * half, 1.7 * t), sitter.at(-0.6 * half, 1.7 * t)]
    around += [sitter.at(-1.25 * half, 1.25 * t)]
    face = [
        sitter.at(0.74 * half * np.sin(k), 0.18 * t - 0.83 * t * np.cos(k)) for k in np.linspace(0, 2 * np.pi, 33)
    ]
    return [([*around, around[0], face[0], *face, around[0]], 1.0)]


def _laid_on(sitter: Sitter, outline: np.ndarray, hat: Hat, tone: float) -> Sitter:
    share = cover(sitter, outline, 1.4)
    colour = (int(hat.colour[0] * tone), int(hat.colour[1] * tone), int(hat.colour[2] * tone))
    over = cloth(sitter, share, colour)
    if hat.stripes:
        rows = np.arange(over.shape[0]) // max(2, int(0.07 * sitter.eye_to_chin)) % 2 == 0
        over[rows] = (over[rows] * (1 - hat.stripes) + 120 * hat.stripes).astype(np.uint8)
    return replace(sitter, picture=laid(sitter.picture, over, share), alpha=np.maximum(sitter.alpha, share))
