"""Photos as they come from outside: of a studio's camera, of a phone's front camera, and of nobody."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from kiosk import settings as settings_module
from kiosk.photo.studio import Studio, choose_portrait


def jpeg(frame: np.ndarray, make: str, lens: str = "") -> bytes:
    """A camera's file of a BGR picture."""
    exif = Image.Exif()
    exif[0x010F] = make
    if lens:
        exif.get_ifd(0x8769)[0xA434] = lens
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame[..., ::-1])).save(out, "JPEG", quality=93, exif=exif)
    return out.getvalue()


def make() -> dict[str, bytes]:
    """`good`, `selfie`, `nobody`."""
    studio = Studio(choose_portrait(settings_module.load()), 1280, 960)
    good, selfie = studio.frame(0.4), studio.frame(0.8)
    return {
        "good": jpeg(good, "Canon"),
        "selfie": jpeg(selfie, "Apple", "iPhone 15 front camera"),
        "nobody": jpeg(np.full_like(good, 200), "Canon"),
    }


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip of the files, by their names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
