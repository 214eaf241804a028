"""What the virtual studio must be: the same for the same seed and time, never frozen, honest about its truth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk import settings as settings_module
from kiosk.domain.judgement import Verdict
from kiosk.domain.profiles import Profile
from kiosk.photo.engine import Engine
from kiosk.photo.studio import DEFECTS, PortraitMissing, Scene, Studio, choose_portrait
from kiosk.photo.studio.sitter import Mouth, NoSitter


def test_frames_depend_on_seed_scene_and_time_alone(
    people: dict[str, Path], studio: Callable[[str], Studio], engine: Engine
) -> None:
    first = studio("T000486")
    second = Studio(people["T000486"], seed=first.seed, engine=engine)
    assert np.array_equal(first.frame(1.25), second.frame(1.25))
    assert np.array_equal(first.frame(1.25, 640), second.frame(1.25, 640))


def test_no_two_frames_are_the_same(studio: Callable[[str], Studio]) -> None:
    room = studio("T000486")
    shown = [room.frame(number / 30, 640) for number in range(12)]
    for one, other in pairwise(shown):
        assert not np.array_equal(one, other)
    assert shown[0].shape == (480, 640, 3)
    assert room.frame(0.0).shape == (1440, 1920, 3)


def test_a_scene_shows_from_the_next_frame_and_goes_again(studio: Callable[[str], Studio]) -> None:
    room = studio("T000486")
    before = room.frame(0.5, 640)
    room.scene = Scene({"dark": 1})
    assert room.frame(0.5, 640).mean() < 0.6 * before.mean()
    room.scene = Scene()
    assert np.array_equal(room.frame(0.5, 640), before)


def test_the_mouth_is_closed_unless_it_is_wanted_as_it_is(people: dict[str, Path], engine: Engine) -> None:
    smile = people["C001125"]

    def seen(mouth: Mouth) -> float:
        picture = Studio(smile, 640, 480, engine=engine, mouth=mouth).frame(0.0)
        points = engine.analyse(picture, mask=False).points
        assert points is not None
        flat = points[:, :2]
        return float(np.linalg.norm(flat[13] - flat[14]) / np.linalg.norm(flat[10] - flat[152]))

    assert seen("close") < 0.5 * seen("own")
    assert seen("shut") < 0.5 * seen("own")


def test_an_unknown_defect_is_an_error() -> None:
    with pytest.raises(KeyError):
        Scene({"moustache": 1})


def test_a_portrait_without_a_face_is_refused(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((300, 300, 3), 120, np.uint8))
    with pytest.raises(NoSitter):
        Studio(path, engine=engine)


def test_the_astronaut_passes_too(people: dict[str, Path], engine: Engine, profile: Profile) -> None:
    astronaut = next(iter(people.values())).parent.parent / "extra" / "skimage_astronaut.png"
    if not astronaut.is_file():
        pytest.skip("no astronaut here")
    final = engine.final(Studio(astronaut, engine=engine).frame(0.0), profile)
    assert final.judgement.verdict is Verdict.PASS, final.judgement.reason


def test_the_portrait_is_the_one_named_else_a_liked_one_else_the_astronaut(tmp_path: Path) -> None:
    def settings(**values: object) -> settings_module.Settings:
        camera = {"portrait": values.pop("portrait", "")}
        return settings_module.Settings(
            portraits_dir=tmp_path / "portraits", assets_dir=tmp_path / "assets", devices={"camera": camera}
        )

    with pytest.raises(PortraitMissing, match="set-up"):
        choose_portrait(settings())
    (tmp_path / "assets" / "demo").mkdir(parents=True)
    astronaut = tmp_path / "assets" / "demo" / "astronaut.png"
    astronaut.touch()
    assert choose_portrait(settings()) == astronaut
    (tmp_path / "portraits" / "people").mkdir(parents=True)
    liked = tmp_path / "portraits" / "people" / "G000595.jpg"
    liked.touch()
    assert choose_portrait(settings()) == liked
    assert choose_portrait(settings(portrait=str(astronaut))) == astronaut
    with pytest.raises(PortraitMissing, match="does not exist"):
        choose_portrait(settings(portrait=str(tmp_path / "nobody.jpg")))


@pytest.fixture(scope="module")
def small(people: dict[str, Path], engine: Engine) -> Studio:
    """A studio whose stills are as small as the preview: an eighth of the work."""
    return Studio(people["T000486"], 640, 480, engine=engine)


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_every_defect_changes_what_is_seen_and_none_is_none(small: Studio, defect: str) -> None:
    """At strength 0 a defect is not there; at 1 a good part of the picture or of the face is another one."""
    small.scene = Scene()
    good = small.frame(0.5).astype(int)
    small.scene = Scene({defect: 0})
    assert np.array_equal(small.frame(0.5), good)
    for side in (1, -1) if DEFECTS[defect].sided else (1,):
        small.scene = Scene({defect: side})
        other = np.abs(small.frame(0.5).astype(int) - good).max(axis=2)
        assert (other > 12).sum() >= 12, "even red pupils are a dozen px of the preview"
