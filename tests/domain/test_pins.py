"""Which PINs are refused because everybody tries them first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiosk.domain.pins import LENGTH, is_weak, is_well_formed


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", "123 56", "-12345", "12345\n"])
def test_a_pin_is_six_plain_digits(pin: str) -> None:
    assert not is_well_formed(pin)


@pytest.mark.parametrize(
    "pin",
    [
        "000000", "111111", "123456", "654321", "012345", "890123", "543210", "109876", "121212", "112112",
        "123123", "112233", "123321", "147258", "159753", "246802", "135791", "100000", "101010", "778899",
    ],
)  # fmt: skip
def test_what_fingers_do_by_themselves_is_weak(pin: str) -> None:
    assert is_well_formed(pin) and is_weak(pin)


@pytest.mark.parametrize("pin", ["402719", "918254", "730165", "261904", "508371"])
def test_other_pins_are_good(pin: str) -> None:
    assert is_well_formed(pin) and not is_weak(pin)


@given(some.text(alphabet="0123456789", min_size=LENGTH, max_size=LENGTH))
def test_a_mirrored_pin_is_as_weak_as_the_pin_itself(pin: str) -> None:
    assert is_weak(pin) == is_weak(pin[::-1])
