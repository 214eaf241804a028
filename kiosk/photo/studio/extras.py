"""What a person may wear, hold or have in the face: spectacles that reflect, a fringe, red pupils, a hand.

Like `kiosk.photo.studio.edits`: each takes a sitter and a strength and gives the sitter changed.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from kiosk.photo.sight import to_lab
from kiosk.photo.studio import edits
from kiosk.photo.studio.paint import cloth, cover, laid, px
from kiosk.photo.studio.sitter import Sitter

_FRAME = (38, 34, 32)
_HAIR = (34, 30, 28)
_CUPS = (46, 43, 42)
#: Mesh points of the cheeks' skin.
_CHEEKS = (117, 118, 101, 346, 347, 330, 50, 280)


def glasses_glare(sitter: Sitter, strength: float) -> Sitter:
    """Clear spectacles whose lenses show a lamp; the stronger, the more of the eye is behind it."""
    distance, t = sitter.eye_distance, sitter.eye_to_chin
    angle = float(np.degrees(np.arctan2(sitter.u[1], sitter.u[0])))
    rims = np.zeros(sitter.alpha.shape, np.float32)
    shine = np.zeros_like(rims)
    size = (int(0.34 * distance), int(0.26 * distance))
    for eye in sitter.eyes:
        centre = px(eye + sitter.v * 0.03 * t)
        cv2.ellipse(rims, centre, size, angle, 0, 360, 1, max(2, int(0.028 * distance)), cv2.LINE_AA)
        # the reflection of a lamp: a slanted pane, held inside the lens
        lens = np.zeros_like(rims)
        cv2.ellipse(lens, centre, (size[0] - 3, size[1] - 3), angle, 0, 360, 1, -1, cv2.LINE_AA)
        half = 0.16 * distance * min(1.5, strength)
        pane = [(-half, -0.25), (0.7 * half, -0.25), (half, 0.25), (-0.7 * half, 0.25)]
        shape = np.array([eye + sitter.u * x + sitter.v * y * distance for x, y in pane])
        shine = np.maximum(shine, cover(sitter, shape, 2.0) * lens)
    inner = [eye + sitter.u * side * 0.34 * distance for eye, side in zip(sitter.eyes, (1, -1), strict=True)]
    cv2.line(rims, px(inner[0]), px(inner[1]), 1, max(2, int(0.03 * distance)), cv2.LINE_AA)
    picture = laid(sitter.picture, np.full_like(sitter.picture, _FRAME), rims)
    return replace(sitter, picture=laid(picture, np.full_like(picture, 252), shine * min(0.97, 0.95 * strength)))


def hair_over_brows(sitter: Sitter, strength: float) -> Sitter:
    """A fringe of the person's own hair that ends on the upper lids; below strength 1 it ends higher."""
    t, half = sitter.eye_to_chin, 0.49 * sitter.face_width
    low = (-0.34 + 0.2 * min(1.2, strength)) * t
    x = np.linspace(-1, 1, 61)
    # the ends of the strands go up and down, at the temples they reach further down
    edge = low + 0.022 * t * np.sin(np.arange(61) * 2.3) + 0.07 * t * x**2
    outline = [sitter.at(place * half, row) for place, row in zip(x, edge, strict=True)]
    outline += [
        sitter.at(half * np.cos(k), -0.42 * t - 0.46 * t * np.sin(k) ** 0.8) for k in np.linspace(0, np.pi, 25)
    ]
    share = cover(sitter, np.array(outline), 2.2)
    over = cloth(sitter, share, _hair(sitter))
    # the grain of hair runs down the face, finer and darker towards the ends
    rng = np.random.default_rng(5)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (1, over.shape[1])), (0, 0), 1.2)[..., None]
    tone = 1 + 0.45 * grain / (float(np.abs(grain).max()) + 1e-6)
    over = np.clip(over * tone, 0, 255).astype(np.uint8)
    return replace(sitter, picture=laid(sitter.picture, over, share), alpha=np.maximum(sitter.alpha, share))


def _hair(sitter: Sitter) -> tuple[int, int, int]:
    """The person's own hair, from above the forehead; black where skin or wall is there."""
    t, w = sitter.eye_to_chin, sitter.face_width
    height, width = sitter.alpha.shape
    rows = np.array([sitter.at(x * w, y * t) for x in (-0.2, 0.0, 0.2) for y in (-0.86, -0.92, -0.98)]).astype(int)
    rows = np.clip(rows, 0, [width - 1, height - 1])
    rows = rows[sitter.alpha[rows[:, 1], rows[:, 0]] > 0.9]
    if len(rows) < 3:
        return _HAIR
    found = np.median(sitter.picture[rows[:, 1], rows[:, 0]], axis=0)
    lab = to_lab(np.array([[found, skin(sitter)]], np.uint8))[0]
    if float(np.linalg.norm(lab[0] - lab[1])) < 18:
        return _HAIR
    return int(found[0]), int(found[1]), int(found[2])


def skin(sitter: Sitter) -> np.ndarray:
    """Colour of the cheeks, BGR."""
    height, width = sitter.alpha.shape
    cheeks = np.clip(sitter.points[list(_CHEEKS), :2].astype(int), 0, [width - 1, height - 1])
    return np.median(sitter.picture[cheeks[:, 1], cheeks[:, 0]], axis=0)


def red_eye(sitter: Sitter, strength: float) -> Sitter:
    """Pupils lit red from behind, as by a flash beside the lens."""
    share = np.zeros(sitter.alpha.shape, np.float32)
    for eye in sitter.eyes:
        cv2.circle(share, px(eye), max(2, int(0.055 * sitter.eye_distance)), 1, -1, cv2.LINE_AA)
    share = cv2.GaussianBlur(share, (0, 0), 1.0) * min(0.95, 0.9 * strength)
    return replace(sitter, picture=laid(sitter.picture, np.full_like(sitter.picture, (45, 30, 215)), share))


def shoulders_tilted(sitter: Sitter, strength: float) -> Sitter:
    """One shoulder up, the other down by 14 degrees, the head as it was; positive: the picture's right is up."""
    return sitter.sheared(14 * strength)


def headphones(sitter: Sitter, strength: float) -> Sitter:
    """A band over the head and a cup on each ear; below strength 1 they let the head through."""
    t, half = sitter.eye_to_chin, 0.56 * sitter.face_width
    ways = np.linspace(np.pi, 0, 31)
    rim = [sitter.at(half * np.cos(k), -0.1 * t - 1.02 * t * np.sin(k) ** 0.8) for k in ways]
    inner = [sitter.at(0.92 * half * np.cos(k), -0.1 * t - 0.93 * t * np.sin(k) ** 0.8) for k in ways[::-1]]
    share = cover(sitter, np.array([*rim, *inner]), 1.4)
    for side in (-1, 1):
        cup = [
            sitter.at(side * (half + 0.11 * t * np.cos(k)), 0.16 * t + 0.3 * t * np.sin(k))
            for k in np.linspace(0, 2 * np.pi, 33)
        ]
        share = np.maximum(share, cover(sitter, np.array(cup), 1.4))
    share = share * min(1.0, strength)
    picture = laid(sitter.picture, cloth(sitter, share, _CUPS), share)
    return replace(sitter, picture=picture, alpha=np.maximum(sitter.alpha, share))


def hand_in_frame(sitter: Sitter, strength: float) -> Sitter:
    """A hand raised before mouth and cheek; below strength 1 it stays further beside the face."""
    t, w = sitter.eye_to_chin, sitter.face_width
    reach = 0.62 * w * (1 - min(1.0, strength))
    parts: list[list[tuple[float, float]]] = [
        [(0.3, 2.4), (0.16, 1.15), (0.52, 1.1), (0.8, 2.4)],  # forearm
        [(0.1, 0.72), (0.5, 0.66), (0.58, 1.18), (0.16, 1.24)],  # palm
        *(
            [(x, 0.22 + 0.05 * n), (x + 0.09, 0.22 + 0.05 * n), (x + 0.1, 0.8), (x, 0.8)]
            for n, x in enumerate((0.1, 0.205, 0.31, 0.415))
        ),  # fingers
        [(0.02, 0.72), (0.12, 0.68), (0.2, 1.1), (0.12, 1.15)],  # thumb
    ]
    tone = skin(sitter)
    picture, alpha = sitter.picture, sitter.alpha
    for part in parts:
        outline = np.array([sitter.at(x * w + reach, y * t) for x, y in part])
        # an edge of shade first: fingers stand out from the face they cover
        edge = cover(sitter, outline, 5.0)
        picture = laid(picture, np.zeros_like(picture), 0.35 * edge)
        share = cover(sitter, outline, 2.6)
        picture = laid(picture, np.full_like(picture, tone * 0.97), share)
        alpha = np.maximum(alpha, share)
    return replace(sitter, picture=picture, alpha=alpha)


def mask_below_nose(sitter: Sitter, strength: float) -> Sitter:
    """A mask that covers mouth and chin and leaves the nose bare; nothing below strength 0.3."""
    return edits.mask_on(sitter, 0.5) if strength >= 0.3 else sitter
