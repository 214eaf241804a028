"""Frames of the serial thermometer: any bytes in any split end, and never yield a reading that was not sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.drivers.thermometer.gy_frames import Decoder, encode
from kiosk.bridge.drivers.thermometer.measuring import Reading

readings = st.builds(
    lambda celsius, ambient: Reading(celsius / 100, ambient / 100),
    st.integers(-7000, 32767),
    st.integers(-4000, 12500),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(data) + 1) for place in places})
    return [data[begin:end] for begin, end in zip([0, *marks], [*marks, len(data)], strict=True)]


def test_the_frame_is_the_one_that_the_sellers_print() -> None:
    # object 36.50 °C = 0x0E42, ambient 25.00 °C = 0x09C4; the sum of the eight bytes before ends in 1A
    assert encode(Reading(36.5, 25.0)).hex(" ").upper() == "5A 5A 45 04 0E 42 09 C4 1A"


@given(st.lists(readings, max_size=5), st.lists(st.integers(0, 100), max_size=8))
def test_what_was_sent_is_read_however_it_is_cut(sent: list[Reading], places: list[int]) -> None:
    decoder = Decoder()
    data = b"".join(map(encode, sent))
    assert [reading for piece in cut(data, places) for reading in decoder.feed(piece)] == sent
    assert not decoder.damaged


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_any_bytes_end(data: bytes, places: list[int]) -> None:
    decoder = Decoder()
    for piece in cut(data, places):
        decoder.feed(piece)


@given(readings, st.integers(4, 8), st.integers(1, 255))
def test_a_damaged_frame_is_no_reading_and_the_next_one_is_found(reading: Reading, at: int, flip: int) -> None:
    frame = bytearray(encode(reading))
    frame[at] ^= flip
    decoder = Decoder()
    assert decoder.feed(bytes(frame) + encode(Reading(36.5, 25.0)))[-1:] == [Reading(36.5, 25.0)]


@pytest.mark.parametrize("noise", [b"\x5a", b"\x5a\x5a\x45", b"\x00\xff", b"\x5a\x5a\x45\x04\x0e"])
def test_noise_before_a_frame_does_not_hide_it(noise: bytes) -> None:
    decoder = Decoder()
    found = decoder.feed(noise + encode(Reading(36.5, 25.0))) + decoder.feed(encode(Reading(36.6, 25.0)))
    assert found[-1] == Reading(36.6, 25.0)
