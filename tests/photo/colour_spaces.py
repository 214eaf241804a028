"""Colour profiles for tests, made from numbers: a matrix profile of ICC version 2, and colours in its space.

Primaries are CIE xy of red, green, blue; white is D65 (AdobeRGB 1998 and Display P3 both use it).
"""

from __future__ import annotations

import struct

import numpy as np

Primaries = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
SRGB: Primaries = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE_RGB: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
DISPLAY_P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
#: The blue of the default profile's wall.
WALL = (100, 197, 255)
_D65 = np.array([0.9505, 1.0, 1.089])
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _matrix(primaries: Primaries) -> np.ndarray:
    """Linear RGB → XYZ under D65."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    return columns * np.linalg.solve(columns, _D65)


def from_srgb(rgb: tuple[int, int, int], primaries: Primaries, gamma: float = 2.2) -> np.ndarray:
    """The 0..255 numbers (not rounded) that mean the sRGB colour `rgb` in the other space."""
    unit = np.array(rgb) / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    wide = np.linalg.solve(_matrix(primaries), _matrix(SRGB) @ linear)
    return 255 * np.clip(wide, 0, 1) ** (1 / gamma)


def icc(primaries: Primaries, gamma: float) -> bytes:
    """A display profile of version 2 with three primaries and one exponent."""
    adapt = np.linalg.solve(_BRADFORD, np.diag((_BRADFORD @ _D50) / (_BRADFORD @ _D65)) @ _BRADFORD)
    columns = (adapt @ _matrix(primaries)).T
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"
    name = b"test\0"
    parts = {
        b"desc": b"desc" + struct.pack(">II", 0, len(name)) + name + b"\0" * 78,
        b"cprt": b"text" + b"\0\0\0\0" + b"none\0",
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(columns[0]),
        b"gXYZ": _xyz(columns[1]),
        b"bXYZ": _xyz(columns[2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(parts)), b""
    start = 128 + 4 + 12 * len(parts)
    for tag, content in parts.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI", size, b"test", 0x02400000) + b"mntrRGB XYZ " + b"\0" * 12 + b"acsp"
    head += b"\0" * 28 + struct.pack(">iii", *(round(v * 65536) for v in _D50))
    return head.ljust(128, b"\0") + table + body


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + struct.pack(">Iiii", 0, *(round(float(v) * 65536) for v in values))
