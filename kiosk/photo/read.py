"""Reads a picture file into BGR pixels, or refuses it with a clear code before anything large is decoded."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from kiosk.domain.refusals import Code, Refusal

#: Largest file and picture that are read. A 100-megapixel picture is no photo of a booth.
BYTES_MOST = 64 * 1024 * 1024
PIXELS_MOST = 60_000_000
SIDE_MOST = 12_000
_SIDE_LEAST = 16
_FORMATS = ("JPEG", "PNG")
_SRGB = ImageCms.createProfile("sRGB")


def read_picture(source: Path | str | bytes) -> np.ndarray:
    """The picture as BGR uint8, upright as its EXIF tag says, in sRGB.

    JPEG and PNG; grey, 16-bit, palette and CMYK are converted, transparency is laid on white; of an animation the
    first frame is taken. Raises `Refusal`: PICTURE_TOO_LARGE by header or file size, PICTURE_UNREADABLE for
    everything else that is no whole picture.
    """
    data = _bytes(source)
    with warnings.catch_warnings():
        # our own limits stand below Pillow's warning, and its complaints about tags do not concern the pixels
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                width, height = picture.size
                if width * height > PIXELS_MOST or max(width, height) > SIDE_MOST:
                    raise Refusal(Code.PICTURE_TOO_LARGE, {"width": width, "height": height})
                if min(width, height) < _SIDE_LEAST:
                    raise Refusal(Code.PICTURE_UNREADABLE, {"cause": "too_small"})
                plain = picture.format == "JPEG" and picture.mode == "RGB" and not picture.info.get("icc_profile")
                if plain and picture.getexif().get(0x0112, 1) == 1:
                    return _decoded(picture, data)
                picture.load()
                return _converted(picture)
        except Image.DecompressionBombError as error:
            raise Refusal(Code.PICTURE_TOO_LARGE) from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, ZeroDivisionError) as error:
            raise Refusal(Code.PICTURE_UNREADABLE, {"cause": "damaged"}) from error


def _bytes(source: Path | str | bytes) -> bytes:
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


def _decoded(picture: Image.Image, data: bytes) -> np.ndarray:
    """The everyday JPEG: Pillow vouches that it is whole, OpenCV decodes it the same and quicker."""
    if not data.rstrip(b"\x00").endswith(b"\xff\xd9"):
        picture.load()  # raises where pixels are missing; bytes behind the picture are harmless
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if found is None:
        raise Refusal(Code.PICTURE_UNREADABLE, {"cause": "damaged"})
    return found


def _converted(picture: Image.Image) -> np.ndarray:
    """The rarer kinds, by Pillow."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        wide = np.asarray(picture, dtype=np.float64)
        grey = np.clip(wide / 257.0 if wide.max(initial=0) > 255 else wide, 0, 255).astype(np.uint8)
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    icc = picture.info.get("icc_profile")
    if icc and picture.mode in ("RGB", "CMYK", "L"):
        try:
            managed = ImageCms.profileToProfile(
                picture, ImageCms.ImageCmsProfile(io.BytesIO(icc)), _SRGB, outputMode="RGB"
            )
            picture = managed if managed is not None else picture
        except (ImageCms.PyCMSError, OSError):
            # a broken profile says nothing: the pixels are taken as sRGB, as browsers do
            picture.info.pop("icc_profile", None)
    if "A" in picture.getbands() or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(ground, rgba)
    rgb = np.asarray(picture.convert("RGB"))
    return np.ascontiguousarray(rgb[..., ::-1])
