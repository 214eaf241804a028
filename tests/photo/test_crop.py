"""What the crop must hold for heads of any proportion that the bands can hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.profiles import Profile
from kiosk.photo.crop import Crop, Marks, placed, plan


def _marks(x: float, eyes: float, upper: float, width: float, chin: float) -> Marks:
    return Marks(eyes - upper, eyes, eyes + chin * upper, x, x, width * upper, 0.55 * width * upper)


@given(
    x=st.floats(700, 1220),
    eyes=st.floats(520, 700),
    upper=st.floats(260, 400),
    width=st.floats(1.0, 1.4),
    chin=st.floats(0.85, 1.15),
)
def test_every_head_that_fits_is_cut_inside_all_bands(
    profile: Profile, x: float, eyes: float, upper: float, width: float, chin: float
) -> None:
    marks = _marks(x, eyes, upper, width, chin)
    crop = plan(profile, marks, 1920, 1440)
    assert crop.overhang(1920, 1440) == 0
    assert crop.w / crop.h == pytest.approx(profile.width / profile.height, abs=0.002)
    values = placed(profile, marks, crop)
    for code, band in profile.bands.items():
        assert band.holds(values[code]), (code, values[code], crop)


@given(x=st.floats(0, 1920), eyes=st.floats(0, 1440), upper=st.floats(20, 900))
def test_a_plan_always_exists_and_keeps_the_proportions(
    profiles: dict[str, Profile], x: float, eyes: float, upper: float
) -> None:
    for profile in profiles.values():
        crop = plan(profile, _marks(x, eyes, upper, 1.2, 1.0), 1920, 1440)
        assert crop.w >= 1
        assert crop.h >= 1


def test_overhang_is_zero_inside_and_grows_outside() -> None:
    assert Crop(0, 0, 30, 40).overhang(30, 40) == 0
    assert Crop(-4, 0, 30, 40).overhang(100, 100) == pytest.approx(0.1)
    assert Crop(0, 80, 30, 40).overhang(100, 100) == pytest.approx(0.5)
