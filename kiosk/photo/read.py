"""Reads a picture file into upright BGR pixels in sRGB, or refuses it with a clear code before anything large is
decoded.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import PIL
from PIL import Image, ImageCms, features

from kiosk.domain.refusals import Code, Refusal

#: Largest file and picture that are read. A 100-megapixel picture is no photo of a booth.
BYTES_MOST = 64 * 1024 * 1024
PIXELS_MOST = 60_000_000
SIDE_MOST = 12_000
_SIDE_LEAST = 16
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_FORMATS = ("JPEG", "PNG")
#: Beginnings of other kinds of file, so that the refusal can say what it is: (offset, bytes, name).
_OTHERS = (
    (0, b"%PDF", "PDF"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (0, b"BM", "BMP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (4, b"ftyp", "HEIC"),
    (0, b"8BPS", "PSD"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"Rar!", "RAR"),
    (0, b"\xd0\xcf\x11\xe0", "Office"),
    (0, b"<svg", "SVG"),
)
_ORIENTATION = 0x0112
#: EXIF orientation → what brings the stored pixels upright.
_UPRIGHT = {
    2: lambda p: cv2.flip(p, 1),
    3: lambda p: cv2.rotate(p, cv2.ROTATE_180),
    4: lambda p: cv2.flip(p, 0),
    5: lambda p: cv2.transpose(p),
    6: lambda p: cv2.rotate(p, cv2.ROTATE_90_CLOCKWISE),
    7: lambda p: cv2.flip(cv2.transpose(p), -1),
    8: lambda p: cv2.rotate(p, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
#: Grey values by which a colour profile may differ from sRGB and still be taken for it.
_SAME_COLOUR = 2
#: What Pillow's decoders raise on damaged files, beside its own errors.
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, ZeroDivisionError, IndexError, KeyError, TypeError, AttributeError,
    OverflowError, RuntimeError, struct.error, zlib.error, cv2.error,
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A picture that was read, and what its file was like.

    `bgr`: uint8, upright, sRGB. `kind`: `JPEG` or `PNG`. `converted`: what had to be done to the values, of
    `cmyk`, `grey`, `deep` (16 bits), `palette`, `alpha`, `icc`; `orientation`: the EXIF tag, 1 upright. `exif`,
    `info`: the tags as Pillow gives them; `tables`: the quantisation tables of a JPEG.
    """

    bgr: np.ndarray
    kind: str
    orientation: int = 1
    converted: frozenset[str] = frozenset()
    exif: Image.Exif = field(default_factory=Image.Exif)
    info: dict[str, object] = field(default_factory=dict)
    tables: dict[int, list[int]] = field(default_factory=dict)


def reader() -> str:
    """Which libraries read, with their versions: the pixels of a picture depend on them."""
    found = f"opencv {cv2.__version__}, pillow {PIL.__version__}"
    return f"{found}, littlecms {features.version_module('littlecms2') or 'unknown'}"


def read_picture(source: Path | str | bytes) -> np.ndarray:
    """The pixels of `read`."""
    return read(source).bgr


def read(source: Path | str | bytes) -> Picture:
    """The picture: BGR uint8, upright as its EXIF tag says, in sRGB by its embedded colour profile.

    JPEG and PNG; grey, 16-bit, palette and CMYK are converted, transparency is laid on white. Raises `Refusal`:
    PICTURE_EMPTY, PICTURE_TOO_LARGE by header or file size, PICTURE_FORMAT for another kind of file (its name in
    `kind`), PICTURE_ANIMATED, PICTURE_TRUNCATED, PICTURE_UNREADABLE for everything else that is no whole picture.
    """
    data = file_bytes(source)
    if not data:
        raise Refusal(Code.PICTURE_EMPTY)
    if not data.startswith((_JPEG, _PNG)):
        raise _other_kind(data)
    with warnings.catch_warnings():
        # our own limits stand below Pillow's warning, and its complaints about tags do not concern the pixels
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                return _read(picture, data)
        except Image.DecompressionBombError as error:
            raise Refusal(Code.PICTURE_TOO_LARGE) from error
        except _DAMAGE as error:
            code = Code.PICTURE_TRUNCATED if _cut_short(data) else Code.PICTURE_UNREADABLE
            raise Refusal(code, {"cause": "damaged"}) from error


def _read(picture: Image.Image, data: bytes) -> Picture:
    width, height = picture.size
    if width * height > PIXELS_MOST or max(width, height) > SIDE_MOST:
        raise Refusal(Code.PICTURE_TOO_LARGE, {"width": width, "height": height})
    if min(width, height) < _SIDE_LEAST:
        raise Refusal(Code.PICTURE_UNREADABLE, {"cause": "too_small"})
    if picture.format == "PNG" and getattr(picture, "is_animated", False):
        raise Refusal(Code.PICTURE_ANIMATED)
    exif = picture.getexif()
    turn = exif.get(_ORIENTATION, 1)
    orientation = turn if isinstance(turn, int) and turn in _UPRIGHT else 1
    info: dict[str, object] = {str(key): value for key, value in picture.info.items()}
    icc = picture.info.get("icc_profile")
    tables = {int(key): list(table) for key, table in getattr(picture, "quantization", {}).items()}
    # several pictures in one file (MPO, as phones write it): the first is the photo
    if picture.format in ("JPEG", "MPO") and picture.mode == "RGB":
        bgr, converted = _decoded(picture, data), set[str]()
        if icc and not _is_srgb(icc):
            bgr = _managed(bgr, icc)
            converted.add("icc")
    else:
        picture.load()
        bgr, converted = _converted(picture, icc)
    upright = _UPRIGHT[orientation](bgr) if orientation in _UPRIGHT else bgr
    kind = "PNG" if picture.format == "PNG" else "JPEG"
    return Picture(upright, kind, orientation, frozenset(converted), exif, info, tables)


def file_bytes(source: Path | str | bytes) -> bytes:
    """The content of a file that is not too large. Raises `Refusal` PICTURE_TOO_LARGE, PICTURE_UNREADABLE."""
    if isinstance(source, bytes):
        if len(source) > BYTES_MOST:
            raise Refusal(Code.PICTURE_TOO_LARGE)
        return source
    path = Path(source)
    try:
        if path.stat().st_size > BYTES_MOST:
            raise Refusal(Code.PICTURE_TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise Refusal(Code.PICTURE_UNREADABLE, {"cause": "missing"}) from error


def _other_kind(data: bytes) -> Refusal:
    """What to say of a file that begins neither as JPEG nor as PNG, whatever its ending."""
    kind = next((name for offset, magic, name in _OTHERS if data[offset : offset + len(magic)] == magic), None)
    if kind is None:
        return Refusal(Code.PICTURE_UNREADABLE, {"cause": "unknown"})
    moving = kind == "GIF" and data.count(b"\x21\xf9\x04") > 1  # a control block before each frame
    moving = moving or (kind == "WebP" and data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & 2))
    return Refusal(Code.PICTURE_ANIMATED) if moving else Refusal(Code.PICTURE_FORMAT, {"kind": kind})


def _cut_short(data: bytes) -> bool:
    """Whether the mark that ends every JPEG or PNG is missing."""
    return b"\xff\xd9" not in data[-64:] if data.startswith(_JPEG) else b"IEND" not in data[-64:]


def _decoded(picture: Image.Image, data: bytes) -> np.ndarray:
    """The everyday JPEG: Pillow vouches that it is whole, OpenCV decodes it the same and quicker."""
    if not data.rstrip(b"\x00").endswith(b"\xff\xd9"):
        picture.load()  # raises where pixels are missing; bytes behind the picture are harmless
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if found is None:
        raise Refusal(Code.PICTURE_UNREADABLE, {"cause": "damaged"})
    return found


def _converted(picture: Image.Image, icc: bytes | None) -> tuple[np.ndarray, set[str]]:
    """The rarer kinds, by Pillow: BGR and what was done."""
    mode, done = picture.mode, set[str]()
    if mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        wide = np.asarray(picture, dtype=np.float64)
        grey = np.clip(wide / 257.0 if wide.max(initial=0) > 255 else wide, 0, 255).astype(np.uint8)
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), {"deep", "grey"}
    if mode in ("L", "LA", "1"):
        done.add("grey")
    if mode in ("P", "PA"):
        done.add("palette")
    if "A" in picture.getbands() or "transparency" in picture.info:
        done.add("alpha")
        rgba = picture.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(ground, rgba).convert("RGB")
    elif mode == "CMYK":
        done.add("cmyk")
        transform = _transform(icc, "CMYK") if icc else None
        picture = (ImageCms.applyTransform(picture, transform) if transform else None) or picture
    bgr = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[..., ::-1])
    if icc and mode in ("RGB", "RGBA", "P") and not _is_srgb(icc):
        bgr = _managed(bgr, icc)
        done.add("icc")
    return bgr, done


@lru_cache(maxsize=32)
def _transform(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB; None for a broken one: its pixels count as sRGB, as in browsers.

    Relative colorimetric, so that the wall's white stays white.
    """
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"), mode, "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=32)
def _is_srgb(icc: bytes) -> bool:
    """Whether the profile changes no colour of a coarse cube by more than rounding; a broken one changes none."""
    transform = _transform(icc, "RGB")
    if transform is None:
        return True
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    out = ImageCms.applyTransform(Image.fromarray(cube), transform)
    return out is None or int(np.abs(np.asarray(out).astype(int) - cube).max()) <= _SAME_COLOUR


def _managed(bgr: np.ndarray, icc: bytes) -> np.ndarray:
    transform = _transform(icc, "RGB")
    if transform is None:
        return bgr
    rgb = Image.fromarray(np.ascontiguousarray(bgr[..., ::-1]))
    ImageCms.applyTransform(rgb, transform, inPlace=True)
    return np.ascontiguousarray(np.asarray(rgb)[..., ::-1])
