"""What may be wrong with the person: each edit takes a sitter and a strength and gives the sitter changed.

Strength 1 is the marked strength: clearly wrong. Every edit is drawn from the points of the face.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from kiosk.photo.sight import to_lab
from kiosk.photo.studio import hats
from kiosk.photo.studio.paint import cloth, cover, laid, px
from kiosk.photo.studio.sitter import Sitter

_SURGICAL = (214, 190, 150)
_SKY_TOP = (225, 165, 95)
_GAP = (35, 25, 60)


def eyes_closed(sitter: Sitter, strength: float) -> Sitter:
    """Upper lids drawn down to the lower ones."""
    t, u, v = sitter.eye_to_chin, sitter.u, sitter.v
    to: list[np.ndarray] = []
    come_from: list[np.ndarray] = []
    for side, lids in enumerate(sitter.lids):
        lower = lids[0:9]
        upper = np.vstack([lids[0:1], lids[9:16], lids[8:9]])
        down = lower + v * 0.012 * t
        closed = lower * strength + upper * (1 - strength)
        outward = u * 0.05 * t * (-1 if side == 0 else 1)
        still = sitter.points[
            [70, 63, 105, 66, 107, 117, 118, 101] if side == 0 else [300, 293, 334, 296, 336, 346, 347, 330], :2
        ]
        corners = np.array([lower[0] + outward, lower[8] - outward])
        to += [down, closed[1:8] - v * 0.004 * t, still, corners]
        come_from += [down, upper[1:8] - v * 0.01 * t, still, corners]
    return sitter.warped(np.vstack(to), np.vstack(come_from))


def mouth_open(sitter: Sitter, strength: float, inside: tuple[int, int, int] = _GAP) -> Sitter:
    """Lower lip, chin and jaw drawn down, the gap dark; `inside`: its colour, BGR."""
    flat, t, v = sitter.points[:, :2], sitter.eye_to_chin, sitter.v
    drop = 0.2 * strength * t * v
    upper = flat[[78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]]
    lower = flat[[95, 88, 178, 87, 14, 317, 402, 318, 324]]
    ring = flat[[61, 291, 0, 37, 267, 206, 426, 205, 425, 2, 129, 358]]
    jaw = flat[[172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397]]
    outer = flat[[91, 181, 84, 17, 314, 405, 321]]
    chin = flat[[194, 201, 200, 421, 418, 199, 175]]
    reach = np.abs((upper - sitter.middle) @ sitter.u).max() + 1e-6
    arch = (1 - np.abs((lower - sitter.middle) @ sitter.u / reach) ** 2)[:, None]
    to = np.vstack([upper, lower + drop * arch, ring, jaw + drop * 0.75, outer + drop * 0.95, chin + drop * 0.85])
    opened = sitter.warped(to, np.vstack([upper, lower, ring, jaw, outer, chin]))
    gap = cover(sitter, np.vstack([upper, (lower + drop * arch)[::-1]]), 1.6)
    return replace(opened, picture=laid(opened.picture, np.full_like(opened.picture, inside), gap))


def mask_on(sitter: Sitter, strength: float, colour: tuple[int, int, int] = _SURGICAL) -> Sitter:
    """A surgical mask over nose and mouth; strength below 1 lets it slip to the chin."""
    flat, t = sitter.points[:, :2], sitter.eye_to_chin
    if strength >= 0.75:
        bridge, top_left, top_right = flat[[197]], flat[[114, 100, 118]], flat[[343, 329, 347]]
        left, right = (
            flat[[123, 147, 213, 172, 136, 150, 149, 176, 148]],
            flat[[352, 376, 433, 397, 365, 379, 378, 400, 377]],
        )
    else:
        bridge, top_left, top_right = flat[[164]], flat[[165, 206]], flat[[391, 426]]
        left, right = (
            flat[[207, 214, 172, 136, 150, 149, 176, 148]],
            flat[[427, 434, 397, 365, 379, 378, 400, 377]],
        )
    chin = flat[[152]] + sitter.v * 0.04 * t
    outline = np.vstack([bridge, top_left, left, chin, right[::-1], top_right[::-1]])
    share = cover(sitter, outline, 1.6)
    picture = laid(sitter.picture, cloth(sitter, share, colour), share)
    for level in (0.25, 0.42, 0.6):
        fold = np.array(
            [sitter.at(x * 0.33 * sitter.face_width, t * (level - 0.02 * abs(x))) for x in (-1, 0, 1)]
        ).astype(np.int32)
        if share[min(fold[1][1], share.shape[0] - 1), min(fold[1][0], share.shape[1] - 1)] > 0.5:
            cv2.polylines(picture, [fold], False, tuple(int(value * 0.86) for value in colour), 2, cv2.LINE_AA)
    if strength >= 0.75:
        for a, b in ((123, 127), (352, 356)):
            cv2.line(picture, px(flat[a]), px(flat[b]), (235, 235, 235), 2, cv2.LINE_AA)
    return replace(sitter, picture=picture)


def sunglasses(sitter: Sitter, strength: float) -> Sitter:
    """Dark lenses with a bridge and temples."""
    share = np.zeros(sitter.alpha.shape, np.float32)
    distance = sitter.eye_distance
    angle = float(np.degrees(np.arctan2(sitter.u[1], sitter.u[0])))
    for eye in sitter.eyes:
        centre = px(eye + sitter.v * 0.04 * sitter.eye_to_chin)
        cv2.ellipse(share, centre, (int(0.33 * distance), int(0.26 * distance)), angle, 0, 360, 1, -1, cv2.LINE_AA)
    cv2.line(share, px(sitter.eyes[0]), px(sitter.eyes[1]), 1, max(2, int(0.04 * distance)))
    for eye, temple in zip(sitter.eyes, (127, 356), strict=True):
        cv2.line(share, px(eye), px(sitter.points[temple, :2]), 1, max(1, int(0.035 * distance)))
    share = cv2.GaussianBlur(share, (0, 0), 1.0) * min(0.97, 0.9 * strength)
    return replace(sitter, picture=laid(sitter.picture, np.full_like(sitter.picture, (28, 26, 26)), share))


def head_covered(sitter: Sitter, strength: float) -> Sitter:
    """A cap over hair and forehead."""
    return hats.worn(sitter, hats.Hat(height=1.1 + 0.35 * strength))


def blue_top(sitter: Sitter, strength: float) -> Sitter:
    """The clothes dyed in a blue near the wall's."""
    height, width = sitter.alpha.shape
    y, x = np.mgrid[:height, :width]
    down = (x - sitter.middle[0]) * sitter.v[0] + (y - sitter.middle[1]) * sitter.v[1]
    lab = to_lab(sitter.picture)
    cheeks = sitter.points[[117, 118, 101, 346, 347, 330, 50, 280], :2].astype(int)
    cheeks = np.clip(cheeks, 0, [width - 1, height - 1])
    skin = np.median(lab[cheeks[:, 1], cheeks[:, 0]], axis=0)
    bare = np.linalg.norm((lab - skin) * np.array([0.35, 1, 1]), axis=2) < 9
    where = ((down > 1.18 * sitter.eye_to_chin) & (sitter.alpha > 0.5) & ~bare).astype(np.float32)
    share = cv2.GaussianBlur(where, (0, 0), 1.4) * min(1.0, strength)
    grey = cv2.cvtColor(sitter.picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    mean = float(grey[where > 0].mean()) if where.any() else 100.0
    tone = np.clip(0.55 + 0.45 * grey / (mean + 1), 0.4, 1.5)[..., None]
    dyed = np.clip(np.array(_SKY_TOP) * tone, 0, 255).astype(np.uint8)
    return replace(sitter, picture=laid(sitter.picture, dyed, share))
