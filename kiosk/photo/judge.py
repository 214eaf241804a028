"""The judge: measured values against the profile's bands, ranked by what the person can mend first."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.domain.calibration import Calibration
from kiosk.domain.judgement import Check, Judgement, Verdict
from kiosk.domain.profiles import Band, Profile, Threshold
from kiosk.photo.analysis import Analysis
from kiosk.photo.crop import Crop
from kiosk.photo.measures import measures
from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight

Stage = Literal["live", "final"]

_FACE_COUNT = "face_count"


def judge(
    analysis: Analysis,
    profile: Profile,
    stage: Stage,
    crop: Crop | None = None,
    calibration: Calibration | None = None,
) -> tuple[Judgement, Sight | None]:
    """The judgement and, where there is a face, the sight it was made from.

    `crop`: given where the picture already is the deliverable. `calibration`: of the camera that took it.
    Without a mask (`analysis.mask` None) the measures that need one are left out; only coaching does so, between
    two masks.
    """
    if analysis.points is None:
        return _nobody(profile, stage), None
    sight = Sight(analysis, profile, crop, calibration)
    found = (_checked(measure, sight, stage) for measure in measures().values())
    checks = tuple(item for item in found if item is not None)
    return Judgement(profile.code, verdict(checks), checks), sight


def _checked(measure: Measure, sight: Sight, stage: Stage) -> Check | None:
    """One measure's check; None where neither profile nor stage asks for it."""
    if (measure.needs_mask and sight.analysis.mask is None) or not measure.applies(sight):
        return None
    code, threshold = measure.code, sight.profile.thresholds.get(measure.code)
    if measure.band is not None:
        band = measure.band(sight)
        if band is None:
            return Check(code, None, measure.unit, None, None, None, "photo.hint.ask")
    elif threshold is not None:
        band = _at(threshold, stage)
    else:
        band = sight.profile.bands.get(code)
    if band is None:
        return None
    value = measure.function(sight)
    ask = threshold is not None and (threshold.ask or (stage == "final" and _unsure(threshold.sure, value)))
    item = check(code, value, band, (measure.low, measure.high), ask)
    if item.passed is False and measure.advice is not None:
        item = replace(item, hint=f"photo.hint.{code}.{measure.advice(sight)}")
    return item


def _at(threshold: Threshold, stage: Stage) -> Band | None:
    return threshold.live if stage == "live" else threshold.final


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


def _nobody(profile: Profile, stage: Stage) -> Judgement:
    threshold = profile.thresholds[_FACE_COUNT]
    band = _at(threshold, stage) or next(item for item in (threshold.live, threshold.final) if item)
    return Judgement(profile.code, Verdict.FAIL, (check(_FACE_COUNT, 0.0, band, ("look", None)),))
