"""What notices settle differently: a profile's switches decide what is asked, and none of them is left unread."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from kiosk.domain.profiles import Profile, Source, Switch
from kiosk.photo.engine import Engine
from kiosk.photo.origin import signs
from kiosk.photo.read import read

#: Switches of the profiles and the checks that go or come with each answer.
SWITCHED: tuple[tuple[str, bool | str, frozenset[str], frozenset[str]], ...] = (
    ("blue_top", True, frozenset(), frozenset({"top_colour"})),
    ("blue_top", False, frozenset({"top_colour"}), frozenset()),
    ("white_top", True, frozenset(), frozenset({"top_white"})),
    ("white_top", False, frozenset({"top_white"}), frozenset()),
    ("smile", True, frozenset(), frozenset({"smile"})),
    ("smile", False, frozenset({"smile"}), frozenset()),
    ("smile", "no teeth", frozenset({"mouth_closed"}), frozenset({"smile"})),
    ("glasses", "any", frozenset(), frozenset({"sunglasses", "lens_tint", "glare"})),
    ("glasses", "clear", frozenset({"sunglasses", "lens_tint", "glare"}), frozenset()),
)


@pytest.mark.parametrize(("switch", "answer", "asked", "silent"), SWITCHED)
def test_the_profiles_switches_decide_what_is_asked(
    switch: str,
    answer: bool | str,
    asked: frozenset[str],
    silent: frozenset[str],
    profile: Profile,
    engine: Engine,
    still: np.ndarray,
) -> None:
    answers = {**profile.switches, switch: Switch(answer, Source("test", "this test", "D"))}
    checks = {check.code for check in engine.final(still, replace(profile, switches=answers)).judgement.checks}
    assert asked <= checks
    assert not silent & checks


@pytest.mark.parametrize(("answer", "asked"), [(True, False), (False, True)])
def test_a_picture_by_phone_is_asked_about_unless_the_profile_allows_it(answer: bool, asked: bool) -> None:
    exif = Image.Exif()
    exif[271], exif[272] = "Apple", "iPhone 15"
    file = io.BytesIO()
    Image.new("RGB", (600, 800), (120, 90, 80)).save(file, "JPEG", quality=95, exif=exif)
    found = {sign.code: sign for sign in signs(read(file.getvalue()), file.getvalue(), "a.jpg", phones=answer)}
    assert found["phone"].ask is asked


def test_no_profile_asks_for_what_the_maker_never_does(profiles: dict[str, Profile]) -> None:
    assert not any(profile.switch("background_replacement") for profile in profiles.values())


def test_no_switch_of_a_profile_is_left_unread(profiles: dict[str, Profile]) -> None:
    read = {switch for switch, *_ in SWITCHED} | {"background_replacement", "phone_pictures"}
    assert {name for profile in profiles.values() for name in profile.switches} <= read
