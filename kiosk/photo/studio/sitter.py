"""The person of the virtual studio: a portrait cut from its own backdrop, with the points of the face.

Works at a common scale (eye line to chin about 230 px), so that every edit looks the same for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from kiosk.photo import points as mesh
from kiosk.photo import shoulders
from kiosk.photo.engine import Engine
from kiosk.photo.read import read_picture
from kiosk.photo.studio import turn, warp

#: Eye line to chin in px that every sitter is brought to.
EYE_TO_CHIN = 230.0
#: A larger lip gap (over eye line to chin) is closed, so that the person can pass.
_LIPS_APART = 0.022
#: Bringing the head to the front may open them again; closed lips that are full come near this.
_LIPS_APART_IN_FRONT = 0.032
#: How a smile is closed, tried on the astronaut: corners in and down (eye-to-chin lengths), how straight the line
#: between the lips becomes, how far the outer edges follow; a second pass closes what the first left open.
_EASE_IN, _EASE_DOWN, _STRAIGHT, _FOLLOW = 0.03, 0.03, 0.9, 0.5
_TRIES = 2
#: Shoulders this level (degrees) are left as they are; further than this they are not bent.
_LEVEL, _SHEAR_MOST = 0.5, 16.0
#: Points around the mouth that stay where they are while the lips are closed.
_STILL = (
    2, 98, 327, 206, 426, 205, 425, 129, 358, 172, 136, 150, 149, 176, 152, 400, 378, 379, 365, 397, 199,
)  # fmt: skip


#: What is done with the mouth of a portrait.
Mouth = Literal["close", "shut", "own"]


class NoSitter(ValueError):
    """The portrait shows no face."""


@dataclass(frozen=True)
class Sitter:
    """`picture` BGR uint8, `alpha` 0..1 of the person, `points` 468 × 3 px, `lids` both contours 16 × 2.

    `u` points along the eyes to the picture's right, `v` from the eyes to the chin.
    """

    picture: np.ndarray
    alpha: np.ndarray
    points: np.ndarray
    lids: tuple[np.ndarray, np.ndarray]
    eyes: np.ndarray

    @property
    def middle(self) -> np.ndarray:
        """Eye centre."""
        return self.eyes.mean(0)

    @property
    def u(self) -> np.ndarray:
        """Unit vector along the eyes."""
        across = self.eyes[1] - self.eyes[0]
        return across / np.linalg.norm(across)

    @property
    def v(self) -> np.ndarray:
        """Unit vector down the face."""
        return np.array([-self.u[1], self.u[0]])

    @property
    def eye_distance(self) -> float:
        """px."""
        return float(np.linalg.norm(self.eyes[1] - self.eyes[0]))

    @property
    def eye_to_chin(self) -> float:
        """px."""
        return float(np.linalg.norm(self.points[mesh.CHIN, :2] - self.middle))

    @property
    def face_width(self) -> float:
        """px, cheek to cheek."""
        return float(np.linalg.norm(self.points[mesh.CHEEK_LEFT, :2] - self.points[mesh.CHEEK_RIGHT, :2]))

    def at(self, x: float, y: float) -> np.ndarray:
        """The point `x` px to the right and `y` px down from the eye centre, in the face's own axes."""
        return self.middle + self.u * x + self.v * y

    def warped(self, to: np.ndarray, come_from: np.ndarray) -> Sitter:
        """The sitter with parts moved; the points stay those of the untouched face."""
        maps = warp.field((self.alpha.shape[1], self.alpha.shape[0]), to, come_from)
        alpha = np.clip(warp.apply(self.alpha, maps), 0, 1)
        return replace(self, picture=warp.apply(self.picture, maps), alpha=alpha)

    def sheared(self, degrees: float) -> Sitter:
        """The shoulders tilted, the picture's right one up, the head as it was."""
        height, width = self.alpha.shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        across = (x - self.middle[0]) * self.u[0] + (y - self.middle[1]) * self.u[1]
        down = (x - self.middle[0]) * self.v[0] + (y - self.middle[1]) * self.v[1]
        share = np.clip(down / (0.3 * self.eye_to_chin) - 2.6, 0, 1)
        shift = (np.tan(np.radians(degrees)) * across * share).astype(np.float32)
        maps = (x, np.clip(y + shift, 0, height - 1).astype(np.float32))
        picture = cv2.remap(self.picture, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.remap(self.alpha, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return replace(self, picture=picture, alpha=alpha)


def load(portrait: Path, engine: Engine, mouth: Mouth = "close") -> Sitter:
    """The sitter of a portrait. `mouth`: `close` closes lips that are measured apart, `shut` all, `own` none.

    Raises `Refusal` for an unreadable picture, `NoSitter` without a face."""
    picture = read_picture(portrait)
    first = engine.analyse(picture, mask=False)
    if first.points is None or first.eyes is None:
        raise NoSitter(portrait.name)
    eyes = np.array([eye.iris.mean(0) for eye in first.eyes])
    length = float(np.linalg.norm(first.points[mesh.CHIN, :2] - eyes.mean(0)))
    picture = _window(picture, eyes.mean(0), length)
    factor = EYE_TO_CHIN / length
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    analysis = engine.analyse(picture)
    if analysis.points is None or analysis.eyes is None or analysis.mask is None:
        raise NoSitter(portrait.name)
    alpha, picture = _cut_out(picture, analysis.mask)
    left, right = analysis.eyes
    sitter = Sitter(
        picture,
        alpha,
        analysis.points,
        (left.contour[:16], right.contour[:16]),
        np.array([left.iris.mean(0), right.iris.mean(0)]),
    )
    if mouth == "own":
        return _level(_continued(turn.straightened(sitter, engine)))
    front = turn.straightened(_mouth_closed(sitter, engine, 0.0 if mouth == "shut" else _LIPS_APART), engine)
    return _level(_continued(_mouth_closed(front, engine, _LIPS_APART_IN_FRONT)))


def _mouth_closed(sitter: Sitter, engine: Engine, apart: float) -> Sitter:
    """The lips brought together where they are further apart than `apart` eye-to-chin lengths."""
    for tried in range(_TRIES):
        if _lip_gap(sitter) <= (max(apart, _LIPS_APART) if tried else apart):
            break
        sitter = _lips_closed(sitter)
        seen = engine.analyse(sitter.picture, mask=False)
        sitter = sitter if seen.points is None else replace(sitter, points=seen.points)
    return sitter


def _level(sitter: Sitter) -> Sitter:
    """The shoulders brought level with the eyes: few sit straight in their portrait."""
    eyes = float(np.degrees(np.arctan2(sitter.u[1], sitter.u[0])))
    level = sitter
    own = 0.0
    for _ in range(_TRIES + 1):
        chin = float(sitter.points[mesh.CHIN, 1])
        found = shoulders.angle(level.alpha, float(sitter.middle[0]), chin, sitter.face_width, sitter.eye_to_chin)
        if found is None or abs(found - eyes) < _LEVEL:
            break
        own = float(np.clip(own + found - eyes, -_SHEAR_MOST, _SHEAR_MOST))
        level = sitter.sheared(own)
    return level


def _window(picture: np.ndarray, middle: np.ndarray, length: float) -> np.ndarray:
    """The part of a large picture that matters: the person's head and shoulders."""
    height, width = picture.shape[:2]
    x0, x1 = max(0, int(middle[0] - 3.2 * length)), min(width, int(middle[0] + 3.2 * length))
    y0, y1 = max(0, int(middle[1] - 2.6 * length)), min(height, int(middle[1] + 3.0 * length))
    return picture[y0:y1, x0:x1]


def _cut_out(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alpha of the person and the picture without the old backdrop's colour in the hair's edge.

    On a plain backdrop the edge is found by colour; on any other the mask is fitted to the picture's own edges.
    """
    height, width = picture.shape[:2]
    person = cv2.resize(mask, (width, height), interpolation=cv2.INTER_CUBIC)
    lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB))
    wall = person < 0.05
    wall[int(height * 0.75) :] = False
    if wall.sum() < 0.02 * wall.size or float(lab[wall][:, 1:].std(axis=0).max()) > 11:
        return _fitted(picture, person), picture
    weight = cv2.GaussianBlur(wall.astype(np.float32), (0, 0), width / 12) + 1e-4
    ground = np.dstack(
        [cv2.GaussianBlur(lab[..., k] * wall, (0, 0), width / 12) / weight for k in range(3)]
    ).astype(np.float32)
    distance = np.asarray(np.linalg.norm((lab - ground) * np.array([0.6, 1, 1], np.float32), axis=2))
    key = np.clip((distance - 4) / 16, 0, 1)
    unsure = cv2.dilate(((person > 0.02) & (person < 0.985)).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    mixed = np.clip(0.25 * person + 0.75 * key, 0, 1) * (person > 0.02)
    alpha = np.where(unsure, mixed, person > 0.5).astype(np.float32)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.9), np.float32)
    behind = cv2.cvtColor(ground, cv2.COLOR_LAB2BGR) * 255
    solid = np.maximum(alpha, 0.25)[..., None]
    clean = (picture - (1 - alpha[..., None]) * behind) / solid
    edge = ((alpha > 0.02) & (alpha < 0.98))[..., None]
    return alpha, np.clip(np.where(edge, clean, picture), 0, 255).astype(np.uint8)


def _fitted(picture: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The mask brought onto the picture's edges (guided filter on grey)."""
    guide = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32) / 255
    coarse = np.asarray(np.clip((person - 0.3) / 0.4, 0, 1), np.float32)
    side = (13, 13)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, side)

    average, target = mean(guide), mean(coarse)
    slope = (mean(guide * coarse) - average * target) / (mean(guide * guide) - average**2 + 2e-4)
    level = target - slope * average
    return np.clip((mean(slope) * guide + mean(level) - 0.15) / 0.7, 0, 1)


def _continued(sitter: Sitter) -> Sitter:
    """Shoulders and chest continued beyond the portrait's edges, sloping down to both sides."""
    height, width = sitter.alpha.shape
    side, below = int(2.0 * EYE_TO_CHIN), int(3.2 * EYE_TO_CHIN)
    x, y = np.meshgrid(
        np.arange(-side, width + side, dtype=np.float32), np.arange(0, height + below, dtype=np.float32)
    )
    beyond = np.asarray(np.maximum(0, np.maximum(-x, x - (width - 1))))
    drop: np.ndarray = 0.3 * beyond + 300 * (beyond / (0.6 * EYE_TO_CHIN)) ** 4
    map_x, map_y = np.clip(x, 2, width - 3), np.maximum(0, _folded(y - drop, height - 3))
    picture = cv2.remap(sitter.picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.remap(sitter.alpha, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # streaks of a repeated edge are softened and given the grain of cloth
    repeated = np.clip(beyond / 12, 0, 1)[..., None]
    grain = np.random.default_rng(1).normal(0, 3, picture.shape)
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 5), np.float32) + grain
    picture = np.clip(picture * (1 - repeated) + soft * repeated, 0, 255).astype(np.uint8)
    move = np.array([side, 0])
    return Sitter(
        picture,
        alpha,
        sitter.points + np.array([side, 0, 0]),
        (sitter.lids[0] + move, sitter.lids[1] + move),
        sitter.eyes + move,
    )


def _folded(y: np.ndarray, last: int) -> np.ndarray:
    """Rows below `last` go up and down over the last strip of the portrait, so that its pattern goes on."""
    strip = 0.2 * EYE_TO_CHIN
    over = np.maximum(0, y - last) % (2 * strip)
    return np.minimum(y, last) - np.minimum(over, 2 * strip - over)


def _lip_gap(sitter: Sitter) -> float:
    """Largest gap of the inner lips over eye line to chin."""
    flat = sitter.points[:, :2]
    return max(float(np.linalg.norm(flat[a] - flat[b])) for a, b in mesh.LIP_PAIRS) / sitter.eye_to_chin


def _lips_closed(sitter: Sitter) -> Sitter:
    """Parted lips brought together."""
    flat = sitter.points[:, :2]
    upper = flat[[78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]]
    lower = flat[[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]]
    t, u, v = sitter.eye_to_chin, sitter.u, sitter.v
    # the corners of a smile go in and down, the line between the lips becomes straighter
    ease = np.array([u * _EASE_IN * t + v * _EASE_DOWN * t, -u * _EASE_IN * t + v * _EASE_DOWN * t])
    share = np.linspace(0, 1, 11)[:, None]
    corners = flat[[61, 291]] + ease
    middle = upper * 0.45 + lower * 0.55
    chord = (upper[:1] + ease[:1]) * (1 - share) + (upper[-1:] + ease[1:]) * share
    line = _STRAIGHT * chord + (1 - _STRAIGHT) * (middle + ease[:1] * (1 - share) + ease[1:] * share)
    hair = 0.004 * t * v
    # the lips grow over the teeth: their inner edge moves, the outer one hardly
    outer_up = flat[[40, 39, 37, 0, 267, 269, 270]]
    outer_down = flat[[91, 181, 84, 17, 314, 405, 321]]
    follow_up, follow_down = (line - upper)[2:9] * _FOLLOW, (line - lower)[2:9] * _FOLLOW
    fixed = flat[list(_STILL)]
    to = [line[1:-1] - hair, line[1:-1] + hair, corners, outer_up + follow_up, outer_down + follow_down, fixed]
    inside = [upper[1:-1] - 2 * hair, lower[1:-1] + 2 * hair]
    closed = sitter.warped(np.vstack(to), np.vstack([*inside, flat[[61, 291]], outer_up, outer_down, fixed]))
    return replace(closed, picture=_lip_line(closed.picture, line, _lip_tone(sitter), t))


def _lip_tone(sitter: Sitter) -> np.ndarray:
    """Colour of the lips, BGR, taken between their inner and outer edges."""
    flat = sitter.points[:, :2]
    inner = flat[[81, 13, 311, 178, 14, 402]]
    outer = flat[[39, 0, 269, 181, 17, 405]]
    places = np.round(np.concatenate([inner * 0.25 + outer * 0.75, inner * 0.4 + outer * 0.6])).astype(int)
    height, width = sitter.alpha.shape
    return np.median(
        sitter.picture[np.clip(places[:, 1], 0, height - 1), np.clip(places[:, 0], 0, width - 1)], axis=0
    )


def _lip_line(picture: np.ndarray, line: np.ndarray, tone: np.ndarray, length: float) -> np.ndarray:
    """What is left of the teeth takes the lips' colour, with the fine dark line between the lips."""
    points = np.round(line * 8).astype(np.int32)
    out = picture.astype(np.float32)
    for thickness, colour, share in ((0.045, tone, 0.8), (0.009, tone * 0.6, 0.9)):
        cover = np.zeros(picture.shape[:2], np.float32)
        cv2.polylines(cover, [points], False, 1.0, max(1, round(thickness * length)), cv2.LINE_AA, 3)
        soft = cv2.GaussianBlur(cover, (0, 0), max(0.8, 0.3 * thickness * length))[..., None] * share
        out = out * (1 - soft) + colour * soft
    return np.clip(out, 0, 255).astype(np.uint8)
