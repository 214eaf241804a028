"""What every measure must have: a definition, a unit, a source, a threshold, and words in both languages."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from kiosk.domain.profiles import BANDS, Profile
from kiosk.i18n import LANGUAGES, catalog
from kiosk.photo import measures as package
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
