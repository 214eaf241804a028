"""What somebody may wear or have before the face, at random: the examples that the classifiers learn from.

Drawn apart from the defects of the virtual studio, so that those test the classifiers on things they were not
taught with. Each takes a sitter and a generator and gives the sitter changed.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from kiosk.photo.sight import to_lab
from kiosk.photo.studio import edits, extras, hats
from kiosk.photo.studio.paint import cloth, cover, laid
from kiosk.photo.studio.sitter import Sitter

#: BGR of hair from black over brown and red to grey and white.
_HAIR = (
    (24, 22, 22),
    (34, 42, 58),
    (40, 62, 96),
    (40, 60, 140),
    (120, 160, 190),
    (130, 130, 130),
    (215, 215, 215),
)


#: L* of skin that few of the portraits have.
_DARK_SKIN = (26.0, 52.0)
#: Inside of an open mouth, BGR: from the dark to teeth.
_MOUTH = ((35, 25, 60), (20, 15, 30), (70, 60, 120))
_TEETH = ((205, 222, 232), (170, 195, 212), (225, 235, 240))


def dark_skin(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """The same person with dark skin and hair; one who has it already stays. Eyes keep half of their light."""
    t, w = sitter.eye_to_chin, sitter.face_width
    height, width = sitter.alpha.shape
    x0, y0 = (int(max(0, value)) for value in sitter.middle - np.array([1.5 * w, 1.8 * t]))
    x1, y1 = int(min(width, sitter.middle[0] + 1.5 * w)), int(min(height, sitter.middle[1] + 2.4 * t))
    part = sitter.picture[y0:y1, x0:x1]
    lab = to_lab(part)
    skin = to_lab(np.array([[extras.skin(sitter)]], np.uint8))[0, 0]
    target = float(rng.uniform(*_DARK_SKIN))
    if skin[0] < target + 4:
        return sitter
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    down = ((x - sitter.middle[0]) * sitter.v[0] + (y - sitter.middle[1]) * sitter.v[1]) / np.float32(t)
    # below the chin only what has the skin's colour: neck and ears, not the clothes
    alike = np.clip((22 - np.linalg.norm((lab - skin) * np.array([0.35, 1, 1], np.float32), axis=2)) / 8, 0, 1)
    share = np.where(down < 1.05, 1, alike * np.clip((2.3 - down) / 0.3, 0, 1)).astype(np.float32)
    share *= sitter.alpha[y0:y1, x0:x1]
    free = np.zeros(sitter.alpha.shape, np.float32)
    for lids in sitter.lids:
        free = np.maximum(free, cover(sitter, lids, 1.5))
    share = cv2.GaussianBlur(share, (0, 0), 1.5) * (1 - 0.5 * free[y0:y1, x0:x1])
    factor = target / float(skin[0])
    lab[..., 0] *= 1 - share * (1 - factor)
    dark = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR) * 255
    picture = sitter.picture.copy()
    picture[y0:y1, x0:x1] = np.clip(dark, 0, 255).astype(np.uint8)
    return replace(sitter, picture=picture)


def mouth_open(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Lips apart, from a gap to an open mouth, with or without teeth."""
    teeth = rng.random() < 0.5
    colour = (_TEETH if teeth else _MOUTH)[int(rng.integers(3))]
    return edits.mouth_open(sitter, float(rng.uniform(0.35, 0.7 if teeth else 1.1)), colour)


def _any_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    blue, green, red = rng.uniform(15, 245, 3)
    return int(blue), int(green), int(red)


def hat(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """A hat, cap or scarf."""
    return hats.worn(sitter, hats.drawn(rng))


def headphones(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Headphones."""
    return extras.headphones(sitter, float(rng.uniform(0.9, 1.0)))


def mask(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """A mask of any colour, some with a pattern, some below the nose, some in the colour of skin."""
    colour = _any_colour(rng) if rng.random() < 0.6 else (214, 190, 150)
    if rng.random() < 0.12:
        y, x = np.clip(np.round(sitter.points[50, [1, 0]]), 0, np.array(sitter.alpha.shape) - 1).astype(int)
        blue, green, red = sitter.picture[y, x] * rng.uniform(0.85, 1.1)
        colour = int(min(255, blue)), int(min(255, green)), int(min(255, red))
    worn = edits.mask_on(sitter, float(rng.choice([0.5, 1.0, 1.0, 1.0])), colour)
    return _patterned(sitter, worn, rng) if rng.random() < 0.4 else worn


def _patterned(before: Sitter, after: Sitter, rng: np.random.Generator) -> Sitter:
    """Stripes or a weave on what was put on."""
    changed = np.abs(after.picture.astype(np.int16) - before.picture).sum(2) > 24
    height, width = changed.shape
    y, x = np.mgrid[:height, :width]
    angle, length = rng.uniform(0, np.pi), before.eye_to_chin * rng.uniform(0.04, 0.25)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / length) > rng.uniform(-0.5, 0.7)
    out = after.picture.copy()
    where = changed & wave
    share = rng.uniform(0.3, 0.8)
    out[where] = (out[where] * (1 - share) + np.array(_any_colour(rng)) * share).astype(np.uint8)
    return replace(after, picture=out)


def hand(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """A hand before mouth and cheek."""
    return extras.hand_in_frame(sitter, float(rng.uniform(0.85, 1.0)))


def eyes_closed(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Lids down, or nearly."""
    return edits.eyes_closed(sitter, float(rng.uniform(0.85, 1.08)))


def clear_glasses(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Clear spectacles, with a thin sheen that hides nothing."""
    return _spectacles(sitter, rng, tint=float(rng.uniform(0.0, 0.06)))


def tinted_glasses(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Tinted lenses, from those through which the eye is still seen to black ones."""
    return _spectacles(sitter, rng, tint=float(rng.uniform(0.5, 0.98)))


def glare(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Spectacles that show a lamp or a window before at least one eye."""
    return _spectacles(sitter, rng, tint=float(rng.uniform(0.0, 0.06)), shine=float(rng.uniform(0.65, 1.0)))


def _spectacles(sitter: Sitter, rng: np.random.Generator, tint: float, shine: float = 0.0) -> Sitter:
    distance = sitter.eye_distance
    wide, high = rng.uniform(0.27, 0.38), rng.uniform(0.18, 0.32)
    power = float(rng.choice([2.0, 2.5, 4.0]))
    low = rng.uniform(0.0, 0.08)
    ways = np.linspace(0, 2 * np.pi, 49)
    lens, rim = np.zeros(sitter.alpha.shape, np.float32), np.zeros(sitter.alpha.shape, np.float32)
    thick = max(1, round(rng.uniform(0.008, 0.07) * distance))
    for eye, out in zip(sitter.eyes, (-1, 1), strict=True):
        centre = eye + sitter.v * low * distance + sitter.u * out * 0.02 * distance
        x = wide * np.sign(np.cos(ways)) * np.abs(np.cos(ways)) ** (2 / power)
        y = high * np.sign(np.sin(ways)) * np.abs(np.sin(ways)) ** (2 / power)
        outline = centre + distance * (x[:, None] * sitter.u + y[:, None] * sitter.v)
        lens = np.maximum(lens, cover(sitter, outline, 0.8))
        cv2.polylines(rim, [np.round(outline).astype(np.int32)], True, 1.0, thick, cv2.LINE_AA)
        temple = sitter.points[127 if out < 0 else 356, :2]
        side = np.stack([centre + sitter.u * out * wide * distance, temple])
        cv2.polylines(rim, [np.round(side).astype(np.int32)], False, 1.0, thick, cv2.LINE_AA)
    bridge = sitter.eyes + np.outer([1, -1], sitter.u * wide * distance) + sitter.v * low * distance
    cv2.polylines(rim, [np.round(bridge).astype(np.int32)], False, 1.0, thick, cv2.LINE_AA)
    picture = sitter.picture
    if tint:
        dark = np.zeros_like(picture)
        dark[:] = rng.uniform(0, 60, 3)
        share = lens * tint
        if rng.random() < 0.25:  # lighter towards the cheek
            rows = np.arange(sitter.alpha.shape[0], dtype=np.float32).reshape(-1, 1) - float(sitter.middle[1])
            share = share * np.clip(0.85 - 0.25 * rows / (high * distance), 0.5, 1.0).astype(np.float32)
        picture = laid(picture, dark, share)
    if shine:
        picture = laid(picture, np.full_like(picture, _lamp(rng)), _panes(sitter, rng, lens, shine))
    picture = laid(picture, np.full_like(picture, np.array(rng.uniform(5, 120, 3), np.uint8)), rim)
    return replace(sitter, picture=picture)


def _lamp(rng: np.random.Generator) -> np.ndarray:
    """White, a little blue or green from the coating."""
    return np.clip(255 - rng.uniform(0, 45, 3) * (rng.random() < 0.4), 0, 255).astype(np.uint8)


def _panes(sitter: Sitter, rng: np.random.Generator, lens: np.ndarray, shine: float) -> np.ndarray:
    """Reflections inside the lenses: slanted panes or soft spots, before both eyes or one."""
    out = np.zeros_like(lens)
    sides = (0, 1) if rng.random() < 0.75 else (int(rng.integers(2)),)
    place = rng.uniform(-0.1, 0.1, 2)
    half = rng.uniform(0.09, 0.22, 2)
    slant = rng.uniform(-0.08, 0.08)
    round_ = rng.random() < 0.4
    for side in sides:
        centre = place + rng.uniform(-0.02, 0.02, 2)
        if round_:
            ways = np.linspace(0, 2 * np.pi, 33)
            shape = np.stack([half[0] * np.cos(ways), half[1] * np.sin(ways)], axis=1)
        else:
            shape = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
            shape[:, 0] += slant * np.sign(shape[:, 1])
        shape = (shape + centre) * sitter.eye_distance
        outline = sitter.eyes[side] + shape[:, :1] * sitter.u + shape[:, 1:] * sitter.v
        out = np.maximum(out, cover(sitter, outline, float(rng.uniform(0.8, 4.0))))
    return out * lens * shine


def fringe(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Hair that reaches over the brows, whole or from one side."""
    return _fringe(sitter, rng, float(rng.uniform(-0.14, 0.0)))


def short_fringe(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Hair on the forehead that ends clearly above the brows."""
    return _fringe(sitter, rng, float(rng.uniform(-0.55, -0.44)))


def _fringe(sitter: Sitter, rng: np.random.Generator, low: float) -> Sitter:
    """Hair down to `low` eye-to-chin lengths under the eye line (negative: above it)."""
    t, half = sitter.eye_to_chin, rng.uniform(0.42, 0.52) * sitter.face_width
    x = np.linspace(-1, 1, 61)
    edge = low + rng.uniform(-0.06, 0.06) * np.cos(x * 1.5)
    edge += rng.uniform(0.005, 0.05) * np.interp(x, np.linspace(-1, 1, 17), rng.uniform(-1, 1, 17))
    part = rng.random()
    if part < 0.35:  # swept to a side: the other brow is free
        free = float(rng.uniform(-0.1, 0.35))
        to = -0.62
        edge = np.where(x > free, np.minimum(edge, to + (low - to) * np.exp(-(x - free) * 6)), edge)
        edge = edge if rng.random() < 0.5 else edge[::-1]
    outline = [sitter.at(a * half, b * t) for a, b in zip(x, edge, strict=True)]
    outline += [
        sitter.at(1.05 * half * np.cos(k), -0.45 * t - 0.55 * t * np.sin(k)) for k in np.linspace(0, np.pi, 25)
    ]
    share = cover(sitter, np.array(outline), float(rng.uniform(0.8, 2.5)))
    own = rng.random() < 0.5
    red, green, blue = _HAIR[int(rng.integers(len(_HAIR)))]
    colour = _own_hair(sitter) if own else (red, green, blue)
    over = cloth(sitter, share, colour)
    streaks = cv2.GaussianBlur(rng.normal(0, 1, (1, over.shape[1])), (0, 0), float(rng.uniform(0.8, 3.0)))[
        ..., None
    ]
    tone = 1 + rng.uniform(0.15, 0.5) * streaks / (float(np.abs(streaks).max()) + 1e-6)
    over = np.clip(over * tone, 0, 255).astype(np.uint8)
    return replace(sitter, picture=laid(sitter.picture, over, share), alpha=np.maximum(sitter.alpha, share))


def big_hair(sitter: Sitter, rng: np.random.Generator) -> Sitter:
    """Much hair, smooth or curled, around a free face: what is no hat."""
    t, w = sitter.eye_to_chin, sitter.face_width
    wide, top, low = rng.uniform(0.58, 0.9) * w, rng.uniform(1.08, 1.4) * t, rng.uniform(0.1, 1.5) * t
    curls = rng.random() < 0.6
    ways = np.linspace(0, 2 * np.pi, 121)
    wave = np.interp(ways, np.linspace(0, 2 * np.pi, 41), rng.uniform(-1, 1, 41)) * (0.05 if curls else 0.015)
    high = np.where(np.sin(ways) < 0, top, low)
    outer = [
        sitter.at(wide * (1 + d) * np.cos(k), high[i] * (1 + d) * np.sin(k))
        for i, (k, d) in enumerate(zip(ways, wave, strict=True))
    ]
    brow, jaw = rng.uniform(0.5, 0.72) * t, 1.12 * t
    free = np.where(np.sin(ways) < 0, brow, jaw)
    half = rng.uniform(0.41, 0.5) * w
    inner = [
        sitter.at(half * (1 + d) * np.cos(k), free[i] * (1 + 0.5 * d) * np.sin(k))
        for i, (k, d) in enumerate(zip(ways, wave, strict=True))
    ]
    soft = float(rng.uniform(1.0, 4.0))
    share = np.clip(cover(sitter, np.array(outer), soft) - cover(sitter, np.array(inner), soft), 0, 1)
    neck = np.array([sitter.at(x * 0.33 * w, y * t) for x, y in ((-1, 0.9), (1, 0.9), (1, 3.0), (-1, 3.0))])
    share = share * (1 - cover(sitter, neck, soft))
    dark = _HAIR[int(rng.integers(4))] if rng.random() < 0.7 else _HAIR[int(rng.integers(len(_HAIR)))]
    over = cloth(sitter, share, dark)
    size = float(rng.uniform(0.015, 0.05)) * t
    speckle = rng.standard_normal(over.shape[:2], np.float32)
    grain = cv2.GaussianBlur(speckle, (0, 0), size, sigmaY=size if curls else 6 * size)
    tone = 1 + rng.uniform(0.15, 0.6) * (grain / (float(np.abs(grain).max()) + 1e-6))[..., None]
    over = np.clip(over * tone + 60 * (tone - 1), 0, 255).astype(np.uint8)
    return replace(sitter, picture=laid(sitter.picture, over, share), alpha=np.maximum(sitter.alpha, share))


def _own_hair(sitter: Sitter) -> tuple[int, int, int]:
    """Colour just under the crown; skin where the head is bald, which makes a hard example."""
    height, width = sitter.alpha.shape
    x, y = np.clip(np.round(sitter.at(0, -0.92 * sitter.eye_to_chin)), 0, [width - 1, height - 1]).astype(int)
    patch = sitter.picture[max(0, y - 4) : y + 5, max(0, x - 20) : x + 21].reshape(-1, 3)
    blue, green, red = np.median(patch, axis=0)
    return int(blue), int(green), int(red)
