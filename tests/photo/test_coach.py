"""What coaching must do: one piece of advice, no flicker, and the shutter only after an unbroken hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kiosk.domain.profiles import Profile
from kiosk.photo.coach import Coach, Coaching
from kiosk.photo.engine import Engine
from kiosk.photo.studio import Scene, Studio

STEP = 66.7
Frames = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def frames(studio: Callable[[str], Studio]) -> Frames:
    """`frames(t_ms, **defects)`: preview frames of one person, 640 wide."""
    rooms: dict[tuple[tuple[str, float], ...], dict[int, np.ndarray]] = {}

    def frame(taken: float, **defects: float) -> np.ndarray:
        # a few different frames of each scene are enough and spare the time of changing it back and forth
        key = tuple(sorted(defects.items()))
        if key not in rooms:
            room = studio("T000486")
            room.scene = Scene(defects)
            rooms[key] = {number: room.frame(number * 0.4, 640) for number in range(4)}
        return rooms[key][int(taken / STEP) % 4]

    return frame


def _run(coach: Coach, frames: Frames, start: float, count: int, **defects: float) -> list[Coaching]:
    times = [start + STEP * number for number in range(count)]
    return [coach.feed(frames(taken, **defects), taken) for taken in times]


def test_it_fires_once_everything_has_held_long_enough(engine: Engine, profile: Profile, frames: Frames) -> None:
    seen = _run(Coach(engine, profile, 600), frames, 0, 20)
    fired = [item.taken for item in seen if item.fire]
    assert fired
    held_since = next(item.taken for item in seen if item.state == "hold" and item.held == 0)
    assert fired[0] - held_since >= 600
    assert all(item.check is None for item in seen)
    shares = [item.held for item in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("defect", "strength", "code"),
    [
        ("mask", 1, "mask"), ("off_centre", 1, "place_x"), ("too_far", 1, "distance"), ("too_near", 1, "distance"),
        ("head_turned", -1, "yaw"), ("head_lifted", 1, "pitch"), ("eyes_closed", 1, "eyes_open"),
        ("mouth_open", 1, "mouth_closed"), ("two_people", 1, "second_face"), ("dark", 1, "exposure"),
        ("wall_shadow", 1, "wall_plain"),
    ],
)  # fmt: skip
def test_it_says_the_one_thing_to_do_and_never_fires(
    engine: Engine, profile: Profile, frames: Frames, defect: str, strength: float, code: str
) -> None:
    seen = _run(Coach(engine, profile, 200), frames, 0, 12, **{defect: strength})
    assert not any(item.fire for item in seen)
    late = seen[5:]
    assert {item.check.code for item in late if item.check} == {code}
    assert all(item.state == "adjust" and item.held == 0 for item in late)


def test_directions_are_the_persons_own(engine: Engine, profile: Profile, frames: Frames) -> None:
    # standing at the picture's right is standing at one's own left: move right
    for side, word in ((1, "right"), (-1, "left")):
        last = _run(Coach(engine, profile, 200), frames, 0, 6, off_centre=side)[-1]
        assert last.check is not None
        assert last.check.hint == f"photo.hint.place_x.{word}"


def test_one_bad_frame_changes_no_advice_but_stops_the_clock(
    engine: Engine, profile: Profile, frames: Frames
) -> None:
    coach = Coach(engine, profile, 600)
    before = _run(coach, frames, 0, 12)
    blink = _run(coach, frames, 12 * STEP, 1, eyes_closed=1)[0]
    after = _run(coach, frames, 13 * STEP, 12)
    assert before[-1].held > 0
    assert blink.check is None
    assert blink.held == 0
    assert all(item.check is None for item in after)
    first = next(item for item in after if item.fire)
    assert first.taken - blink.taken >= 600


def test_nobody_there_is_searched_for_and_forgotten(engine: Engine, profile: Profile, frames: Frames) -> None:
    coach = Coach(engine, profile, 300)
    _run(coach, frames, 0, 6, mask=1)
    gone = _run(coach, frames, 6 * STEP, 6, empty=1)[-1]
    assert gone.state == "searching"
    assert gone.face is None
    assert gone.passed == ()
    back = _run(coach, frames, 12 * STEP, 12)
    assert back[-1].fire


def test_after_a_pause_the_history_starts_anew(engine: Engine, profile: Profile, frames: Frames) -> None:
    coach = Coach(engine, profile, 300)
    _run(coach, frames, 0, 14)
    later = coach.feed(frames(0), 14 * STEP + 5000)
    assert later.held == 0
    assert not later.fire


def test_the_json_is_the_protocols_coaching_part(engine: Engine, profile: Profile, frames: Frames) -> None:
    said = _run(Coach(engine, profile, 300), frames, 0, 4, mask=1)[-1].to_json()
    assert set(said) == {"taken", "state", "held", "check", "passed", "face"}
    assert said["check"]["code"] == "mask"
    assert "yaw" in said["passed"]
    assert len(said["face"]) == 4
