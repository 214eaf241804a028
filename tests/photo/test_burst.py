"""What the best shot must be: eyes open, lips closed, straight, sharp, and always one of the frames given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kiosk.domain.profiles import Profile
from kiosk.photo.burst import best
from kiosk.photo.engine import Engine
from kiosk.photo.studio import Scene, Studio


@pytest.mark.parametrize("defect", ["eyes_closed", "mouth_open", "head_turned", "blurred", "empty"])
def test_the_one_good_frame_is_chosen(
    defect: str, studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    room = studio("S001205")
    good = room.frame(0.1, 960)
    room.scene = Scene({defect: 0.9})
    bad = [room.frame(0.2 + 0.1 * number, 960) for number in range(2)]
    assert best([bad[0], good, bad[1]], engine, profile) == 1


def test_half_closed_eyes_lose_against_the_persons_own_best(
    studio: Callable[[str], Studio], engine: Engine, profile: Profile
) -> None:
    room = studio("S001205")
    open_ = room.frame(0.1, 960)
    room.scene = Scene({"eyes_closed": 0.5})
    assert best([room.frame(0.2, 960), open_], engine, profile) == 1


def test_no_frame_is_an_error_and_no_face_takes_the_first(engine: Engine, profile: Profile) -> None:
    with pytest.raises(ValueError, match="at least one"):
        best([], engine, profile)
    assert best([np.zeros((480, 640, 3), np.uint8)] * 2, engine, profile) == 0
