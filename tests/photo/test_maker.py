"""What the maker must hold: nothing but crop and scale, the size window, the same bytes again, no padding."""

from __future__ import annotations

import io
import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code, Refusal
from kiosk.photo import maker
from kiosk.photo.crop import Crop, Marks, placed

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


def test_the_default_profiles_deliverable_is_what_the_registry_wants(still: np.ndarray, profile: Profile) -> None:
    data = maker.make(still, profile, CROP).data
    assert 30 * 1024 <= len(data) <= 40 * 1000
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (480, 640))
        assert picture.info["dpi"] == (300, 300)
        steps = picture.quantization[0]
    # quality 60 by the tables of the JPEG group: no step is coarser than theirs
    coarse = cv2.imencode(".jpg", still, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    with Image.open(io.BytesIO(coarse)) as picture:
        assert all(ours <= theirs for ours, theirs in zip(steps, picture.quantization[0], strict=True))


def test_no_metadata_is_in_the_file_but_the_density(still: np.ndarray, profiles: dict[str, Profile]) -> None:
    for profile in profiles.values():
        data = maker.make(still, profile, CROP).data
        markers, place = [], 2
        while data[place + 1] != 0xDA:
            markers.append(data[place + 1])
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        # JFIF header, tables, one baseline frame of 8 bits; neither EXIF, XMP, ICC, comment nor thumbnail
        assert set(markers) <= {0xE0, 0xDB, 0xC0, 0xC4}, profile.code
        assert markers.count(0xE0) == markers.count(0xC0) == 1
        assert data[18:20] == b"\0\0", "a thumbnail"
        assert data[13] == 1, "dots an inch"
        assert int.from_bytes(data[14:16], "big") == int.from_bytes(data[16:18], "big") == profile.dpi


@given(st.data())
@settings(max_examples=40)
def test_what_was_cut_lies_where_the_plan_put_it(profile: Profile, data: st.DataObject) -> None:
    """A mark in the original is found in the deliverable at the place that `placed` names, at any crop."""
    h = data.draw(st.integers(320, 1440))
    w = round(h * profile.width / profile.height)
    crop = Crop(data.draw(st.integers(0, 1920 - w)), data.draw(st.integers(0, 1440 - h)), w, h)
    x = crop.x + data.draw(st.floats(0.2, 0.8)) * crop.w
    y = crop.y + data.draw(st.floats(0.2, 0.8)) * crop.h
    picture = np.full((1440, 1920, 3), 60, np.uint8)
    radius = max(6, h // 60)
    cv2.circle(picture, (round(x), round(y)), radius, (240, 240, 240), -1)
    made = cv2.imdecode(np.frombuffer(maker.make(picture, profile, crop).data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert made is not None
    rows, columns = np.nonzero(made > 150)
    marks = Marks(y, y, y, x, x, 100, 50)
    values = placed(profile, marks, crop)
    scale = profile.height / crop.h
    assert abs(columns.mean() - values["eyes_x"]) <= 1 + scale
    assert abs(rows.mean() - values["eyes_y"]) <= 1 + scale


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
