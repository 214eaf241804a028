"""What reading must refuse and what it must bring to upright BGR pixels."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from kiosk.domain.refusals import Code, Refusal
from kiosk.i18n import LANGUAGES, text
from kiosk.photo.read import read, read_picture
from tests.photo.colour_spaces import ADOBE_RGB, DISPLAY_P3, WALL, Primaries, from_srgb, icc


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
PNG = _saved(_scene(), "PNG")
DEEP = _saved(Image.fromarray(np.tile(np.linspace(0, 65535, 80).astype(np.uint16), (40, 1))), "PNG")


def _rich() -> bytes:
    """A JPEG with everything that a reader may stumble over."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    return _saved(_scene(), "JPEG", exif=exif, icc_profile=icc(ADOBE_RGB, 2.2), comment=b"note", progressive=True)


RICH = _rich()


def _bad_kinds() -> dict[str, tuple[bytes, Code]]:
    """What a folder of studio photos may hold, and the code that each must be refused with."""
    frames = [_scene(), Image.new("RGB", (80, 40), (0, 255, 0))]
    moving = {"save_all": True, "append_images": frames[1:], "duration": 100}
    return {
        "empty": (b"", Code.PICTURE_EMPTY),
        "stub": (b"\xff\xd8\xff", Code.PICTURE_TRUNCATED),
        "half": (GOOD[: len(GOOD) // 2], Code.PICTURE_TRUNCATED),
        "cut": (GOOD[:-40], Code.PICTURE_TRUNCATED),
        "cut png": (_saved(_scene(), "PNG")[:-60], Code.PICTURE_TRUNCATED),
        "pdf": (b"%PDF-1.7\n1 0 obj\n", Code.PICTURE_FORMAT),
        "bmp": (_saved(_scene(), "BMP"), Code.PICTURE_FORMAT),
        "tiff": (_saved(_scene(), "TIFF"), Code.PICTURE_FORMAT),
        "zip": (b"PK\x03\x04" + b"\0" * 200, Code.PICTURE_FORMAT),
        "heic": (b"\0\0\0\x18ftypheic" + b"\0" * 200, Code.PICTURE_FORMAT),
        "gif": (_saved(_scene().convert("P"), "GIF"), Code.PICTURE_FORMAT),
        "webp": (_saved(_scene(), "WEBP"), Code.PICTURE_FORMAT),
        "moving gif": (_saved(frames[0], "GIF", **moving), Code.PICTURE_ANIMATED),
        "moving webp": (_saved(frames[0], "WEBP", **moving), Code.PICTURE_ANIMATED),
        "moving png": (_saved(frames[0], "PNG", **moving), Code.PICTURE_ANIMATED),
        "bytes": (bytes(range(256)) * 40, Code.PICTURE_UNREADABLE),
        "text": ("照片".encode() * 40, Code.PICTURE_UNREADABLE),
        "tiny": (_saved(Image.new("RGB", (4, 4)), "PNG"), Code.PICTURE_UNREADABLE),
        "broken": (GOOD[:200] + b"\0" * 200 + b"\xff\xd9", Code.PICTURE_UNREADABLE),
    }


@pytest.mark.parametrize(("data", "code"), _bad_kinds().values(), ids=_bad_kinds().keys())
def test_what_is_no_whole_jpeg_or_png_is_refused_with_its_own_code(data: bytes, code: Code) -> None:
    with pytest.raises(Refusal) as refused:
        read_picture(data)
    assert refused.value.code is code
    for language in LANGUAGES:  # the sentence can be said with what came along
        assert "{" not in text(language, f"refusal.{code.value}.staff", **refused.value.args_)


@given(st.binary(max_size=600), st.sampled_from([b"", GOOD[:30], PNG[:40], b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X"]))
def test_no_bytes_break_the_reader(tail: bytes, head: bytes) -> None:
    _read_or_refuse(head + tail)


@given(st.data())
@settings(max_examples=300)
def test_no_damage_to_a_picture_breaks_the_reader(data: st.DataObject) -> None:
    """Any few bytes of a rich JPEG or PNG changed, or its end cut off."""
    whole = bytearray(data.draw(st.sampled_from([RICH, PNG, DEEP])))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        whole[place] = data.draw(st.integers(0, 255))
    _read_or_refuse(bytes(whole[: data.draw(st.integers(0, len(whole)))]))


def _read_or_refuse(data: bytes) -> None:
    try:
        picture = read_picture(data)
    except Refusal:
        return
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3


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


def test_what_was_converted_is_told() -> None:
    ramp = Image.fromarray(np.tile(np.linspace(0, 65535, 80).astype(np.uint16), (40, 1)))
    told = {
        "deep": _saved(ramp, "PNG"),
        "grey": _saved(_scene().convert("L"), "JPEG"),
        "cmyk": _saved(_scene().convert("CMYK"), "JPEG"),
        "palette": _saved(_scene().convert("P"), "PNG"),
        "alpha": _saved(Image.new("RGBA", (40, 40), (10, 10, 10, 0)), "PNG"),
        "icc": _saved(_scene(), "JPEG", icc_profile=icc(ADOBE_RGB, 2.2)),
    }
    for word, data in told.items():
        assert word in read(data).converted, word
    assert read(GOOD).converted == frozenset()


def test_the_first_picture_of_a_phones_file_is_read() -> None:
    data = _saved(_scene(), "MPO", quality=95, save_all=True, append_images=[Image.new("RGB", (80, 40))])
    assert read_picture(data)[20, 10, 2] > 150


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("primaries", [ADOBE_RGB, DISPLAY_P3], ids=["AdobeRGB", "P3"])
def test_colours_of_wider_spaces_come_to_srgb(primaries: Primaries, kind: str) -> None:
    """The wall's blue, written in the wide space's own numbers, must be the wall's blue again."""
    wide = from_srgb(WALL, primaries)
    assert np.abs(wide - np.array(WALL)).max() > 8, "else nothing is tested"
    field = Image.new("RGB", (64, 64), tuple(round(v) for v in wide))
    options = {"quality": 98, "subsampling": 0} if kind == "JPEG" else {}
    found = read_picture(_saved(field, kind, icc_profile=icc(primaries, 2.2), **options))
    assert np.abs(found[32, 32, ::-1].astype(int) - WALL).max() <= 3


def test_a_profile_that_is_srgb_changes_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read_picture(_saved(_scene(), "JPEG", quality=95, icc_profile=srgb)), read_picture(GOOD))


def test_a_broken_colour_profile_does_not_stop_a_picture() -> None:
    assert read_picture(_saved(_scene(), "JPEG", icc_profile=b"nonsense" * 30)).shape == (40, 80, 3)
