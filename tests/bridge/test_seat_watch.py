"""The bridge's pictures of the seat: only while a visit is named, small, of that visit, and nothing afterwards."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from kiosk.bridge import watch as module
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.feed import Feed
from kiosk.bridge.watch import WIDTH, Watch
from tests.harness.waiting import until

BEHIND_SECONDS = 0.2  # within which a picture that must not come would have come


class Seat:
    """A watch with a camera that goes on."""

    def __init__(self) -> None:
        self.frames = FrameSlot()
        self.feed = Feed(self.frames, 320)
        self.sent: list[dict[str, Any]] = []
        self.watch = Watch(self.frames, self.feed, self.take)
        self._over = threading.Event()
        self._camera = threading.Thread(target=self._run)
        self.watch.start()
        self._camera.start()

    def take(self, content: dict[str, Any]) -> bool:
        self.sent.append(content)
        return True

    def _run(self) -> None:
        picture = np.full((960, 1280, 3), 90, np.uint8)
        while not self._over.wait(0.01):
            self.frames.put(picture, time.monotonic())

    def stop(self) -> None:
        self._over.set()
        self._camera.join()
        self.watch.stop()


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    monkeypatch.setattr(module, "PERIOD_SECONDS", 0.02)
    table = Seat()
    yield table
    table.stop()


def test_small_pictures_come_while_a_visit_is_named_and_say_whose_they_are(seat: Seat) -> None:
    assert not seat.watch.wanted
    seat.feed.say({"state": "adjust", "code": None})
    seat.watch.look_at("v1")
    assert seat.watch.wanted
    until(lambda: len(seat.sent) >= 3)
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(seat.sent[0]["jpeg_b64"]), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] == WIDTH
    assert {row["visit"] for row in seat.sent} == {"v1"}
    assert seat.sent[0]["word"] == {"sequence": 1, "state": "adjust", "code": None}
    seat.feed.silence()
    seat.watch.look_at("v2")
    until(lambda: seat.sent[-1]["visit"] == "v2")
    assert seat.sent[-1]["word"] is None


def test_nothing_comes_before_and_after(seat: Seat) -> None:
    time.sleep(BEHIND_SECONDS)
    assert seat.sent == []
    seat.watch.look_at("v1")
    until(lambda: seat.sent)
    seat.watch.look_at(None)
    assert not seat.watch.wanted
    told = len(seat.sent)
    time.sleep(BEHIND_SECONDS)
    assert len(seat.sent) <= told + 1, "one may have been on its way"
