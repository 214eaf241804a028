"""What the preview shows: the newest JPEG and the newest word of the coach. Older ones are dropped, not queued."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from typing import Any

from kiosk.bridge.drivers.camera.frame import BrokenPicture, Frame, FrameSlot

log = logging.getLogger(__name__)

JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame as JPEG. `taken_ms` is the epoch time of the frame itself."""

    sequence: int
    taken_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Word:
    """What the coach says, as JSON."""

    sequence: int
    data: bytes


class Feed:
    """Encodes frames while somebody watches. Thread-safe."""

    def __init__(self, frames: FrameSlot, width: int) -> None:
        """`width` px of the preview; the height follows the frame's shape."""
        self._frames, self._width = frames, width
        self._condition = threading.Condition()
        self._picture: Picture | None = None
        self._word: Word | None = None
        self._watchers = 0
        self._stopped = False
        self._thread = threading.Thread(target=self._encode, name="preview-encoder", daemon=True)

    @property
    def watched(self) -> bool:
        """Whether anybody looks."""
        return self._watchers > 0

    @property
    def watchers(self) -> int:
        """How many look."""
        return self._watchers

    def start(self) -> None:
        """Begin to encode."""
        self._thread.start()

    def stop(self) -> None:
        """End; wakes everybody who waits."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()
        self._thread.join(2)

    def watch(self, number: int) -> None:
        """`number` 1: somebody begins to look; -1: somebody has left."""
        with self._condition:
            self._watchers += number
            self._picture = None if not self._watchers else self._picture
            self._condition.notify_all()

    def say(self, word: dict[str, Any]) -> None:
        """A new coaching part; `sequence` is added."""
        with self._condition:
            sequence = self._word.sequence + 1 if self._word else 1
            self._word = Word(sequence, json.dumps({"sequence": sequence, **word}).encode())
            self._condition.notify_all()

    def word(self) -> dict[str, Any] | None:
        """What the coach says now; None while it says nothing."""
        with self._condition:
            said = self._word.data if self._word else b""
        found: dict[str, Any] | None = json.loads(said) if said else None
        return found

    def silence(self) -> None:
        """What the coach said belongs to somebody who is gone."""
        with self._condition:
            sequence = self._word.sequence if self._word else 0
            self._word = Word(sequence, b"")

    def next(self, picture: int, word: int, seconds: float) -> tuple[Picture | None, Word | None]:
        """The newest parts later than these sequence numbers, waiting at most `seconds` for one of them.

        Raises `EOFError` when the preview ends.
        """

        def news() -> bool:
            fresh_picture = self._picture is not None and self._picture.sequence > picture
            fresh_word = self._word is not None and self._word.sequence > word
            return self._stopped or fresh_picture or fresh_word

        with self._condition:
            self._condition.wait_for(news, seconds)
            if self._stopped:
                raise EOFError
            shown = self._picture if self._picture and self._picture.sequence > picture else None
            said = self._word if self._word and self._word.sequence > word and self._word.data else None
            return shown, said

    def _encode(self) -> None:
        seen = 0
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._watchers > 0 or self._stopped)
                if self._stopped:
                    return
            frame = self._frames.after(seen, 0.5)
            if frame is None:
                continue
            seen = frame.sequence
            try:
                data = small(frame, self._width)
            except BrokenPicture as error:
                log.warning("a frame can't be shown: %s", error)
                continue
            with self._condition:
                self._picture = Picture(frame.sequence, frame.taken_ms, data)
                self._condition.notify_all()


def small(frame: Frame, width: int) -> bytes:
    """The frame as a JPEG at most `width` px wide; the camera's own one where it fits, untouched.

    Raises `BrokenPicture`.
    """
    sent = frame.upright_jpeg
    if sent is not None and sent.width <= width:
        return sent.data
    import cv2  # heavy: not at the bridge's start

    image = frame.image
    height = image.shape[0]
    if image.shape[1] > width:
        # linear: by area costs four times as much, and nobody sees it in a moving mirror
        image = cv2.resize(image, (width, round(height * width / image.shape[1])))
    done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    if not done:
        raise BrokenPicture("the JPEG encoder refused it")
    return data.tobytes()
