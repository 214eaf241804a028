"""What every measure must have: a definition, a unit, a source, a threshold, and words in both languages."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk import settings as settings_module
from kiosk.domain.profiles import BANDS, Band, Profile, Source, Threshold
from kiosk.i18n import LANGUAGES, catalog
from kiosk.photo import measures as package
from kiosk.photo.engine import Engine
from kiosk.photo.measures import measures

MODULES = [item.name for item in pkgutil.iter_modules(package.__path__) if item.name != "base"]


@pytest.mark.parametrize("name", MODULES)
def test_a_measure_stands_in_its_own_file_with_definition_unit_and_source(name: str) -> None:
    module = importlib.import_module(f"kiosk.photo.measures.{name}")
    assert module.MEASURE.code == name
    for word in ("Unit:", "Source:"):
        assert word in re.sub(r"\s+", " ", module.__doc__ or ""), word
    assert module.measure.__doc__


def test_every_measure_is_judged_and_every_threshold_is_measured(profile: Profile) -> None:
    by_own_band = {code for code, measure in measures().items() if measure.band is not None}
    assert set(profile.thresholds) | BANDS | by_own_band == set(measures())
    for code, threshold in profile.thresholds.items():
        for band in (threshold.live, threshold.final, threshold.sure):
            assert band is None or band.unit == measures()[code].unit, code


def test_no_two_measures_share_a_rank() -> None:
    ranks = [measure.rank for measure in measures().values()]
    assert len(set(ranks)) == len(ranks)


def _words(code: str) -> tuple[str, str]:
    measure = measures()[code]
    assert measure.low
    assert measure.high
    return measure.low, measure.high


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_and_every_advice_has_words(language: str, profiles: dict[str, Profile]) -> None:
    texts = catalog(language)
    wanted = {"photo.hint.ok", "photo.hint.ask", "photo.hint.wall_colour.other"}
    wanted |= {f"photo.check.{code}" for code in (*measures(), *BANDS, "wall_colour", "file_size")}
    wanted |= {f"photo.hint.file_size.{side}" for side in ("low", "high")}
    wanted |= {f"photo.hint.crop_inside.{word}" for word in ("lower", "higher", "left", "right", "back")}
    wanted |= {f"photo.hint.{code}.{word}" for code in BANDS for word in _words(code)}
    for profile in profiles.values():
        for code, threshold in profile.thresholds.items():
            measure = measures()[code]
            if threshold.ask or threshold.sure:
                wanted.add(f"photo.hint.{code}.ask")
            for band in (threshold.live, threshold.final):
                if band is None or threshold.ask or measure.advice:
                    continue
                for limit, word in ((band.low, measure.low), (band.high, measure.high)):
                    if limit is not None:
                        assert word, (code, "has no advice on a side that can fail")
                        wanted.add(f"photo.hint.{code}.{word}")
    assert not wanted - set(texts)


#: What an official photo must be measured for: the rows of the reference on face quality, and those that the
#: standard adds. Each must have a file, said in docs/photo-quality.md.
ROWS = (
    "one face", "real face", "size, place", "roll", "yaw, pitch", "eyes open", "mouth closed", "mask off",
    "sunglasses", "light from one side", "too dark, too bright", "sharp", "backdrop even", "backdrop colour",
    "natural colour", "blue or sky top", "hat", "crown and chin position, face width", "ear-to-ear symmetry",
    "shoulders level", "glare on glasses", "hair over brows", "red-eye", "compression", "calibrated wall",
)  # fmt: skip


def test_every_row_of_the_reference_has_its_files_and_no_file_is_left_out() -> None:
    page = (settings_module.ROOT / "docs" / "photo-quality.md").read_text("utf-8")
    lines = [line.split("|") for line in page.splitlines() if line.startswith("| ") and ".py`" in line]
    table = {cells[1].strip(): set(re.findall(r"`(\w+)\.py`", cells[2])) for cells in lines}
    assert not set(ROWS) - set(table)
    assert set().union(*table.values()) == set(MODULES)


def test_a_check_is_added_with_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile, engine: Engine, still: np.ndarray
) -> None:
    (tmp_path / "grey_hair.py").write_text(
        '''"""Hair not grey.

Definition: mean of nothing. Unit: share 0..1. Source: this test.
"""

from __future__ import annotations

from kiosk.photo.measures.base import Measure
from kiosk.photo.sight import Sight


def measure(sight: Sight) -> float | None:
    """Always three quarters."""
    return 0.75


MEASURE = Measure("grey_hair", "share", 5, measure, high="dye")
''',
        "utf-8",
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    measures.cache_clear()
    try:
        before = engine.final(still, profile).judgement
        assert "grey_hair" not in {check.code for check in before.checks}, "a measure without a limit is no check"
        source = Source("test", "this test", "D")
        band = Band(None, 0.5, "share", source)
        limits = {**profile.thresholds, "grey_hair": Threshold("grey_hair", band, band, None, False)}
        judgement = engine.final(still, replace(profile, thresholds=limits)).judgement
        reason = judgement.reason
        assert reason is not None
        assert (reason.code, reason.value, reason.high, reason.hint) == (
            "grey_hair", 0.75, 0.5, "photo.hint.grey_hair.dye",
        )  # fmt: skip
        assert judgement.checks[0] is reason
    finally:
        measures.cache_clear()
        sys.modules.pop("kiosk.photo.measures.grey_hair", None)
