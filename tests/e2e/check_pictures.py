"""The small pictures of docs/photo-quality.md: what each check finds, shown by the virtual studio.

The face is public domain (NASA); the portraits for tests may not be shown in documents.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from kiosk import catalogue
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.photo.check_page import PICTURES
from kiosk.photo.crop import placed
from kiosk.photo.engine import Engine
from kiosk.photo.measures import measures
from kiosk.photo.sight import Sight
from kiosk.photo.studio import DEFECTS, GOOD, Scene, Studio
from kiosk.settings import load

#: Bytes that one picture may have at most, and all together.
MOST_BYTES, MOST_TOGETHER = 25_000, 1_500_000
_QUALITY = 80
_SIZE = (240, 320)
#: Scenes of checks that no defect is named after first.
_SCENES = {
    "real_face": {"off_centre": 1.05},
    "place_x": {"off_centre": 0.75},
    "exposure": {"dark": 1.0},
    "face_inside": {"too_high": 1.5},
    "crop_inside": {"too_high": 1.0},
    "resolution": {"too_far": 1.0},
    "ear_symmetry": {"head_turned": 1.0},
    "highlights": {"bright": 0.5},
    "motion": {"moving": 1.0},
    "smile": {},
    "lens_tint": {"sunglasses": 0.6},
    "lips_colour": {"mask_below_nose": 1.0},
    "wall_even": {"wall_gradient": 1.0},
    "wall_plain": {"wall_pattern": 1.0},
    "wall_light": {"wall_shadow": 1.0},
    "wall_shift": {"wall_colour": 0.4},
    "top_contrast": {"blue_top": 0.75},
    "top_white": {},
}
#: Places in the deliverable, drawn on it as lines: level, upright, or as a distance.
_LEVEL, _UPRIGHT = ("crown_y", "eyes_y", "chin_y"), ("center_x", "eyes_x")
_DISTANCES = ("face_width", "head_height", "eye_distance")
_TEAL, _RED, _WHITE = (93, 102, 14), (34, 42, 161), (251, 254, 255)


def make(astronaut: Path, folder: Path = PICTURES) -> None:
    """One JPEG for each check into `folder`. Pictures of checks that are gone are removed."""
    settings = load()
    profile = profiles_from(catalogue.tables(settings.config / "photo_profiles"))["chsi-2017-99"]
    engine = Engine(settings.assets / "models")
    studio = Studio(astronaut, 1280, 960, engine=engine)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        if old.stem not in measures():
            old.unlink()
    for code in measures():
        picture = _of(code, studio, engine, profile)
        Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).save(
            folder / f"{code}.jpg", quality=_QUALITY, optimize=True
        )
        print(code, flush=True)


def _of(code: str, studio: Studio, engine: Engine, profile: Profile) -> np.ndarray:
    if code in (*_LEVEL, *_UPRIGHT, *_DISTANCES):
        studio.scene = GOOD
        return _measured(code, studio.frame(0.0), engine, profile)
    studio.scene = _scene(code)
    frame = studio.frame(0.0)
    if code == "top_white":
        frame = _whitened(frame, engine)
    return _marked(_around(frame, profile), studio.scene is not GOOD or code == "top_white")


def _scene(code: str) -> Scene:
    if code in _SCENES:
        return Scene(_SCENES[code]) if _SCENES[code] else GOOD
    named = [name for name, defect in DEFECTS.items() if code in defect.finds]
    return Scene({(code if code in named else named[0]): 1.0}) if named else GOOD


def _around(frame: np.ndarray, profile: Profile) -> np.ndarray:
    """What the kiosk's preview shows of it, or the whole where the preview would hide what is wrong."""
    height, width = frame.shape[:2]
    crop = profile.preview_crop(width, height)
    tall = min(height, crop["h"] * height * 1.16)
    wide = tall * _SIZE[0] / _SIZE[1]
    x = int(np.clip((crop["x"] + crop["w"] / 2) * width - wide / 2, 0, width - wide))
    y = int(np.clip((crop["y"] + crop["h"] / 2) * height - tall / 2, 0, height - tall))
    return cv2.resize(frame[y : y + int(tall), x : x + int(wide)], _SIZE, interpolation=cv2.INTER_AREA)


def _marked(picture: np.ndarray, wrong: bool) -> np.ndarray:
    """A cross in the corner of what is wrong."""
    if wrong:
        cv2.circle(picture, (214, 26), 17, _RED, -1, cv2.LINE_AA)
        for one, other in (((207, 19), (221, 33)), ((221, 19), (207, 33))):
            cv2.line(picture, one, other, _WHITE, 3, cv2.LINE_AA)
    return picture


def _measured(code: str, frame: np.ndarray, engine: Engine, profile: Profile) -> np.ndarray:
    """The deliverable with the value, and its band where the profile has one."""
    analysis = engine.analyse(frame)
    sight = Sight(analysis, profile)
    values = placed(profile, sight.marks, sight.crop)
    crop = sight.crop
    cut = frame[crop.y : crop.y + crop.h, crop.x : crop.x + crop.w]
    picture = cv2.resize(cut, (profile.width, profile.height), interpolation=cv2.INTER_AREA)
    band = profile.bands.get(code)
    value = values[code]
    if code in _DISTANCES:
        _distance(picture, code, value, values)
    else:
        if band is not None and band.low is not None and band.high is not None:
            low, high = round(band.low), round(band.high)
            part = picture[low:high] if code in _LEVEL else picture[:, low:high]
            part[:] = (0.6 * part + 0.4 * np.array(_WHITE)).astype(np.uint8)
        at = round(value)
        ends = ((0, at), (profile.width, at)) if code in _LEVEL else ((at, 0), (at, profile.height))
        cv2.line(picture, *ends, _TEAL, 5, cv2.LINE_AA)
    return cv2.resize(picture, _SIZE, interpolation=cv2.INTER_AREA)


def _distance(picture: np.ndarray, code: str, value: float, values: dict[str, float]) -> None:
    if code == "head_height":
        x = round(values["center_x"])
        ends = (x, round(values["crown_y"])), (x, round(values["chin_y"]))
    else:
        y = round(values["eyes_y"] + (70 if code == "face_width" else 0))
        middle = values["center_x" if code == "face_width" else "eyes_x"]
        ends = (round(middle - value / 2), y), (round(middle + value / 2), y)
    for start, end in (ends, (ends[1], ends[0])):
        cv2.arrowedLine(picture, start, end, _TEAL, 5, cv2.LINE_AA, tipLength=0.07)


def _whitened(frame: np.ndarray, engine: Engine) -> np.ndarray:
    """The clothes dyed white: no defect of the studio, because only one standard minds."""
    analysis = engine.analyse(frame)
    if analysis.mask is None or analysis.points is None:
        return frame
    height, width = frame.shape[:2]
    person = cv2.resize(analysis.mask, (width, height), interpolation=cv2.INTER_CUBIC)
    chin = int(analysis.points[152, 1])
    below = np.arange(height)[:, None] > chin + 0.12 * height
    share = (np.clip(person, 0, 1) * below)[..., None]
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[..., None].astype(np.float32)
    white = np.clip(205 + 0.25 * grey, 0, 250)
    return (frame * (1 - share) + white * share).astype(np.uint8)
