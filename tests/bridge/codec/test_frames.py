"""Frames: whatever bytes come in whatever pieces, only whole and checked frames leave the decoder."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.codec import frames
from kiosk.bridge.codec.frames import LARGEST_LENGTH, PREAMBLE, Damage, Decoder, Frame

BODIES = st.binary(min_size=2, max_size=300)
#: Bytes in which preambles are not rare.
NOISY = st.lists(
    st.sampled_from([b"\xaa", PREAMBLE, b"\x96", b"\x69", b"\x00", b"\x05", b"\x90"]) | st.binary()
).map(b"".join)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def decode(pieces: list[bytes]) -> list[Frame | Damage]:
    decoder = Decoder()
    return [item for piece in pieces for item in decoder.feed(piece)]


def test_the_frames_of_the_reference_are_ours() -> None:
    assert frames.encode(bytes.fromhex("2001")).hex().upper() == "AAAAAA96690003200122"
    assert frames.encode(bytes.fromhex("3001")).hex().upper() == "AAAAAA96690003300132"
    assert frames.encode(bytes.fromhex("000090")).hex().upper() == "AAAAAA9669000400009094"


@given(st.binary(max_size=3000))
def test_checksum_is_the_xor_of_all_bytes(data: bytes) -> None:
    assert frames.checksum(data) == reduce(xor, data, 0)


@given(st.lists(BODIES, max_size=5), st.lists(st.integers(min_value=0)))
def test_what_was_encoded_is_decoded_in_any_split(bodies: list[bytes], cuts: list[int]) -> None:
    wire = b"".join(frames.encode(body) for body in bodies)
    assert decode(split(wire, cuts)) == [Frame(body) for body in bodies]


@given(NOISY, st.lists(st.integers(min_value=0)))
def test_any_bytes_in_any_split_give_the_same_and_never_more_than_one_frame_is_held(
    data: bytes, cuts: list[int]
) -> None:
    decoder = Decoder()
    found = []
    for piece in split(data, cuts):
        found += decoder.feed(piece)
        assert decoder.pending < len(PREAMBLE) + 2 + LARGEST_LENGTH
    assert found == decode([data])


@given(BODIES, st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_byte_damaged_behind_len_never_yields_a_frame(body: bytes, place: int, flip: int) -> None:
    wire = bytearray(frames.encode(body))
    head = len(PREAMBLE) + 2
    wire[head + place % (len(wire) - head)] ^= flip
    found = decode([bytes(wire)])
    assert found[0] is Damage.BAD_CHECKSUM
    assert Frame(body) not in found


@given(
    BODIES,
    st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\xaa", b"\xab")), min_size=2, max_size=2),
)
def test_garbage_before_and_after_is_passed_over(body: bytes, garbage: list[bytes]) -> None:
    before, after = garbage
    assert decode([before + frames.encode(body) + after]) == [Frame(body)]


def test_extra_aa_before_the_preamble_does_no_harm() -> None:
    assert decode([b"\xaa\xaa\xaa" + frames.encode(b"\x20\x01")]) == [Frame(b"\x20\x01")]


def test_a_preamble_inside_the_photo_is_data() -> None:
    body = b"\x00\x00\x90" + PREAMBLE + b"\x00\x03\x20\x01\x22" + bytes(100)
    assert decode([frames.encode(body)]) == [Frame(body)]


@pytest.mark.parametrize("length", [0, 1, 2, 0x1001, 0xFFFF])
def test_a_length_that_no_frame_has_is_damage_and_the_next_frame_is_found(length: int) -> None:
    wire = PREAMBLE + length.to_bytes(2, "big") + b"\x00\x00\x90" + frames.encode(b"\x11\xff")
    assert decode([wire]) == [Damage.BAD_LENGTH, Frame(b"\x11\xff")]


@pytest.mark.parametrize("size", [0, 1, LARGEST_LENGTH])
def test_a_body_that_fits_no_frame_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="fits no frame"):
        frames.encode(bytes(size))


def test_a_half_frame_can_be_forgotten() -> None:
    decoder = Decoder()
    decoder.feed(frames.encode(b"\x20\x01")[:-1])
    assert decoder.inside_frame
    decoder.reset()
    assert decoder.feed(frames.encode(b"\x11\xff")) == [Frame(b"\x11\xff")]
