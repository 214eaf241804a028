"""What is known of a JPEG without decoding it, and that nothing a camera sends is too strange for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.drivers.camera import jpeg, rtp
from kiosk.bridge.drivers.camera.frame import BrokenPicture, Frame, Jpeg, decoded

RNG = np.random.default_rng(11)


def encoded(width: int, height: int, *parameters: int) -> bytes:
    image = RNG.integers(0, 255, (height, width, 3), dtype=np.uint8)
    done, data = cv2.imencode(".jpg", image, parameters)
    assert done
    return data.tobytes()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (64, 48), (641, 479)])
@pytest.mark.parametrize("parameters", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)])
def test_its_size_is_known_and_what_lies_behind_it_is_cut_off(
    width: int, height: int, parameters: tuple[int, ...]
) -> None:
    data = encoded(width, height, *parameters)
    found = jpeg.whole(data + b"\x00left over\xff\xd9")
    assert found == Jpeg(data, width, height)


def test_one_that_is_broken_off_is_none() -> None:
    data = encoded(64, 48)
    for length in (0, 1, 2, 20, len(data) // 2, len(data) - 2):
        assert jpeg.whole(data[:length]) is None


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_are_survived(data: bytes, cut: int) -> None:
    jpeg.whole(data)
    jpeg.whole(b"\xff\xd8" + data)
    jpeg.whole(encoded(16, 16)[:cut] + data)


def test_bytes_that_are_no_picture_are_said_to_be_none() -> None:
    with pytest.raises(BrokenPicture):
        decoded(b"\xff\xd8 nothing \xff\xd9")


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_frame_decodes_once_and_upright(turns: int) -> None:
    data = encoded(64, 48)
    frame = Frame(1, Jpeg(data, 64, 48), 0.0, 0.0, turns)
    upright = np.rot90(decoded(data), -turns)
    assert (frame.image == upright).all()
    assert frame.image is frame.image
    assert (frame.upright_jpeg is None) == bool(turns)


def test_rtp_carries_baseline_pictures_alone() -> None:
    data = encoded(64, 48)
    parts = rtp.packets(data, 65_535, 1 << 33, 7)
    assert [part[1] >> 7 for part in parts] == [0] * (len(parts) - 1) + [1]  # the last one says so
    assert [int.from_bytes(part[2:4], "big") for part in parts][:2] == [65_535, 0]
    for strange in (encoded(2048, 16), encoded(60, 48), b"\xff\xd8\xff\xd9", b""):
        with pytest.raises(ValueError, match="RTP"):
            rtp.packets(strange, 0, 0, 0)
