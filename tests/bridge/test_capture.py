"""The burst: every frame of a shot was taken strictly after the trigger, whenever it arrived."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bridge.board import Board
from kiosk.bridge.capture import Capture
from kiosk.bridge.drivers.camera.frame import FrameSlot
from kiosk.bridge.feed import Feed
from kiosk.bridge.spool import Spool
from kiosk.bridge.wanted import WantedSlot
from tests.bridge.bench import demo_settings

IMAGE = np.zeros((4, 4, 3), np.uint8)


def test_frames_that_were_on_their_way_when_it_fired_are_no_part_of_the_shot(tmp_path: Path) -> None:
    slot = FrameSlot()
    spool = Spool(tmp_path)
    capture = Capture(
        demo_settings(tmp_path),
        WantedSlot(),
        slot,
        Feed(slot, 64),
        spool,
        Board(),
        lambda: None,
        lambda code: None,
    )
    trigger = time.monotonic()
    over = threading.Event()

    def camera() -> None:
        """A network camera: what arrives first was taken before the trigger."""
        taken = trigger - 0.06
        while not over.is_set():
            slot.put(IMAGE, taken)
            taken += 0.01
            over.wait(0.01)

    thread = threading.Thread(target=camera)
    thread.start()
    frames = capture._burst(trigger, 0)
    over.set()
    thread.join()
    spool.close()
    assert len(frames) == demo_settings(tmp_path).capture.burst_frames
    assert all(frame.taken > trigger for frame in frames)
    assert frames[0].sequence > 1  # the ones from before were passed over


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_a_slot_numbers_its_frames_and_keeps_the_newest(stamps: list[float]) -> None:
    slot = FrameSlot()
    for stamp in stamps:
        slot.put(IMAGE, stamp)
    frame = slot.latest()
    assert frame is not None
    assert (frame.sequence, frame.taken) == (len(stamps), stamps[-1])
