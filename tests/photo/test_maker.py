"""What the maker must hold: nothing but crop and scale, the size window, the same bytes again, no padding."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code, Refusal
from kiosk.photo import maker
from kiosk.photo.crop import Crop

CROP = Crop(518, 132, 872, 1163)


def test_the_file_is_the_crop_and_nothing_else(still: np.ndarray, profile: Profile) -> None:
    made = maker.make(still, profile, CROP)
    picture = cv2.imdecode(np.frombuffer(made.data, np.uint8), cv2.IMREAD_COLOR)
    cut = cv2.resize(still[132 : 132 + 1163, 518 : 518 + 872], (480, 640), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.astype(int) - cut).mean() < 3
    assert np.abs(picture.astype(int) - cut[:, ::-1]).mean() > 10


def test_the_original_and_the_kept_parameters_make_the_same_bytes(still: np.ndarray, profile: Profile) -> None:
    made = maker.make(still, profile, CROP)
    kept = json.loads(json.dumps(made.params))
    assert maker.remake(still.copy(), kept) == made.data
    assert made.params["encoder"].startswith("opencv")


@pytest.mark.parametrize("kind", ["smooth", "noise", "photo"])
def test_the_size_is_inside_the_window_or_the_check_says_so(
    kind: str, still: np.ndarray, profiles: dict[str, Profile]
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, still.shape, dtype=np.uint8)
    picture = {"smooth": np.full_like(still, 180), "noise": noise, "photo": still}[kind]
    for profile in profiles.values():
        made = maker.make(picture, profile, CROP)
        check = maker.size_check(made, profile)
        least, most = maker.size_window(profile)
        assert check.passed is (least <= len(made.data) <= most)
        assert made.params["quality"] >= profile.quality_min
        if kind == "photo":
            assert check.passed, (profile.code, check)


@given(st.integers(-900, 2500), st.integers(-900, 2500), st.integers(-5, 2500), st.integers(-5, 2500))
@settings(max_examples=60)
def test_a_crop_that_leaves_the_picture_is_refused_and_never_padded(
    profile: Profile, x: int, y: int, w: int, h: int
) -> None:
    picture = np.zeros((1440, 1920, 3), np.uint8)
    inside = w > 0 and h > 0 and x >= 0 and y >= 0 and x + w <= 1920 and y + h <= 1440
    if inside:
        assert maker.make(picture, profile, Crop(x, y, w, h)).data
        return
    with pytest.raises(Refusal) as refused:
        maker.make(picture, profile, Crop(x, y, w, h))
    assert refused.value.code is Code.CROP_OUTSIDE_FRAME


def test_another_original_is_refused(still: np.ndarray, profile: Profile) -> None:
    made = maker.make(still, profile, CROP)
    with pytest.raises(Refusal):
        maker.remake(still[:600, :600], made.params)
