"""What the virtual studio shows: the defects by name, what each one does and which check must find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Defect:
    """`finds`: codes of which at least one must not pass at strength 1 (or −1 where the defect has a side).

    `live`, `final`: whether coaching and the verdict on the kept picture must find it. Where somebody stands is
    coached, but a still whose crop fits is a good one wherever it was cut from. Without a code nothing finds it:
    staff look (docs/photo-quality.md says which).
    """

    finds: frozenset[str]
    sided: bool = False
    live: bool = True
    final: bool = True


def _defect(*codes: str, sided: bool = False, live: bool = True, final: bool = True) -> Defect:
    return Defect(frozenset(codes), sided, live, final)


#: Every defect that a scene can have. Strength 1 is clearly wrong; sided ones also take −1 (left, down).
DEFECTS: Mapping[str, Defect] = {
    "empty": _defect("face_count"),
    "two_people": _defect("second_face"),
    "too_far": _defect("distance", "resolution", final=False),
    "too_near": _defect("distance", "crop_inside", "face_width", "crown_y", "eyes_y"),
    "off_centre": _defect("place_x", "crop_inside", "center_x", sided=True, final=False),
    "too_high": _defect("place_y", "crop_inside", "crown_y", "face_inside"),
    "too_low": _defect("place_y", "crop_inside", "crown_y", "eyes_y", "face_width", "resolution"),
    "head_tilted": _defect("roll", sided=True),
    "head_turned": _defect("yaw", "ear_symmetry", sided=True),
    "head_lifted": _defect("pitch", sided=True),
    "eyes_closed": _defect("eyes_open", "eyes_closed"),
    "mouth_open": _defect("mouth_closed", "mouth_open"),
    "mask": _defect("mask", "lips_colour"),
    "sunglasses": _defect("sunglasses", "lens_tint"),
    "head_cover": _defect("head_cover", live=False),
    "blue_top": _defect("top_colour", "top_contrast"),
    "side_light": _defect("side_light", "exposure", sided=True),
    "dark": _defect("exposure"),
    "bright": _defect("exposure", "highlights"),
    "colour_cast": _defect("natural_colour", "wall_colour"),
    "blurred": _defect("sharpness"),
    "moving": _defect("motion", "sharpness"),
    "wall_shadow": _defect("wall_even", "wall_plain"),
    "wall_gradient": _defect("wall_even"),
    "wall_colour": _defect("wall_colour"),
    "wall_pattern": _defect("wall_plain", "wall_even"),
    "person_behind": _defect("second_face"),
    "mask_below_nose": _defect("mask", "lips_colour"),
    "glasses_glare": _defect("glare", "sunglasses", live=False),
    "hair_over_brows": _defect("hair_brows", live=False),
    "red_eye": _defect("red_eye", live=False),
    "shoulders_tilted": _defect("shoulders_level", sided=True),
    "headphones": _defect("head_cover", live=False),
    "hand_in_frame": _defect("mask", "lips_colour"),
    "compressed": _defect("compression", "sharpness", live=False),
}


@dataclass(frozen=True)
class Scene:
    """Defects by name with their strength, 0 none, 1 clearly wrong; several may be combined.

    Raises `KeyError` for a defect that does not exist.
    """

    defects: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.defects:
            if name not in DEFECTS:
                raise KeyError(name)

    def strength(self, name: str) -> float:
        """0 where the scene does not have the defect."""
        return float(self.defects.get(name, 0.0))


#: Everything right.
GOOD = Scene()
