"""Every profile's drawing is one whole SVG with each band's numbers in both languages, and nothing that acts."""

from __future__ import annotations

from functools import partial
from xml.etree import ElementTree

import pytest

from kiosk import settings
from kiosk.catalogue import tables
from kiosk.domain.profile_drawing import draw, limits
from kiosk.domain.profiles import Profile, profiles_from
from kiosk.i18n import LANGUAGES, text

PROFILES = profiles_from(tables(settings.ROOT / "config" / "photo_profiles"))
_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = {"svg", "title", "rect", "line", "polygon", "path", "circle", "text", "g", "clipPath"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_every_band_is_drawn_with_its_numbers(profile: Profile, language: str) -> None:
    say = partial(text, language)
    root = ElementTree.fromstring(draw(profile, say, language))
    assert {element.tag.removeprefix(_SVG) for element in root.iter()} <= _DRAWN
    for element in root.iter():
        assert not {name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name}
    words = [element.text or "" for element in root.iter(f"{_SVG}text")]
    for code, band in profile.bands.items():
        assert say(f"photo.check.{code}") in words, code
        assert any(limits(band, say) in word for word in words), code
    assert any(f"{profile.kb_min}–{profile.kb_max} KB" in word for word in words)
    assert not [word for word in words if "profile." in word or "photo." in word]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_nothing_is_written_outside_or_over_another_label(profile: Profile) -> None:
    root = ElementTree.fromstring(draw(profile, partial(text, "zh_CN"), "zh_CN"))
    _, _, width, height = (float(value) for value in root.attrib["viewBox"].split())
    names = []
    for element in root.iter(f"{_SVG}text"):
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        assert 0 <= x <= width
        assert 0 <= y <= height
        if element.attrib["text-anchor"] == "end" and element.attrib["font-weight"] == "600":
            names.append(y)
    assert all(later - earlier >= 40 for earlier, later in zip(sorted(names), sorted(names)[1:], strict=False))
