"""What a station's calibration adds: the wall is held against the empty wall, and only where there is one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from kiosk.domain.calibration import MAP_COLUMNS, MAP_ROWS, Calibration, Lab
from kiosk.domain.judgement import Check
from kiosk.domain.profiles import Profile
from kiosk.photo.engine import Engine
from kiosk.photo.read import read_picture
from kiosk.photo.sight import to_lab
from kiosk.photo.studio import Scene, Studio

CODES = {"wall_shift", "wall_light"}


def _lab(values: np.ndarray) -> Lab:
    lightness, a, b = (float(value) for value in values)
    return lightness, a, b


def calibrated(room: Studio, **defects: float) -> Calibration:
    """The calibration that this studio's camera would get from its empty wall."""
    room.scene = Scene({"empty": 1, **defects})
    empty = to_lab(cv2.resize(room.frame(0.0, 640), (MAP_COLUMNS, MAP_ROWS), interpolation=cv2.INTER_AREA))
    return Calibration(
        camera="virtual",
        taken_at=datetime(2026, 11, 22, tzinfo=UTC),
        width=room.width,
        height=room.height,
        frames=1,
        lab=_lab(empty.reshape(-1, 3).mean(0)),
        spread=_lab(empty.reshape(-1, 3).std(0)),
        cells=tuple(tuple(_lab(cell) for cell in row) for row in empty),
        unevenness=1.0,
        cast=(0.0, 0.0),
        noise=2.0,
    )


@pytest.fixture
def judged(studio: Callable[[str], Studio], engine: Engine, profile: Profile) -> Callable[..., dict[str, Check]]:
    """`judged(before, **now)`: checks of a person under the light `now`, calibrated under `before`."""

    def run(before: dict[str, float] | None, **now: float) -> dict[str, Check]:
        room = studio("G000595")
        calibration = None if before is None else calibrated(room, **before)
        room.scene = Scene(now)
        checks = engine.final(room.frame(0.1), profile, calibration).judgement.checks
        return {check.code: check for check in checks}

    return run


def test_without_a_calibration_nothing_is_compared(judged: Callable[..., dict[str, Check]]) -> None:
    assert not CODES & set(judged(None))


def test_the_same_wall_in_the_same_light_passes(judged: Callable[..., dict[str, Check]]) -> None:
    checks = judged({})
    for code in CODES:
        assert checks[code].passed is True, checks[code]
        assert (checks[code].value or 0.0) < 4, checks[code]


def test_a_wall_that_changed_since_is_no_silent_pass(judged: Callable[..., dict[str, Check]]) -> None:
    for now in ({"dark": 0.6}, {"colour_cast": 0.9}, {"wall_colour": 0.6}):
        assert judged({}, **now)["wall_shift"].passed is not True, now


def test_the_persons_shadow_is_seen_apart_from_the_lamps_fall_off(judged: Callable[..., dict[str, Check]]) -> None:
    uneven = {"wall_gradient": 0.25}
    same, shadow = judged(uneven, **uneven), judged(uneven, **uneven, wall_shadow=0.8)
    assert same["wall_light"].passed is True, same["wall_light"]
    assert shadow["wall_light"].passed is not True
    # without the map the fall-off alone would be taken for a shadow
    assert (same["wall_light"].value or 0.0) < (same["wall_even"].value or 0.0)


def test_a_deliverable_is_not_held_against_a_camera(
    studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    room = studio("G000595")
    calibration = calibrated(room)
    room.scene = Scene()
    made = engine.final(room.frame(0.1), profile).deliverable
    assert made is not None
    picture = read_picture(made)
    assert not CODES & {check.code for check in engine.final(picture, profile, calibration).judgement.checks}
