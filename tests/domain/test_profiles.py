"""What a profile must be: every number with source and grade, one level of inheritance, nothing unknown."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kiosk import settings
from kiosk.catalogue import tables
from kiosk.domain.profiles import BANDS, GRADES, Band, Number, Profile, ProfileError, Source, profiles_from

TABLES = tables(settings.ROOT / "config" / "photo_profiles")
PROFILES = profiles_from(TABLES)
EXPECTED = {
    "chsi-2017-99", "moe-2002-4", "xinhua-review-2020", "xinhua-upload", "dianda-2013", "ouc-2025",
    "id-card-ga461-2004", "social-card", "exit-entry", "self-study-2021", "postgraduate-confirm", "us-visa",
    "icao-35x45",
}  # fmt: skip


def _changed(**parts: Any) -> dict[str, dict[str, Any]]:
    """The default profile's table with parts replaced, beside its base."""
    table = copy.deepcopy(TABLES["chsi-2017-99"])
    table.update(parts)
    return {"_machine": TABLES["_machine"], "changed": table}


def test_every_profile_of_the_standards_is_there() -> None:
    assert set(PROFILES) == EXPECTED


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_every_number_names_a_source_with_a_grade(profile: Profile) -> None:
    bands = [*profile.bands.values()]
    for threshold in profile.thresholds.values():
        bands += [band for band in (threshold.live, threshold.final, threshold.sure) if band]
    for wall in profile.walls:
        bands += [band for band in (wall.hue, wall.chroma, wall.lightness) if band]
    bands += profile.stated.values()
    numbers: list[Band | Number] = [*bands, *profile.facts.values(), *profile.aim.values()]
    sources: list[Source] = [number.source for number in numbers]
    sources += [wall.source for wall in profile.walls]
    sources += [switch.source for switch in profile.switches.values()]
    assert len(sources) > 40
    for source in sources:
        assert source.grade in GRADES
        assert len(source.text) > 10
    for number in numbers:
        assert number.unit


#: What the reference says, written down once more: grade, size, density, KB window, bands, what else is stated.
REFERENCE: dict[str, dict[str, Any]] = {
    "chsi-2017-99": {
        "grade": "C", "picture": (480, 640, 300, 60, 40), "wall": (100, 197, 255),
        "bands": {"crown_y": (50, 110), "eyes_y": (200, 300), "face_width": (180, 300)},
        "stated": {"file_size": (20, 40), "lamp_colour": (5500, 5600), "lamp_angle": (45, 45),
                   "lamp_distance": (1.5, 2), "age": (None, 1), "bits": (24, 24)},
    },
    "moe-2002-4": {
        "grade": "C", "picture": (150, 210, None, None, 10), "wall": (51, 143, 178),
        "stated": {"above_head": (0.1, 0.1), "head": (0.7, 0.7), "shoulders": (0.2, 0.2),
                   "small_width": (120, 120), "small_height": (160, 160), "print_width": (35, 35),
                   "print_height": (45, 45), "print_head_width": (21, 24), "print_head_height": (25, 35)},
    },
    "xinhua-review-2020": {
        "grade": "B", "picture": (480, 640, None, None, 60), "kb_min": 30,
        "stated": {"head": (0.5, 0.5), "upper_body": (0.333, None)}, "switches": {"smile": True},
    },
    "xinhua-upload": {
        "grade": "C", "picture": (480, 640, None, None, 900), "kb_min": 30, "wall": (0, 0xA3, 0xE6),
        "switches": {"blue_top": False, "phone_pictures": False},
    },
    "dianda-2013": {"grade": "C", "picture": (480, 640, None, None, 60), "kb_min": 30,
                    "name": "{student_number}.jpg", "switches": {"background_replacement": False}},
    "ouc-2025": {
        "grade": "B", "kb_min": 150, "switches": {"smile": "no teeth", "blue_top": False},
        "stated": {"original_width": (480, None), "original_height": (640, None), "original_size": (150, None),
                   "age": (None, 0.5)},
    },
    "id-card-ga461-2004": {
        "grade": "C", "picture": (358, 441, 350, 70, 20), "kb_min": 14,
        "bands": {"face_width": (207 - 14, 207 + 14), "crown_y": (7, 21), "eyes_y": (None, 441 - 207)},
    },
    "social-card": {
        "grade": "A", "picture": (358, 441, 350, None, 40), "kb_min": 14,
        "bands": {"face_width": (179, 255), "eyes_x": (162, 196), "crown_y": (7, 21), "eyes_y": (None, 441 - 207)},
    },
    "exit-entry": {
        "grade": "C", "picture": (354, 472, None, None, 80), "kb_min": 20,
        "bands": {"eye_distance": (0.23 * 354, 0.33 * 354)}, "walls": {"white", "light grey", "light blue"},
    },
    "self-study-2021": {"grade": "C", "picture": (480, 640, 300, 60, 40), "wall": (100, 197, 255),
                        "walls": {"light blue", "white (Xinjiang)"}},
    "postgraduate-confirm": {"grade": "C", "picture": (480, 640, None, None, 10 * 1024),
                             "bands": {"eyes_y": (0.3 * 640, 0.5 * 640)}},
    "us-visa": {"grade": "B", "picture": (600, 600, None, None, 240),
                "bands": {"head_height": (0.5 * 600, 0.69 * 600), "eyes_y": (0.31 * 600, 0.44 * 600)},
                "stated": {"side": (600, 1200)}},
    "icao-35x45": {"grade": "B", "picture": (413, 531, 300, None, None),
                   "bands": {"head_height": (0.7 * 531, 0.8 * 531)}},
}  # fmt: skip


@pytest.mark.parametrize("code", REFERENCE)
def test_the_numbers_are_those_of_the_reference(code: str) -> None:
    profile, wanted = PROFILES[code], REFERENCE[code]
    assert profile.grade == wanted["grade"]
    names = ("width", "height", "dpi", "quality_min", "kb_max")
    for name, value in zip(names, wanted.get("picture", (None,) * 5), strict=True):
        assert value is None or getattr(profile, name) == value, name
    assert profile.kb_min == wanted.get("kb_min", profile.kb_min)
    assert profile.name_rule == wanted.get("name", "{id_number}.jpg")
    assert profile.backgrounds[0].rgb == wanted.get("wall", profile.backgrounds[0].rgb)
    assert {wall.name for wall in profile.backgrounds} >= wanted.get("walls", set())
    for kind, found in (("bands", profile.bands), ("stated", profile.stated)):
        for name, (low, high) in wanted.get(kind, {}).items():
            band = found[name]
            assert (band.low, band.high) == pytest.approx((low, high)), name
            assert band.source.grade != "D", name
    for name, value in wanted.get("switches", {}).items():
        assert profile.switches[name].value == value


def test_what_a_standard_leaves_open_is_never_given_its_grade() -> None:
    """A number that this project chose says so."""
    for code, profile in PROFILES.items():
        for name, number in profile.aim.items():
            assert number.source.grade == "D", (code, name)
        assert profile.facts["kb_target"].source.grade == "D", code


def test_the_default_profile_is_the_standard() -> None:
    profile = PROFILES["chsi-2017-99"]
    assert (profile.width, profile.height, profile.dpi, profile.quality_min) == (480, 640, 300, 60)
    assert (profile.kb_min, profile.kb_max) == (30, 40)
    limits = {code: (band.low, band.high) for code, band in profile.bands.items()}
    assert limits["crown_y"] == (50, 110)
    assert limits["eyes_y"] == (200, 300)
    assert limits["face_width"] == (180, 300)
    assert profile.backgrounds[0].rgb == (100, 197, 255)
    assert profile.name_rule == "{id_number}.jpg"
    assert profile.switch("background_replacement") is False


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_outline_and_preview_crop_lie_inside(profile: Profile) -> None:
    outline = profile.outline()
    assert 0 < outline["crown_y"] < outline["eyes_y"] < outline["chin_y"] < profile.height
    assert 0 < outline["face_width"] < profile.width
    assert abs(outline["center_x"] - profile.width / 2) <= 0.05 * profile.width
    for code in BANDS & set(outline):
        band = profile.bands.get(code)
        assert band is None or band.holds(outline[code]), code
    for frame in ((1280, 960), (1280, 720), (720, 1280), (1080, 1920)):
        crop = profile.preview_crop(*frame)
        assert crop["x"] >= 0
        assert crop["y"] >= 0
        assert crop["x"] + crop["w"] <= 1
        assert crop["y"] + crop["h"] <= 1
        shape = crop["w"] * frame[0] / (crop["h"] * frame[1])
        assert shape == pytest.approx(profile.width / profile.height)


def test_nobody_allows_a_replaced_background() -> None:
    for profile in PROFILES.values():
        assert profile.switch("background_replacement") is False


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"bands": {"crown_y": {"low": 1, "high": 2, "unit": "px"}}}, "source is missing"),
        ({"bands": {"crown_y": {"low": 1, "unit": "px", "source": "rumour"}}}, "unknown source"),
        ({"bands": {"crown_y": {"unit": "px", "source": "gb99"}}}, "neither low nor high"),
        ({"bands": {"crown_y": {"low": 2, "high": 1, "unit": "px", "source": "gb99"}}}, "upside down"),
        ({"bands": {"nose": {"low": 1, "unit": "px", "source": "gb99"}}}, "no band"),
        ({"sources": {"gb99": {"text": "somewhere", "grade": "Z"}}}, "no grade"),
        ({"sources": {"gb99": {"text": "somewhere"}}}, "grade is missing"),
        ({"grade": "A"}, "not the grade of its source"),
        ({"title": {"en": "only English"}}, "zh_CN and en"),
        ({"colour": "blue"}, "unknown key colour"),
        ({"stated": {"age": {"high": 1, "unit": "year"}}}, "source is missing"),
        ({"stated": {"age": {"high": 1, "source": "gb99"}}}, "unit is missing"),
        ({"inherits": "nobody"}, "unknown nobody"),
        ({"picture": {"width": {"value": 480, "unit": "px"}}}, "source is missing"),
        ({"switches": {"smile": {"value": 3, "source": "gb99"}}}, "neither yes, no nor a word"),
    ],
)
def test_a_wrong_file_is_refused_by_name(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=message) as refused:
        profiles_from(_changed(**parts))
    assert "changed" in str(refused.value)


def test_a_second_level_of_inheritance_is_refused() -> None:
    deep = {**TABLES, "child": {"inherits": "chsi-2017-99"}}
    with pytest.raises(ProfileError, match="one level"):
        profiles_from(deep)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_coaching_is_never_looser_than_the_verdict(profile: Profile) -> None:
    """Else the shutter would fire on what the verdict refuses a moment later."""
    for threshold in profile.thresholds.values():
        last = threshold.sure or threshold.final
        if threshold.live is None or last is None or threshold.ask:
            continue
        for live, final, sign in ((threshold.live.low, last.low, 1), (threshold.live.high, last.high, -1)):
            if final is not None:
                assert live is not None, threshold.code
                assert sign * (live - final) >= 0, threshold.code
