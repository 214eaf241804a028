"""What the operator sees of the seat: a few small pictures a second, and what the coach says of them.

Sent only while the web process names a visit, which it does while somebody signed in looks at the page of the
seats and that visit's student is called to the seat, sits there or reviews the photo. A picture carries the visit
it was made for; nothing is kept here.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from kiosk.bridge.drivers.camera.frame import BrokenPicture, FrameSlot
from kiosk.bridge.feed import Feed, small

log = logging.getLogger(__name__)

#: Width of the picture in px, and seconds between two.
WIDTH = 400
PERIOD_SECONDS = 0.33


class Watch:
    """A thread that sends while `look_at` was last told a visit; `send` tries once."""

    def __init__(self, frames: FrameSlot, feed: Feed, send: Callable[[dict[str, Any]], bool]) -> None:
        self._frames, self._feed, self._send = frames, feed, send
        self._visit: str | None = None
        self._ended = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    @property
    def wanted(self) -> bool:
        """Whether somebody looks."""
        return self._visit is not None

    def look_at(self, visit: str | None) -> None:
        """Whose pictures are wanted now; None ends them."""
        with self._news:
            if visit != self._visit:
                self._visit = visit
                self._news.notify_all()

    def start(self) -> None:
        """Begin; nothing is done until somebody looks."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        with self._news:
            self._ended = True
            self._news.notify_all()
        self._thread.join(3)

    def _run(self) -> None:
        sequence = 0
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ended or self._visit is not None)
                if self._ended:
                    return
                visit = self._visit
            begun = time.monotonic()
            frame = self._frames.after(sequence, PERIOD_SECONDS)
            if frame is None:
                continue
            sequence = frame.sequence
            try:
                picture = base64.b64encode(small(frame, WIDTH)).decode("ascii")
            except BrokenPicture as error:
                log.debug("a frame can't be shown: %s", error)
                continue
            if visit == self._visit:  # it is still about the same person
                word = self._feed.word()
                self._send({"visit": visit, "taken_ms": frame.taken_ms, "jpeg_b64": picture, "word": word})
            with self._news:
                rest = max(0.0, begun + PERIOD_SECONDS - time.monotonic())
                self._news.wait_for(lambda: self._ended, rest)
