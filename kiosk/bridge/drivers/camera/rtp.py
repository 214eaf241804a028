"""A JPEG as RTP packets (RFC 2435), as the simulated network camera sends it over RTSP."""

from __future__ import annotations

import struct

from kiosk.bridge.drivers.camera import jpeg

#: Payload type of JPEG video (RFC 3551) and its clock in hertz.
PAYLOAD, CLOCK = 26, 90_000
_QUANTIZATION, _FRAME = 0xDB, 0xC0
#: Content of one packet: fits an Ethernet frame.
_MOST = 1400
#: RFC 2435, 4.1: type 0 is 4:2:2, type 1 is 4:2:0; by the luminance's sampling factors.
_TYPES = {0x21: 0, 0x22: 1}
#: "Quantisation tables are in the packet", RFC 2435, 4.2.
_TABLES_INSIDE = 255


def packets(data: bytes, sequence: int, timestamp: int, source: int) -> list[bytes]:
    """One frame as RTP packets from `sequence` on; `timestamp` in ticks of `CLOCK`, `source` the SSRC.

    `data` must be a baseline JPEG with the standard Huffman tables, at most 2040 px wide and high. Raises
    `ValueError` for another.
    """
    tables, kind, size, scan = _taken_apart(data)
    header = struct.pack(">BBBB", kind, _TABLES_INSIDE, size[0] // 8, size[1] // 8)
    found: list[bytes] = []
    at = 0
    while at < len(scan):
        # fragment offset in three bytes behind one of "type specific"
        head = struct.pack(">I", at) + header
        if at == 0:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        part = scan[at : at + _MOST - len(head)]
        at += len(part)
        last = 0x80 if at >= len(scan) else 0
        number = (sequence + len(found)) & 0xFFFF
        rtp = struct.pack(">BBHII", 0x80, last | PAYLOAD, number, timestamp & 0xFFFFFFFF, source)
        found.append(rtp + head + part)
    return found


def _taken_apart(data: bytes) -> tuple[bytes, int, tuple[int, int], bytes]:
    """Quantisation tables, RFC 2435's type, size in px and the entropy-coded scan."""
    found: dict[int, bytes] = {}
    kind, size = None, (0, 0)
    for marker, at, body in jpeg.segments(data):
        if marker == _QUANTIZATION:
            for start in range(0, len(body), 65):
                found[body[start] & 15] = body[start + 1 : start + 65]
        elif marker == _FRAME:
            size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
            kind = _TYPES.get(body[7])
        elif marker == jpeg.START_OF_SCAN:
            scan = data[at + len(body) : data.rfind(b"\xff\xd9")]
            if kind is None or max(size) > 2040 or size[0] % 8 or size[1] % 8:
                break
            return b"".join(found[key] for key in sorted(found)), kind, size, scan
    raise ValueError("RTP carries no such JPEG")
