"""The room of the virtual studio: wall, where the person stands, light, lens. BGR, float32 while it is made."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from kiosk.photo import points as mesh
from kiosk.photo.crop import Marks
from kiosk.photo.studio import edits, extras, turn
from kiosk.photo.studio.scene import DEFECTS, Scene
from kiosk.photo.studio.sitter import Sitter

#: RGB (100, 197, 255), the reference of the degree photo, as BGR.
WALL = (255.0, 197.0, 100.0)
#: Eye line to chin over the picture's height, and the eyes' place, of a person who stands right.
_NEAR, _EYES = 0.235, 0.42
_REFERENCE_WIDTH = 1920


def dressed(sitter: Sitter, scene: Scene) -> Sitter:
    """The sitter with what the scene has wrong about the person."""
    for name, edit in (
        ("shoulders_tilted", extras.shoulders_tilted),
        ("blue_top", edits.blue_top),
        ("eyes_closed", edits.eyes_closed),
        ("mouth_open", edits.mouth_open),
        ("mask", edits.mask_on),
        ("sunglasses", edits.sunglasses),
        ("head_cover", edits.head_covered),
        ("red_eye", extras.red_eye),
        ("hair_over_brows", extras.hair_over_brows),
        ("glasses_glare", extras.glasses_glare),
        ("mask_below_nose", extras.mask_below_nose),
        ("headphones", extras.headphones),
        ("hand_in_frame", extras.hand_in_frame),
    ):
        strength = scene.strength(name)
        if strength > 0 or (strength and DEFECTS[name].sided):
            sitter = edit(sitter, strength)
    yaw, pitch = 24 * scene.strength("head_turned"), 24 * scene.strength("head_lifted")
    return turn.turned(sitter, yaw, pitch) if yaw or pitch else sitter


def stand(sitter: Sitter, scene: Scene, width: int, height: int) -> np.ndarray:
    """2 × 3 matrix from the sitter's px to the picture's. The person's own tilt is taken out first."""
    scale = _NEAR * min(height, width * 1.34) / sitter.eye_to_chin
    scale *= (1 - 0.52 * scene.strength("too_far")) * (1 + 0.7 * scene.strength("too_near"))
    own = float(np.degrees(np.arctan2(sitter.u[1], sitter.u[0])))
    turn = own - 12 * scene.strength("head_tilted")
    x, y = (float(value) for value in sitter.middle)
    matrix = cv2.getRotationMatrix2D((x, y), turn, scale)
    to_x = width * (0.5 + 0.27 * scene.strength("off_centre"))
    to_y = height * (_EYES - 0.24 * scene.strength("too_high") + 0.27 * scene.strength("too_low"))
    matrix[:, 2] += np.array([to_x, to_y]) - sitter.middle
    return matrix


def picture(
    sitter: Sitter, scene: Scene, width: int, height: int, seed: int, other: Sitter | None = None
) -> np.ndarray:
    """The scene as the camera sees it, uint8, without the sensor's noise."""
    rng = np.random.default_rng(seed)
    canvas = _wall(scene, width, height, rng)
    matrix = stand(sitter, scene, width, height)
    people: list[tuple[Sitter, np.ndarray]] = []
    if scene.strength("two_people") > 0 and other is not None:
        people.append((other, _beside(other, width, height, scene.strength("two_people"))))
    if scene.strength("person_behind") > 0 and other is not None:
        people.append((other, _behind(other, width, height, scene.strength("person_behind"))))
    if scene.strength("empty") <= 0:
        people.append((dressed(sitter, scene), matrix))
    for person, place in people:
        canvas = _laid_in(canvas, person, place, scene.strength("wall_shadow"))
    middle = float(matrix[0] @ np.array([*sitter.middle, 1.0]))
    canvas = _lit(canvas, scene, middle)
    return np.clip(_lens(canvas, scene), 0, 255).astype(np.uint8)


def _beside(person: Sitter, width: int, height: int, strength: float) -> np.ndarray:
    matrix = stand(person, Scene(), width, height)
    matrix *= 0.8 * strength
    matrix[:, 2] += np.array([width * 0.79, height * 0.46]) - (matrix[:, :2] @ person.middle + matrix[:, 2])
    return matrix


def _behind(person: Sitter, width: int, height: int, strength: float) -> np.ndarray:
    """Somebody who walks by between the person and the wall, seen over the shoulder."""
    matrix = stand(person, Scene(), width, height)
    matrix *= 0.42 * strength
    matrix[:, 2] += np.array([width * 0.67, height * 0.3]) - (matrix[:, :2] @ person.middle + matrix[:, 2])
    return matrix


def _wall(scene: Scene, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    colour = np.array(WALL, np.float32)
    other = scene.strength("wall_colour")
    if other:
        # neither blue nor white: a grey-green wall
        colour = colour * (1 - min(1.0, other)) + np.array((120.0, 170.0, 110.0), np.float32) * min(1.0, other)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None]
    centre_x, centre_y = 0.5 + rng.uniform(-0.06, 0.06), 0.45 + rng.uniform(-0.08, 0.08)
    fall = 0.04 + 0.62 * scene.strength("wall_gradient")
    light = 1 - fall * 2 * ((x - centre_x) ** 2 + (y - centre_y) ** 2)
    light = light - 0.35 * scene.strength("wall_gradient") * (x - 0.5)
    wall = light[..., None] * colour
    pattern = scene.strength("wall_pattern")
    if pattern:
        bars = (np.arange(width) * 40 // width) % 2 == 0
        wall[:, bars] *= 1 - 0.25 * min(1.0, pattern)
    return wall


def _laid_in(canvas: np.ndarray, person: Sitter, matrix: np.ndarray, shadow: float) -> np.ndarray:
    height, width = canvas.shape[:2]
    cover = cv2.warpAffine(person.alpha, matrix, (width, height), flags=cv2.INTER_LINEAR)
    body = cv2.warpAffine(
        person.picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if shadow:
        moved = cv2.warpAffine(cover, np.array([[1, 0, width * 0.06], [0, 1, height * 0.01]]), (width, height))
        canvas = canvas * (1 - 0.45 * shadow * cv2.GaussianBlur(moved, (0, 0), width * 0.012)[..., None])
    share = cover[..., None]
    return canvas * (1 - share) + body * share


def _lit(canvas: np.ndarray, scene: Scene, middle: float) -> np.ndarray:
    width = canvas.shape[1]
    side = scene.strength("side_light")
    if side:
        x = np.arange(width, dtype=np.float32)[None, :, None]
        ramp = 1 / (1 + np.exp(-(x - middle) / (width * 0.03)))
        ramp = ramp if side > 0 else 1 - ramp
        low = 1 - 0.6 * abs(side)
        canvas = canvas * (low + (1.08 - low) * ramp)
    cast = scene.strength("colour_cast")
    if cast:
        canvas = canvas * (1 + (np.array([0.6, 0.95, 1.2], np.float32) - 1) * cast)
    gain = (1 - 0.72 * scene.strength("dark")) * (1 + 0.9 * scene.strength("bright"))
    return canvas * np.float32(gain) if gain != 1 else canvas


def _lens(canvas: np.ndarray, scene: Scene) -> np.ndarray:
    scale = canvas.shape[1] / _REFERENCE_WIDTH
    blur = 7.0 * scene.strength("blurred") * scale
    if blur:
        canvas = cv2.GaussianBlur(canvas, (0, 0), blur)
    length = round(30 * scene.strength("moving") * scale)
    if length > 1:
        canvas = cv2.blur(canvas, (length, 1))
    squeezed = scene.strength("compressed")
    return _squeezed(canvas, squeezed) if squeezed > 0 else canvas


def _squeezed(canvas: np.ndarray, strength: float) -> np.ndarray:
    """What a cheap camera's own JPEG leaves: quality 8 at strength 1."""
    quality = round(max(2.0, 60 - 52 * strength))
    pixels = np.clip(canvas, 0, 255).astype(np.uint8)
    done, file = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))
    back = cv2.imdecode(file, cv2.IMREAD_COLOR) if done else None
    return canvas if back is None else back.astype(np.float32)


def truth(sitter: Sitter, scene: Scene, width: int, height: int) -> Marks:
    """Where the head really is in the picture, from the sitter's own outline, not from a model's view of it."""
    matrix = stand(sitter, scene, width, height)
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    flat = sitter.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    eyes = sitter.eyes @ matrix[:, :2].T + matrix[:, 2]
    cheeks = flat[[mesh.CHEEK_LEFT, mesh.CHEEK_RIGHT]]
    upright = cv2.warpAffine(sitter.alpha, matrix, (width, height), flags=cv2.INTER_LINEAR)
    half = 0.36 * sitter.face_width * scale
    x0, x1 = (int(np.clip(eyes[:, 0].mean() + side * half, 0, width)) for side in (-1, 1))
    share = (upright[:, x0:x1] > 0.5).mean(1)
    rows = np.flatnonzero(share >= 0.14)
    return Marks(
        crown_y=float(rows[0]) if len(rows) else 0.0,
        eyes_y=float(eyes[:, 1].mean()),
        chin_y=float(flat[mesh.CHIN, 1]),
        eyes_x=float(eyes[:, 0].mean()),
        center_x=float(cheeks[:, 0].mean() + eyes[:, 0].mean()) / 2,
        face_width=sitter.face_width * scale,
        eye_distance=sitter.eye_distance * scale,
    )


def mirrored(sitter: Sitter) -> Sitter:
    """A second person to stand behind: the sitter seen in a mirror."""
    width = sitter.alpha.shape[1]
    flip = np.array([-1.0, 1.0])
    move = np.array([width - 1.0, 0.0])
    points = sitter.points.copy()
    points[:, 0] = width - 1 - points[:, 0]
    return replace(
        sitter,
        picture=np.ascontiguousarray(sitter.picture[:, ::-1]),
        alpha=np.ascontiguousarray(sitter.alpha[:, ::-1]),
        points=points,
        lids=(sitter.lids[1] * flip + move, sitter.lids[0] * flip + move),
        eyes=(sitter.eyes * flip + move)[::-1],
    )
