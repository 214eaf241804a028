"""The judge: measured values against the profile's bands, ranked by what the person can mend first."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from kiosk.domain.judgement import Check, Judgement, Verdict
from kiosk.domain.profiles import Background, Band, Profile
from kiosk.photo.analysis import Analysis
from kiosk.photo.crop import Crop, placed
from kiosk.photo.measures import measures
from kiosk.photo.sight import Sight

Stage = Literal["live", "final"]

#: Places in the order of advice of what is no measure of its own.
_RANK_BANDS, _RANK_WALL = 80, 245
#: Advice where a value of the deliverable lies below or above its band, in the person's own directions.
_MOVES = {
    "crown_y": ("lower", "higher"),
    "eyes_y": ("lower", "higher"),
    "chin_y": ("lower", "higher"),
    "center_x": ("left", "right"),
    "eyes_x": ("left", "right"),
    "face_width": ("closer", "back"),
    "head_height": ("closer", "back"),
    "eye_distance": ("closer", "back"),
}
_FACE_COUNT = "face_count"


def judge(
    analysis: Analysis, profile: Profile, stage: Stage, crop: Crop | None = None
) -> tuple[Judgement, Sight | None]:
    """The judgement and, where there is a face, the sight it was made from.

    `crop`: given where the picture already is the deliverable. Without a mask (`analysis.mask` None) the measures
    that need one are left out; only coaching does so, between two masks.
    """
    if analysis.points is None:
        return _nobody(profile, stage), None
    sight = Sight(analysis, profile, crop)
    ranked: list[tuple[int, Check]] = []
    for code, measure in measures().items():
        threshold = profile.thresholds.get(code)
        band = None if threshold is None else (threshold.live if stage == "live" else threshold.final)
        if threshold is None or band is None or (measure.needs_mask and analysis.mask is None):
            continue
        words = (measure.low, measure.high)
        value = measure.function(sight)
        sure = threshold.sure if stage == "final" else None
        item = check(code, value, band, words, ask=threshold.ask or _unsure(sure, value))
        if item.passed is False and measure.advice is not None:
            item = replace(item, hint=f"photo.hint.{code}.{measure.advice(sight)}")
        ranked.append((measure.rank, item))
    if analysis.mask is not None:
        values = placed(profile, sight.marks, sight.crop)
        ranked += [
            (_RANK_BANDS, check(code, values[code], band, _MOVES[code])) for code, band in profile.bands.items()
        ]
    if analysis.mask is not None:
        ranked.append((_RANK_WALL, wall_colour(sight)))
    ranked.sort(key=lambda pair: pair[0])
    checks = tuple(item for _, item in ranked)
    return Judgement(profile.code, verdict(checks), checks), sight


def _unsure(sure: Band | None, value: float | None) -> bool:
    """Whether a value is too near the limit for the machine to fail the picture."""
    return sure is not None and value is not None and sure.holds(value)


def verdict(checks: tuple[Check, ...]) -> Verdict:
    """One failure fails; else one open question asks."""
    if any(item.passed is False for item in checks):
        return Verdict.FAIL
    return Verdict.ASK if any(item.passed is None for item in checks) else Verdict.PASS


def check(
    code: str,
    value: float | None,
    band: Band,
    words: tuple[str | None, str | None] = ("low", "high"),
    ask: bool = False,
) -> Check:
    """One value against its band. A value that could not be measured is a question, never a pass."""
    if value is None:
        return Check(code, None, band.unit, band.low, band.high, None, "photo.hint.ask")
    value = round(value, 4)
    if band.holds(value):
        return Check(code, value, band.unit, band.low, band.high, True, "photo.hint.ok")
    if ask:
        return Check(code, value, band.unit, band.low, band.high, None, f"photo.hint.{code}.ask")
    word = words[0] if band.low is not None and value < band.low else words[1]
    return Check(code, value, band.unit, band.low, band.high, False, f"photo.hint.{code}.{word}")


def wall_colour(sight: Sight) -> Check:
    """The wall's colour against the walls that the profile allows: the quantity that decides, with its band."""
    code = "wall_colour"
    wall = sight.wall_colour
    if wall is None:
        return Check(code, None, "deg", None, None, None, "photo.hint.ask")
    lightness, chroma, hue = _polar(wall)
    best: tuple[float, float, Band] | None = None
    for background in sight.profile.backgrounds:
        missed, value, band = _worst(background, {"hue": hue, "chroma": chroma, "lightness": lightness})
        if best is None or missed < best[0]:
            best = (missed, value, band)
    if best is None:
        return Check(code, hue, "deg", None, None, True, "photo.hint.ok")
    found = check(code, best[1], best[2])
    return found if found.passed else replace(found, hint=f"photo.hint.{code}.other")


def _polar(lab: np.ndarray) -> tuple[float, float, float]:
    """Lightness, chroma, hue in degrees."""
    lightness, a, b = (float(value) for value in lab)
    return lightness, float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)


def _worst(background: Background, seen: dict[str, float]) -> tuple[float, float, Band]:
    """(how far outside relative to the band, value, band) of the quantity that misses most, else the first one."""
    found: list[tuple[float, float, Band]] = []
    for name in ("hue", "chroma", "lightness"):
        band: Band | None = getattr(background, name)
        if band is None:
            continue
        value = seen[name]
        low, high = band.low or 0.0, band.high if band.high is not None else float("inf")
        width = max(1.0, min(high, 1e6) - low)
        found.append((max(0.0, low - value, value - high) / width, value, band))
    return max(found, key=lambda item: item[0])


def _nobody(profile: Profile, stage: Stage) -> Judgement:
    threshold = profile.thresholds[_FACE_COUNT]
    band = (threshold.live if stage == "live" else threshold.final) or next(
        item for item in (threshold.live, threshold.final) if item
    )
    return Judgement(profile.code, Verdict.FAIL, (check(_FACE_COUNT, 0.0, band, ("look", None)),))
