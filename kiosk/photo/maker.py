"""Makes the deliverable: crop, scale, encode, tag the density. Nothing else ever happens to the pixels.

The standard forbids mirroring, rotating and retouching; a crop that would leave the picture is refused, not
padded. The same original with the same parameters gives the same bytes on the same encoder, whose version is
kept with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

from kiosk.domain.judgement import Check
from kiosk.domain.profiles import Profile
from kiosk.domain.refusals import Code, Refusal
from kiosk.photo.crop import Crop

_QUALITY_MAX = 98
#: Chroma subsampling, tried in this order: full colour where it fits.
_SAMPLINGS = {"4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420}


@dataclass(frozen=True)
class Made:
    """A deliverable: its bytes and all that makes it again (JSON values only)."""

    data: bytes
    params: dict[str, Any]


@cache
def encoder() -> str:
    """Which library encodes, with its version."""
    found = re.search(r"JPEG:\s+(.+)", cv2.getBuildInformation())
    return f"opencv {cv2.__version__}, jpeg {found.group(1).strip() if found else 'unknown'}"


def size_window(profile: Profile) -> tuple[int, int]:
    """Fewest and most bytes that are inside the profile's kilobytes, taken as 1000 as well as 1024 bytes."""
    return profile.kb_min * 1024, profile.kb_max * 1000


def make(original: np.ndarray, profile: Profile, crop: Crop) -> Made:
    """Cut `crop` (px of `original`), scale to the profile's size, encode into its size window.

    The highest quality is taken whose file is not over the aim. Raises `Refusal` CROP_OUTSIDE_FRAME where the
    crop leaves the picture.
    """
    picture = _cut(original, crop, profile.width, profile.height)
    least, most = size_window(profile)
    aim = min(most, profile.kb_target * 1000)
    best: tuple[bytes, int, str] | None = None
    for sampling in ("4:2:0", "4:4:4"):
        data, quality = _search(picture, sampling, profile.quality_min, aim, most)
        best = (data, quality, sampling)
        if len(data) >= least:
            break
    assert best is not None  # noqa: S101
    params = {
        "crop": crop.to_json(),
        "width": profile.width,
        "height": profile.height,
        "quality": best[1],
        "sampling": best[2],
        "dpi": profile.dpi,
        "interpolation": _interpolation(crop, profile.height),
        "encoder": encoder(),
    }
    return Made(_with_density(best[0], profile.dpi), params)


def remake(original: np.ndarray, params: dict[str, Any]) -> bytes:
    """The deliverable again from the original and the parameters that `make` gave. Bit for bit the same.

    Raises `Refusal` CROP_OUTSIDE_FRAME for an original of another size.
    """
    crop = Crop(**params["crop"])
    picture = _cut(original, crop, params["width"], params["height"])
    return _with_density(_encode(picture, params["sampling"], params["quality"]), params["dpi"])


def size_check(made: Made, profile: Profile) -> Check:
    """The file's kilobytes (1000 bytes) against the profile's window."""
    least, most = size_window(profile)
    size = len(made.data)
    passed = least <= size <= most
    hint = "photo.hint.ok" if passed else f"photo.hint.file_size.{'low' if size < least else 'high'}"
    return Check(
        "file_size", round(size / 1000, 1), "KB", profile.kb_min * 1.024, float(profile.kb_max), passed, hint
    )


def _interpolation(crop: Crop, height: int) -> str:
    return "area" if crop.h >= height else "cubic"


def _cut(original: np.ndarray, crop: Crop, width: int, height: int) -> np.ndarray:
    rows, columns = original.shape[:2]
    if crop.w < 1 or crop.h < 1 or crop.overhang(columns, rows) > 0:
        raise Refusal(Code.CROP_OUTSIDE_FRAME)
    picture = original[crop.y : crop.y + crop.h, crop.x : crop.x + crop.w]
    if (crop.w, crop.h) == (width, height):
        return picture
    method = cv2.INTER_AREA if _interpolation(crop, height) == "area" else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=method)


def _search(picture: np.ndarray, sampling: str, quality_min: int, aim: int, most: int) -> tuple[bytes, int]:
    """Highest quality whose file is at most `aim` bytes; at `quality_min` up to `most` is taken."""
    low, high = quality_min, _QUALITY_MAX
    best = _encode(picture, sampling, low), low
    while low < high:
        middle = (low + high + 1) // 2
        data = _encode(picture, sampling, middle)
        if len(data) <= aim:
            low, best = middle, (data, middle)
        else:
            high = middle - 1
    return best


def _encode(picture: np.ndarray, sampling: str, quality: int) -> bytes:
    done, data = cv2.imencode(
        ".jpg",
        picture,
        [
            cv2.IMWRITE_JPEG_QUALITY,
            quality,
            cv2.IMWRITE_JPEG_OPTIMIZE,
            1,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            _SAMPLINGS[sampling],
        ],
    )
    if not done:
        raise RuntimeError("the JPEG encoder refused the picture")
    return data.tobytes()


def _with_density(data: bytes, dpi: int) -> bytes:
    """The JFIF header's density set to dots an inch; OpenCV writes none."""
    if data[:4] != b"\xff\xd8\xff\xe0" or data[6:11] != b"JFIF\x00":
        raise RuntimeError("the JPEG encoder wrote no JFIF header")
    density = dpi.to_bytes(2, "big")
    return data[:13] + b"\x01" + density + density + data[18:]
