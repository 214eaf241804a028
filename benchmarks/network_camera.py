"""A network camera in a process of its own, for bench_camera: every frame carries the time at which it was taken.

`python -m benchmarks.network_camera WIDTH HEIGHT FPS` prints its port, then obeys lines: `unplug`, `plug`,
`hangup`.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np

from kiosk.bridge.drivers.camera.virtual_stream import StreamServer

#: The time in milliseconds stands in the picture as so many bits, black or white squares of this side in px.
BITS, SIDE = 32, 32


class Picture:
    """A room with light noise, as large and as detailed as a webcam's JPEG."""

    def __init__(self, width: int, height: int) -> None:
        rng = np.random.default_rng(1)
        y, x = np.mgrid[:height, :width]
        room = np.stack(
            [160 + 60 * np.sin(x / 97), 140 + 50 * np.sin(y / 61), 120 + 40 * np.cos((x + y) / 83)], axis=2
        )
        self._rooms = [np.clip(room + rng.normal(0, 3, room.shape), 0, 255).astype(np.uint8) for _ in range(8)]
        self._count = 0

    def __call__(self, seconds: float) -> np.ndarray:
        self._count += 1
        picture = self._rooms[self._count % len(self._rooms)]
        stamp = round(seconds * 1000) & (1 << BITS) - 1
        for bit in range(BITS):
            picture[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 255 * (stamp >> bit & 1)
        return picture


def stamp_of(data: bytes, width: int) -> int:
    """The milliseconds that stand in a JPEG of a picture that was `width` px wide."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_2)
    assert picture is not None
    side = SIDE * picture.shape[1] / width
    row = picture[int(side / 2)]
    return sum((int(row[int((bit + 0.5) * side)]) > 127) << bit for bit in range(BITS))


def main() -> None:
    """Serve until the input ends."""
    width, height, fps = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    cv2.setNumThreads(1)
    server = StreamServer(Picture(width, height), fps)
    print(server.port, flush=True)
    for line in sys.stdin:
        {"unplug": server.unplug, "plug": server.plug, "hangup": server.hang_up}[line.strip()]()
        print("done", flush=True)
    server.stop()


if __name__ == "__main__":
    main()
