"""The 16 bytes by which a security module (SAM) names itself, and how they are printed."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

_LAYOUT = struct.Struct("<HHIII")
_PRINTED = re.compile(r"(\d{2})\.(\d{2})-(\d{8})-(\d{10})-(\d{10})")


@dataclass(frozen=True, slots=True)
class SamId:
    """Numbers of a SAM; little endian on the wire, printed `05.03-20120806-0001234567-0123456789`."""

    major: int
    minor: int
    made: int  # yyyymmdd
    serial: int
    batch: int

    def __str__(self) -> str:
        return f"{self.major:02d}.{self.minor:02d}-{self.made:08d}-{self.serial:010d}-{self.batch:010d}"

    def to_bytes(self) -> bytes:
        """The 16 bytes of the wire."""
        return _LAYOUT.pack(self.major, self.minor, self.made, self.serial, self.batch)


def from_bytes(data: bytes) -> SamId:
    """Raises `ValueError` unless there are 16 bytes."""
    if len(data) != _LAYOUT.size:
        raise ValueError(f"a SAM id has {_LAYOUT.size} bytes, not {len(data)}")
    return SamId(*_LAYOUT.unpack(data))


def from_text(text: str) -> SamId:
    """Read the printed form. Raises `ValueError` for another one."""
    found = _PRINTED.fullmatch(text)
    if found is None:
        raise ValueError("not a SAM id")
    return SamId(*map(int, found.groups()))
