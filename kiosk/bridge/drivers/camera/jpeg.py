"""Just enough of JPEG (ITU-T T.81) to cut a picture out of a camera's bytes and to know its size undecoded."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.bridge.drivers.camera.frame import Jpeg

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
#: Start of frame: baseline, extended, progressive … but not DHT, JPG and DAC, which lie between.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START_OF_SCAN = 0xDA


def begins(data: bytes) -> bool:
    """Whether these bytes begin like a JPEG."""
    return data[:2] == _BEGIN


def whole(data: bytes) -> Jpeg | None:
    """The picture in `data`, cut at its end marker; None for one that is broken off or has no size."""
    size, scan = _size_and_scan(data)
    # in a scan 0xFF is always followed by 0 or a restart, so that the first end marker is the end; behind it a
    # buffer may hold what is left of an earlier frame
    end = data.find(_END, scan) if scan else -1
    return Jpeg(data[: end + 2], *size) if size is not None and end >= 0 else None


def _size_and_scan(data: bytes) -> tuple[tuple[int, int] | None, int]:
    """Width and height in px, and where the first scan begins; None and 0 where there is none."""
    size = None
    for marker, at, body in segments(data):
        if marker in _FRAMES and len(body) >= 5:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            size = (width, height) if width and height else None
        if marker == START_OF_SCAN:
            return size, at + len(body)
    return size, 0


def segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place and content of each segment up to and with the start of scan; none of what is no JPEG."""
    at = 2 if begins(data) else len(data)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if length < 2:
            return
        yield marker, at + 4, data[at + 4 : at + 2 + length]
        if marker == START_OF_SCAN:
            return
        at += 2 + length
