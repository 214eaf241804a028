"""What reading must refuse and what it must bring to upright BGR pixels."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kiosk.domain.refusals import Code, Refusal
from kiosk.photo.read import read_picture


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _scene() -> Image.Image:
    """Wider than high; left red, right blue, top lighter."""
    array = np.zeros((40, 80, 3), np.uint8)
    array[:, :40] = (200, 30, 30)
    array[:, 40:] = (30, 30, 200)
    array[:10] += 40
    return Image.fromarray(array)


def _png_header(width: int, height: int) -> bytes:
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + body
    idat = b"IDAT" + zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    )  # fmt: skip


_T = Image.Transpose
GOOD = _saved(_scene(), "JPEG", quality=95)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        GOOD[: len(GOOD) // 2],
        GOOD[:-40],
        _saved(_scene(), "PNG")[:-60],
        b"%PDF-1.7\n1 0 obj\n",
        b"GIF89a" + b"\0" * 50,
        _saved(_scene(), "BMP"),
        _saved(_scene(), "TIFF"),
        b"PK\x03\x04" + b"\0" * 200,
        bytes(range(256)) * 40,
        _saved(Image.new("RGB", (4, 4)), "PNG"),
    ],
    ids=["empty", "stub", "half", "cut", "cut-png", "pdf", "gif", "bmp", "tiff", "zip", "bytes", "tiny"],
)
def test_what_is_no_whole_jpeg_or_png_is_unreadable(data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_picture(data)
    assert refused.value.code is Code.PICTURE_UNREADABLE


@pytest.mark.parametrize("size", [(30_000, 30_000), (65_000, 10), (60_000, 60_000), (13_000, 100)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(Refusal) as refused:
        read_picture(_png_header(*size))
    assert refused.value.code is Code.PICTURE_TOO_LARGE


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(Refusal) as refused:
            read_picture(path)
        assert refused.value.code is Code.PICTURE_UNREADABLE


def test_the_content_counts_not_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(GOOD)
    assert read_picture(path).shape == (40, 80, 3)


def test_pixels_are_bgr() -> None:
    picture = read_picture(GOOD)
    assert picture.dtype == np.uint8
    assert picture[20, 10, 2] > 150 > picture[20, 10, 0]
    assert np.array_equal(read_picture(_saved(_scene(), "PNG"))[..., ::-1], np.asarray(_scene()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_brought_upright(orientation: int) -> None:
    turned = {
        1: None, 2: _T.FLIP_LEFT_RIGHT, 3: _T.ROTATE_180, 4: _T.FLIP_TOP_BOTTOM,
        5: _T.TRANSPOSE, 6: _T.ROTATE_90, 7: _T.TRANSVERSE,
        8: _T.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = _scene() if turned is None else _scene().transpose(turned)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read_picture(_saved(stored, "JPEG", quality=95, exif=exif))
    assert picture.shape == (40, 80, 3)
    assert picture[20, 10, 2] > 150 > picture[20, 10, 0]
    assert int(picture[3, 70, 0]) > int(picture[30, 70, 0])


def test_grey_sixteen_bit_cmyk_palette_and_transparency_are_read() -> None:
    ramp = np.tile(np.linspace(0, 65535, 80).astype(np.uint16), (40, 1))
    deep = read_picture(_saved(Image.fromarray(ramp), "PNG"))
    assert deep.dtype == np.uint8
    assert deep[0, 0].tolist() == [0, 0, 0]
    assert deep[0, -1].tolist() == [255, 255, 255]
    grey = read_picture(_saved(_scene().convert("L"), "JPEG"))
    assert np.array_equal(grey[..., 0], grey[..., 2])
    ink = read_picture(_saved(_scene().convert("CMYK"), "JPEG", quality=95))
    assert ink[20, 10, 2] > 120 > ink[20, 10, 0]
    few = read_picture(_saved(_scene().convert("P"), "PNG"))
    assert few[20, 10, 2] > 150
    clear = Image.new("RGBA", (40, 40), (10, 10, 10, 0))
    assert read_picture(_saved(clear, "PNG")).min() == 255


def test_of_an_animation_the_first_frame_is_read() -> None:
    frames = [_scene(), Image.new("RGB", (80, 40), (0, 255, 0))]
    data = _saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert read_picture(data)[20, 10, 2] > 150


def test_a_broken_colour_profile_does_not_stop_a_picture() -> None:
    assert read_picture(_saved(_scene(), "JPEG", icc_profile=b"nonsense" * 30)).shape == (40, 80, 3)
