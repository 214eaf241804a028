"""A made-up decoder for the tests: the first byte of the "photo" says how it behaves. It decodes nothing real."""

from __future__ import annotations

import io
import os
import sys
import time


def decode(data: bytes) -> bytes:
    """A grey picture of the card's size, or one of the ways in which a closed library may fail."""
    from PIL import Image

    match data[:1]:
        case b"c":
            os.abort()
        case b"h":
            time.sleep(600)
        case b"m":
            return bytes(2 << 30)
        case b"e":
            raise ValueError("not a photo")
        case b"f":
            while True:
                sys.stdout.buffer.write(bytes(1 << 20))
        case b"t":
            return b"no picture at all"
    out = io.BytesIO()
    size = (100, 100) if data[:1] == b"s" else (102, 126)
    Image.new("RGB", size, (data[1], data[1], data[1])).save(out, "BMP")
    return out.getvalue()
